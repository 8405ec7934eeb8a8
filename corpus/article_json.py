"""Articles out: article JSONL, the lossless way, which the JSONL reader takes back in."""

import json
from typing import Any

from corpus.article import Article

__all__ = ["to_json", "to_record"]


def to_json(article: Article) -> str:
    """An article as one line of JSON; fields that are unknown are left out."""
    return json.dumps(to_record(article), ensure_ascii=False)


def to_record(article: Article) -> dict[str, Any]:
    """An article as plain values; fields that are unknown are left out."""
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
