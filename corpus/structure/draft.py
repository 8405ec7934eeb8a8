"""An article as a reader found it, and how it becomes an `Article`."""

import hashlib
import re
from dataclasses import dataclass, field
from datetime import date
from pathlib import PurePath

from corpus.article import Article, Paragraph
from corpus.error_codes import Code
from corpus.errors import UnreadableSource
from corpus.text.language import detect_language

__all__ = ["Draft", "article_id", "to_article"]

ID_LENGTH = 12  # hexadecimal digits: a collision among a million articles has odds of 1 in 500
TITLE_WORDS = 10
_SAMPLE = 2000  # characters from which the language is detected


@dataclass(slots=True)
class Draft:
    """An article as a reader found it; `to_article` fills in empty fields.

    `pages` has one page number for each paragraph; for the other fields see `Article`.
    """

    paragraphs: list[str]
    title: str = ""
    id: str | None = None
    source: str | None = None
    url: str | None = None
    author: str | None = None
    published: date | None = None
    updated: date | None = None
    language: str | None = None
    pages: list[int | None] | None = None
    stripped: list[str] = field(default_factory=list)


def to_article(draft: Draft, source: str, position: int | None = None) -> Article:
    """Make the article of a draft that was read from `source`.

    `position` is the 0-based position in a source that holds several articles. Raises
    UnreadableSource when there is no text.
    """
    if not any(paragraph.strip() for paragraph in draft.paragraphs):
        raise UnreadableSource(source, Code.NO_TEXT())
    return Article(
        id=draft.id or article_id(source, position),
        title=draft.title.strip() or _default_title(draft, source, position),
        paragraphs=tuple(
            Paragraph(text, page)
            for text, page in zip(
                draft.paragraphs, draft.pages or [None] * len(draft.paragraphs), strict=True
            )
        ),
        source=draft.source or source,
        url=draft.url,
        author=draft.author,
        published=draft.published,
        updated=draft.updated,
        language=draft.language or detect_language(_sample(draft)),
        stripped=tuple(draft.stripped),
    )


def article_id(source: str, position: int | None = None) -> str:
    """Return the id of the article at a place: the same place always gives the same id."""
    place = source if position is None else f"{source}#{position}"
    return hashlib.sha256(place.encode("utf-8", "surrogatepass")).hexdigest()[:ID_LENGTH]


def _default_title(draft: Draft, source: str, position: int | None) -> str:
    stem = re.sub(r"[_\s]+", " ", PurePath(source.rpartition("!/")[2]).stem).strip(" -")
    if position is None and stem and "://" not in source:
        return stem
    first = next(text for text in draft.paragraphs if text.strip())
    words = first.split()
    return " ".join(words[:TITLE_WORDS])[:120] + ("…" if len(words) > TITLE_WORDS else "")


def _sample(draft: Draft) -> str:
    text = ""
    for paragraph in draft.paragraphs:
        text += paragraph[:_SAMPLE] + " "
        if len(text) >= _SAMPLE:
            break
    return text
