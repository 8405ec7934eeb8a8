"""The backends that the contract tests run against: one entry for each."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pytest

from corpus import Library
from corpus.library.ports import IngestStore

Open = Callable[[], AbstractContextManager[IngestStore]]


class Backend:
    """A kind of storage for libraries.

    `open` opens the library of the test, which is empty at first; it may be called again.
    `scratch` opens a new library that is deleted afterwards.
    """

    def __init__(self, open_: Open, scratch: Open) -> None:
        self.open, self.scratch = open_, scratch


@contextmanager
def embedded(folder: Path) -> Iterator[Backend]:
    yield Backend(lambda: Library.open(folder / "library.db"), lambda: Library.open(":memory:"))


BACKENDS: dict[str, Callable[[Path], AbstractContextManager[Backend]]] = {"embedded": embedded}


@pytest.fixture(params=BACKENDS)
def backend(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Backend]:
    with BACKENDS[request.param](tmp_path) as backend:
        yield backend


@pytest.fixture
def library(backend: Backend) -> Iterator[IngestStore]:
    with backend.open() as library:
        yield library
