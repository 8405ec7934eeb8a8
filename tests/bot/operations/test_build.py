"""Building the index of a library, and seeing when that isn't needed."""

from pathlib import Path

import pytest

from bot.backend import EmbeddedBackend
from bot.operations.build import build_library, is_current
from corpus import LibraryError
from tests.fake_index import FakeEmbedder, an_article


@pytest.fixture
def backend(tmp_path: Path) -> EmbeddedBackend:
    """A data folder whose library has one article."""
    backend = EmbeddedBackend(tmp_path)
    add(backend, "The bridge")
    return backend


def add(backend: EmbeddedBackend, title: str) -> None:
    with backend.open_library() as library:
        library.add(an_article(title, f"{title} opened in 1907.", "People danced."))


def test_a_build_reports_its_steps(backend: EmbeddedBackend) -> None:
    steps: list[str] = []
    name, articles = build_library(
        backend, FakeEmbedder, lambda what, done, total: steps.append(what)
    )
    assert articles == 1
    assert name == backend.generations.current_name()
    assert list(dict.fromkeys(steps)) == ["Reading", "Embedding", "Indexing", "Checking"]


def test_an_index_is_current_until_the_library_or_the_model_changes(
    backend: EmbeddedBackend,
) -> None:
    assert not is_current(backend, "fake")
    build_library(backend, FakeEmbedder)
    assert is_current(backend, "fake")
    assert not is_current(backend, "another")
    add(backend, "The lake")
    assert not is_current(backend, "fake")
    build_library(backend, FakeEmbedder)
    assert is_current(backend, "fake")


def test_a_damaged_index_is_not_current(backend: EmbeddedBackend) -> None:
    name, _ = build_library(backend, FakeEmbedder)
    (backend.paths.root / "generations" / name / "manifest.json").write_text("{")
    assert not is_current(backend, "fake")


def test_no_model_is_loaded_before_the_library_was_read(tmp_path: Path) -> None:
    (tmp_path / "library.db").write_text("no library")
    with pytest.raises(LibraryError):
        build_library(EmbeddedBackend(tmp_path), lambda: pytest.fail("the model was loaded"))
