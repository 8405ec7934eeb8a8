import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

import corpus.text.sentences
import index.analysis.analysed_article
from corpus.errors import QuotebotError
from index.analysis.analysed_article import AnalysedArticle, AnalysisCache, analyse_article
from tests.fake_index import an_article
from tests.source import ROOT

FOX = an_article("Fox", "The red fox sleeps in 1907. It wakes at noon.", "…", "A farmer feeds it.")
NO_PART_OF_AN_ANALYSIS = {  # packages, types, errors and the file that keeps the analyses
    *("corpus", "corpus.text", "index", "index.analysis", "index.embedding", "index.storage"),
    *("corpus.article", "corpus.errors", "corpus.cpus"),
    *(
        "index.answer",
        "index.arrays",
        "index.storage.vector_cache",
        "index.embedding.sentence_transformer",
    ),
}
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

    monkeypatch.setattr(index.analysis.analysed_article, "analyse_article", analyse)
    return titles


def analyse(cache: AnalysisCache, *articles) -> list[AnalysedArticle]:
    return cache.analyse(articles, lambda done, total: None)


def same(one: AnalysedArticle, other: AnalysedArticle) -> bool:
    arrays = ("title", "paragraphs", "sentences", "terms")
    pairs = [(getattr(one.terms, name), getattr(other.terms, name)) for name in arrays]
    names = ("number", "span", "types", "texts")
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
    monkeypatch.setattr(index.analysis.analysed_article, "_version", lambda: b"newer")
    analyse(cache, FOX)
    assert worked == ["Fox", "Fox"]


def version_of_the_code(root: Path, program: str = "print(found.hex())") -> str:
    """What the analyses made by the code under `root` are kept as; or what a program says of it."""
    before = "import index.analysis.analysed_article as module; found = module._version(); "
    run = subprocess.run(
        [sys.executable, "-c", before + program],
        cwd=root, capture_output=True, text=True, check=True, env={"PYTHONPATH": str(root)},
    )  # fmt: skip
    return run.stdout.strip()


def test_a_change_of_any_code_that_analyses_changes_the_key(tmp_path: Path) -> None:
    for room in ("corpus", "index"):
        shutil.copytree(ROOT / room, tmp_path / room, ignore=shutil.ignore_patterns("weights"))
    before = version_of_the_code(tmp_path)
    assert before == version_of_the_code(ROOT)
    splitter = tmp_path / Path(corpus.text.sentences.__file__).relative_to(ROOT)
    splitter.write_text(splitter.read_text("utf-8") + "# another way to cut\n", "utf-8")
    assert version_of_the_code(tmp_path) != before


def test_the_key_covers_every_module_of_ours_that_analysing_loads() -> None:
    program = (
        "import sys; print(*(set(n for n in sys.modules if n.split('.')[0] in ('corpus', 'index'))"
        " - {m.__name__ for m in module.CODE}))"
    )
    others = set(version_of_the_code(ROOT, program).split())
    assert others == {*NO_PART_OF_AN_ANALYSIS}


def test_an_analysis_without_the_source_of_its_code_fails_loudly(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    missing = ModuleType("missing")
    missing.__file__ = "/nowhere/missing.py"
    monkeypatch.setattr(index.analysis.analysed_article, "CODE", (missing,))
    with pytest.raises(OSError, match="source code"):
        index.analysis.analysed_article._version.__wrapped__()


def test_forgotten_articles_are_gone(cache: AnalysisCache, worked: list[str]) -> None:
    analyse(cache, FOX, MOST)
    cache.keep_only(analyse(cache, MOST))
    analyse(cache, FOX, MOST)
    assert worked == ["Fox", "Мост", "Fox"]


def test_what_an_interruption_leaves_is_used(
    cache: AnalysisCache, worked: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(index.analysis.analysed_article, "_BATCH", 2)
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
