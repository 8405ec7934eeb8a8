from dataclasses import replace
from datetime import date

from bot.chat.article_list import find_articles, newest_first
from tests.fakes import an_article

INFO = an_article().info
ARTICLES = [
    replace(INFO, id="abc123", title="The Old Bridge", published=date(2020, 5, 1)),
    replace(INFO, id="abc124", title="The old harbour", published=None, updated=None),
    replace(INFO, id="bridge", title="Ferries", published=date(2021, 5, 1)),
    replace(INFO, id="x", title="Lighthouses", published=date(2020, 5, 1)),
]


def ids(wanted: str) -> list[str]:
    return [info.id for info in find_articles(ARTICLES, wanted)]


def test_articles_are_found_by_words_of_the_title_or_by_id() -> None:
    assert ids("old") == ids("OLD  the") == ["abc123", "abc124"]
    assert ids("old bridge") == ["abc123"]
    assert ids("Bridge") == ["bridge"]  # an id counts more than a title
    assert ids("abc1") == ["abc123", "abc124"]
    assert ids("abc") == []  # too short for the beginning of an id
    assert ids("zebra") == []
    assert len(ids("")) == 4


def test_the_newest_come_first_and_those_without_a_date_last() -> None:
    order = [info.id for info in newest_first(ARTICLES)]
    assert order == ["bridge", "x", "abc123", "abc124"]
