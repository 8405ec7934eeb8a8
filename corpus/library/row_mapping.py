"""Turns articles and entries into rows of the table `articles`, and back."""

import hashlib
import json
import sqlite3
from datetime import date, datetime
from typing import Any

from corpus.article import Article, Paragraph
from corpus.library.entry import Entry

__all__ = ["article_of", "columns_of", "content_hash", "entry_of", "has_surrogates"]


def columns_of(article: Article) -> dict[str, str | int | None]:
    """Return the columns of an article by name, without `stripped`."""
    texts = [
        one.text if one.page is None else {"text": one.text, "page": one.page}
        for one in article.paragraphs
    ]
    return {
        "id": article.id,
        "title": article.title,
        "source": article.source,
        "url": article.url,
        "author": article.author,
        "published": article.published.isoformat() if article.published else None,
        "updated": article.updated.isoformat() if article.updated else None,
        "language": article.language,
        "paragraphs": json.dumps(texts, ensure_ascii=False),
        "paragraph_count": len(texts),
    }


def content_hash(columns: dict[str, str | int | None]) -> str:
    """Return the SHA-256 of the columns, in hexadecimal; it differs after any change."""
    canonical = json.dumps(columns, sort_keys=True)
    return hashlib.sha256(canonical.encode("ascii")).hexdigest()


def has_surrogates(columns: dict[str, str | int | None]) -> bool:
    """Whether a text has half a surrogate pair, which UTF-8 cannot express."""
    values = "".join(value for value in columns.values() if isinstance(value, str))
    return not values.isascii() and any("\ud800" <= character <= "\udfff" for character in values)


def article_of(row: sqlite3.Row) -> Article:
    """Return the article of a row with all columns."""
    return Article(
        id=row["id"],
        title=row["title"],
        paragraphs=tuple(_paragraph(value) for value in json.loads(row["paragraphs"])),
        source=row["source"],
        url=row["url"],
        author=row["author"],
        published=_date(row["published"]),
        updated=_date(row["updated"]),
        language=row["language"],
        stripped=tuple(json.loads(row["stripped"])),
    )


def entry_of(row: sqlite3.Row) -> Entry:
    """Return the entry of a row with the columns of `article_table.ENTRY`."""
    return Entry(
        id=row["id"],
        title=row["title"],
        published=_date(row["published"]),
        updated=_date(row["updated"]),
        source=row["source"],
        url=row["url"],
        language=row["language"],
        paragraphs=row["paragraph_count"],
        first_seen=datetime.fromisoformat(row["first_seen"]),
        changed_at=datetime.fromisoformat(row["changed_at"]),
        author=row["author"],
        source_name=row["root"],
        vanished_at=datetime.fromisoformat(row["vanished_at"]) if row["vanished_at"] else None,
        copy_of=row["canonical"],
    )


def _paragraph(value: str | dict[str, Any]) -> Paragraph:
    return Paragraph(value) if isinstance(value, str) else Paragraph(value["text"], value["page"])


def _date(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None
