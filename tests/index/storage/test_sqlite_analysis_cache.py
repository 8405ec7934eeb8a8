"""A damaged file of analyses, and damaged rows in it."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

import index.storage.analysis_cache
from corpus.errors import QuotebotError
from index.analysis.analysed_article import analyse_article
from index.storage.analysis_cache import SqliteAnalysisCache
from tests.index.storage.analyses import FOX, MOST, analyse, same


@pytest.fixture
def cache(tmp_path: Path) -> SqliteAnalysisCache:
    return SqliteAnalysisCache(tmp_path / "analyses.db")


@pytest.fixture
def worked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Titles of the articles that were really analysed."""
    titles: list[str] = []

    def analyse(article):
        titles.append(article.title)
        return analyse_article(article)

    monkeypatch.setattr(index.storage.analysis_cache, "analyse_article", analyse)
    return titles


@pytest.mark.parametrize("place", [0, 10, 70, 200, -1])
def test_a_damaged_row_is_as_good_as_none(
    tmp_path: Path, cache: SqliteAnalysisCache, worked: list[str], place: int
) -> None:
    analyse(cache, FOX, MOST)
    with closing(sqlite3.connect(tmp_path / "analyses.db")) as connection, connection:
        for key, blob in connection.execute("SELECT key, analysis FROM analyses").fetchall():
            flipped = bytearray(blob)
            flipped[place] ^= 8
            connection.execute("UPDATE analyses SET analysis = ? WHERE key = ?", (flipped, key))
    worked.clear()
    assert same(analyse(cache, FOX, MOST)[0], analyse_article(FOX))
    assert worked == ["Fox", "Мост"]
    analyse(cache, FOX, MOST)
    assert worked == ["Fox", "Мост"]  # what is damaged has been replaced


@pytest.mark.parametrize("blob", [b"", b"short", "text", 5, bytes(200)])
def test_a_row_of_anything_else_is_as_good_as_none(
    tmp_path: Path, cache: SqliteAnalysisCache, worked: list[str], blob: object
) -> None:
    analyse(cache, FOX)
    with closing(sqlite3.connect(tmp_path / "analyses.db")) as connection, connection:
        connection.execute("UPDATE analyses SET analysis = ?", (blob,))
    assert same(analyse(cache, FOX)[0], analyse_article(FOX))
    assert worked == ["Fox", "Fox"]


def test_a_damaged_file_is_named_with_what_to_do(tmp_path: Path) -> None:
    path = tmp_path / "analyses.db"
    path.write_bytes(b"no database at all " * 300)
    with pytest.raises(QuotebotError, match=r"analyses\.db is damaged: delete it"):
        SqliteAnalysisCache(path)
