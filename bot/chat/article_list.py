"""Lists of articles: their order, and search by title."""

from collections.abc import Sequence
from datetime import date

from index.article_text import ArticleInfo

__all__ = ["find_articles", "newest_first"]

_SHORTEST_PREFIX = 4  # characters of an id; fewer would match by chance


def newest_first(articles: Sequence[ArticleInfo]) -> list[ArticleInfo]:
    """The articles, newest first; `articles` are in the order in which they were added.

    Articles without a date come last. Of two articles with the same date, the one added later
    comes first.
    """
    ordered = [*articles]
    ordered.reverse()
    ordered.sort(key=lambda info: info.published or info.updated or date.min, reverse=True)
    return ordered


def find_articles(articles: Sequence[ArticleInfo], wanted: str) -> list[ArticleInfo]:
    """The article with the id `wanted`; else those with all its words in the title.

    The beginning of an id is enough too. Case does not matter; the order stays.
    """
    wanted = " ".join(wanted.split()).casefold()
    by_id = [info for info in articles if info.id.casefold() == wanted]
    if by_id:
        return by_id
    words = wanted.split()
    return [
        info
        for info in articles
        if all(word in info.title.casefold() for word in words)
        or (len(wanted) >= _SHORTEST_PREFIX and info.id.casefold().startswith(wanted))
    ]
