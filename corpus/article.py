"""Articles and their paragraphs."""

from dataclasses import dataclass, field
from datetime import date

__all__ = ["Article", "Paragraph"]


@dataclass(frozen=True, slots=True)
class Paragraph:
    """One paragraph of an article; `text` is never changed after the article was read.

    `page` is the page on which the paragraph begins, counted from 1; None without pages.
    """

    text: str
    page: int | None = None


@dataclass(frozen=True, slots=True)
class Article:
    """An article as the library keeps it.

    `id` is stable: adding the same source again yields the same id. `source` is the path or URL
    that the article was read from; `url` is where a reader can open it, when known. `language` is
    an ISO 639-1 code. `stripped` holds the texts that the reader left out (menus, running heads).
    An admin can look at them; they are not part of the article.
    """

    id: str
    title: str
    paragraphs: tuple[Paragraph, ...]
    source: str
    url: str | None = None
    author: str | None = None
    published: date | None = None
    updated: date | None = None
    language: str | None = None
    stripped: tuple[str, ...] = field(default=(), compare=False, repr=False)
