"""The library of each backend."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from itertools import count
from pathlib import Path

import pytest

from corpus import Library
from corpus.library.ports import IngestStore
from tests.backends import BACKENDS

Open = Callable[[], AbstractContextManager[IngestStore]]
IN_MEMORY: dict[str, Open] = {"embedded": lambda: Library.open(":memory:")}
"""Backends that can do without a disk: hypothesis asks for hundreds of libraries."""


class Backend:
    """A kind of storage for libraries.

    `open` opens the library of the test, which is empty at first; it may be called again.
    `scratch` opens a new library that is deleted afterwards.
    """

    def __init__(self, open_: Open, scratch: Open) -> None:
        self.open, self.scratch = open_, scratch


@pytest.fixture(params=BACKENDS)
def backend(request: pytest.FixtureRequest, tmp_path: Path) -> Backend:
    make, numbers = BACKENDS[request.param], count()

    def on_disk() -> AbstractContextManager[IngestStore]:
        return make(tmp_path / f"scratch{next(numbers)}").open_library()

    return Backend(make(tmp_path).open_library, IN_MEMORY.get(request.param, on_disk))


@pytest.fixture
def library(backend: Backend) -> Iterator[IngestStore]:
    with backend.open() as library:
        yield library
