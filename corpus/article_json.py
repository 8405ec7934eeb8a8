"""Articles as JSON and back. `quotebot export` writes this form; child processes send it."""

import json
from collections.abc import Mapping
from datetime import date
from typing import Any

from corpus.article import Article, Paragraph

__all__ = ["from_record", "to_json", "to_record"]


def to_json(article: Article) -> str:
    """Return an article as one line of JSON; fields that are unknown are left out."""
    return json.dumps(to_record(article), ensure_ascii=False)


def to_record(article: Article) -> dict[str, Any]:
    """Return an article as plain values; fields that are unknown, and `stripped`, are left out."""
    pages = [paragraph.page for paragraph in article.paragraphs]
    fields = {
        "id": article.id,
        "title": article.title,
        "url": article.url,
        "author": article.author,
        "published": article.published and article.published.isoformat(),
        "updated": article.updated and article.updated.isoformat(),
        "language": article.language,
        "source": article.source,
        "paragraphs": [paragraph.text for paragraph in article.paragraphs],
        "pages": pages if any(page is not None for page in pages) else None,
    }
    return {name: value for name, value in fields.items() if value is not None}


def from_record(record: Mapping[str, Any]) -> Article:
    """Turn the result of `to_record` back into an article; an empty field becomes None.

    Only for records that quotebot wrote: `corpus.readers.jsonl` checks the files of other people.
    Raises KeyError, TypeError or ValueError for a record of another form.
    """
    texts = record["paragraphs"]
    pages = record.get("pages") or [None] * len(texts)
    return Article(
        id=record["id"],
        title=record["title"],
        paragraphs=tuple(Paragraph(text, page) for text, page in zip(texts, pages, strict=True)),
        source=record["source"],
        url=record.get("url") or None,
        author=record.get("author") or None,
        published=_date(record.get("published")),
        updated=_date(record.get("updated")),
        language=record.get("language") or None,
    )


def _date(text: str | None) -> date | None:
    return None if text is None else date.fromisoformat(text)
