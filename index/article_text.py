"""Articles as an index stores them: facts for an answer, and the text."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from index.answer import Filters, Passage, Quote

__all__ = ["ArticleInfo", "ArticleText", "article_hash", "passage_of", "passes"]


@dataclass(frozen=True, slots=True)
class ArticleInfo:
    """An article without its text, as an answer needs it; `paragraphs` is how many it has."""

    id: str
    title: str
    url: str | None
    source: str
    published: date | None
    updated: date | None
    language: str | None
    paragraphs: int


@dataclass(frozen=True, slots=True)
class ArticleText:
    """An article with its paragraphs by 0-based position; paragraphs without text are left out.

    `pages` has the page on which each paragraph begins, from 1, where there are pages.
    """

    info: ArticleInfo
    paragraphs: Mapping[int, str]
    pages: Mapping[int, int] = field(default_factory=dict)


def article_hash(article_id: str) -> str:
    """Return 16 hexadecimal digits that identify an article id, for short references."""
    return hashlib.sha256(article_id.encode("utf-8", "surrogatepass")).hexdigest()[:16]


def passage_of(article: ArticleText, paragraph: int, start: int = 0, end: int = 0) -> Passage:
    """Return a paragraph as a passage with its quote at [start, end), in code points.

    Raises KeyError when the article has no such paragraph.
    """
    text = article.paragraphs[paragraph]
    info = article.info
    return Passage(
        article_id=info.id,
        title=info.title,
        url=info.url,
        source=info.source,
        published=info.published,
        updated=info.updated,
        language=info.language,
        paragraph=paragraph,
        text=text,
        quote=Quote(start, end, text[start:end]),
        score=0.0,
        page=article.pages.get(paragraph),
    )


def passes(article: ArticleInfo, filters: Filters) -> bool:
    """Whether an article passes the filters."""
    when = article.published or article.updated
    if (filters.after or filters.before) and when is None:
        return False
    return (
        (filters.article is None or filters.article == article.id)
        and (filters.language is None or filters.language == article.language)
        and (
            filters.source is None
            or filters.source.casefold() in f"{article.source}\n{article.url or ''}".casefold()
        )
        and (filters.after is None or when is None or when >= filters.after)
        and (filters.before is None or when is None or when <= filters.before)
    )
