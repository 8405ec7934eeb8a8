"""Building the index of a library, and seeing when that isn't needed."""

from pathlib import Path

import pytest

from bot.data_paths import DataPaths
from bot.operations.build import build_library, is_current
from corpus import Library, LibraryError
from index.storage.generation_store import EmbeddedStore
from tests.fake_index import FakeEmbedder, an_article


@pytest.fixture
def paths(tmp_path: Path) -> DataPaths:
    """A data folder whose library has one article."""
    paths = DataPaths(tmp_path)
    add(paths, "The bridge")
    return paths


def add(paths: DataPaths, title: str) -> None:
    with Library.open(paths.library) as library:
        library.add(an_article(title, f"{title} opened in 1907.", "People danced."))


def test_a_build_reports_its_steps(paths: DataPaths) -> None:
    steps: list[str] = []
    name, articles = build_library(
        paths, FakeEmbedder, lambda what, done, total: steps.append(what)
    )
    assert articles == 1
    assert name == EmbeddedStore(paths.root).current_name()
    assert list(dict.fromkeys(steps)) == ["Reading", "Embedding", "Indexing", "Checking"]


def test_an_index_is_current_until_the_library_or_the_model_changes(paths: DataPaths) -> None:
    assert not is_current(paths, "fake")
    build_library(paths, FakeEmbedder)
    assert is_current(paths, "fake")
    assert not is_current(paths, "another")
    add(paths, "The lake")
    assert not is_current(paths, "fake")
    build_library(paths, FakeEmbedder)
    assert is_current(paths, "fake")


def test_a_damaged_index_is_not_current(paths: DataPaths) -> None:
    name, _ = build_library(paths, FakeEmbedder)
    (paths.root / "generations" / name / "manifest.json").write_text("{")
    assert not is_current(paths, "fake")


def test_no_model_is_loaded_before_the_library_was_read(tmp_path: Path) -> None:
    (tmp_path / "library.db").write_text("no library")
    with pytest.raises(LibraryError):
        build_library(DataPaths(tmp_path), lambda: pytest.fail("the model was loaded"))
