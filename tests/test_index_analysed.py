import sqlite3
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest

import index.analysed
from corpus.errors import QuotebotError
from index.analysed import Analysed, AnalysisCache, analyse_article
from tests.fake_index import an_article

FOX = an_article("Fox", "The red fox sleeps in 1907. It wakes at noon.", "…", "A farmer feeds it.")
MOST = an_article("Мост", "Красный мост построили. Его любят.", language="ru")


@pytest.fixture
def cache(tmp_path: Path) -> AnalysisCache:
    return AnalysisCache(tmp_path / "analyses.db")


@pytest.fixture
def worked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Titles of the articles that were really analysed."""
    titles: list[str] = []

    def analyse(article):
        titles.append(article.title)
        return analyse_article(article)

    monkeypatch.setattr(index.analysed, "analyse_article", analyse)
    return titles


def analyse(cache: AnalysisCache, *articles) -> list[Analysed]:
    return cache.analyse(articles, lambda done, total: None)


def same(one: Analysed, other: Analysed) -> bool:
    arrays = ("title", "paragraphs", "sentences", "terms")
    pairs = [(getattr(one.terms, name), getattr(other.terms, name)) for name in arrays]
    names = ("number", "span", "cues", "texts")
    pairs += [(getattr(one, name), getattr(other, name)) for name in names]
    return (one.key, one.terms.language) == (other.key, other.terms.language) and all(
        a.dtype == b.dtype and np.array_equal(a, b) for a, b in pairs
    )


def test_an_article_in_sentences_and_terms() -> None:
    found = analyse_article(an_article("Fox", "One fox. Two foxes.", " ", "Three."))
    assert found.number.tolist() == [0, 2]
    assert found.span.tolist() == [[0, 8], [9, 19], [0, 6]]
    assert found.terms.paragraphs.tolist() == [2, 1]
    assert found.terms.sentences.tolist() == [2, 2, 1]
    assert found.terms.terms[1] == found.terms.terms[3] == found.terms.title[0]


def test_what_is_remembered_is_what_was_analysed(cache: AnalysisCache, worked: list[str]) -> None:
    empty = an_article("Empty")
    articles = (FOX, MOST, empty)
    first = analyse(cache, *articles)
    again = analyse(cache, *reversed(articles))
    assert worked == ["Fox", "Мост", "Empty"]
    for article, one, other in zip(articles, first, reversed(again), strict=True):
        assert same(one, analyse_article(article))
        assert same(one, other)


@pytest.mark.parametrize(
    "changed",
    [
        an_article("Fox!", *(p.text for p in FOX.paragraphs)),
        an_article("Fox", *(p.text for p in FOX.paragraphs), language="de"),
        an_article("Fox", *(p.text for p in FOX.paragraphs), "One more."),
        an_article("Fox", "".join(p.text for p in FOX.paragraphs)),
    ],
    ids=["title", "language", "text", "breaks"],
)
def test_only_what_changed_is_analysed_again(
    cache: AnalysisCache, worked: list[str], changed
) -> None:
    analyse(cache, FOX, MOST)
    worked.clear()
    assert same(analyse(cache, changed, MOST)[0], analyse_article(changed))
    assert worked == [changed.title]


def test_another_version_of_the_code_analyses_anew(
    cache: AnalysisCache, worked: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    analyse(cache, FOX)
    monkeypatch.setattr(index.analysed, "_version", lambda: b"newer")
    analyse(cache, FOX)
    assert worked == ["Fox", "Fox"]


def test_forgotten_articles_are_gone(cache: AnalysisCache, worked: list[str]) -> None:
    analyse(cache, FOX, MOST)
    cache.keep_only(analyse(cache, MOST))
    analyse(cache, FOX, MOST)
    assert worked == ["Fox", "Мост", "Fox"]


def test_what_an_interruption_leaves_is_used(
    cache: AnalysisCache, worked: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(index.analysed, "_BATCH", 2)
    articles = [an_article(f"Fox {i}", "The fox sleeps.") for i in range(5)]

    def interrupt(done: int, total: int) -> None:
        if done == 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        cache.analyse(articles, interrupt)
    worked.clear()
    analyse(cache, *articles)
    assert worked == ["Fox 2", "Fox 3", "Fox 4"]


@pytest.mark.parametrize("place", [0, 10, 70, 200, -1])
def test_a_damaged_row_is_as_good_as_none(
    tmp_path: Path, cache: AnalysisCache, worked: list[str], place: int
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
    tmp_path: Path, cache: AnalysisCache, worked: list[str], blob: object
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
        AnalysisCache(path)
