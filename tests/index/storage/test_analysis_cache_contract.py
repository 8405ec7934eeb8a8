"""What every `AnalysisCache` does, whatever it is stored in."""

from pathlib import Path

import pytest

import index.analysis.analysed_article
import index.storage.analysis_cache
from index.analysis.analysed_article import analyse_article
from index.storage.cache_ports import AnalysisCache
from tests.backends import BACKENDS
from tests.fake_index import an_article
from tests.index.storage.analyses import FOX, MOST, analyse, same


@pytest.fixture(params=BACKENDS)
def cache(request: pytest.FixtureRequest, tmp_path: Path) -> AnalysisCache:
    return BACKENDS[request.param](tmp_path).open_caches().analyses


@pytest.fixture
def worked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Titles of the articles that were really analysed."""
    titles: list[str] = []

    def analyse(article):
        titles.append(article.title)
        return analyse_article(article)

    monkeypatch.setattr(index.storage.analysis_cache, "analyse_article", analyse)
    return titles


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


def test_forgotten_articles_are_gone(cache: AnalysisCache, worked: list[str]) -> None:
    analyse(cache, FOX, MOST)
    cache.keep_only(analyse(cache, MOST))
    analyse(cache, FOX, MOST)
    assert worked == ["Fox", "Мост", "Fox"]


def test_what_an_interruption_leaves_is_used(
    cache: AnalysisCache, worked: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(index.storage.analysis_cache, "_BATCH", 2)
    articles = [an_article(f"Fox {i}", "The fox sleeps.") for i in range(5)]

    def interrupt(done: int, total: int) -> None:
        if done == 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        cache.analyse(articles, interrupt)
    worked.clear()
    analyse(cache, *articles)
    assert worked == ["Fox 2", "Fox 3", "Fox 4"]
