"""What a reader gives, and what it is given besides the bytes."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any

from corpus.article import Article
from corpus.errors import UnreadableSource

__all__ = ["NO_HINTS", "Hints", "Pointer", "ReaderOutput"]


@dataclass(frozen=True, slots=True)
class Hints:
    """What is known of a source before it is read.

    `address` is the URL that it was fetched from; `charset` and `media_type` are the server's;
    `encoding` is the admin's and overrides every other; `columns` maps an article's field to a
    column of a table or a key of a record.
    """

    address: str | None = None
    charset: str | None = None
    media_type: str | None = None
    encoding: str | None = None
    columns: Mapping[str, str] = field(default_factory=dict)

    def as_dict(self) -> dict[str, Any]:
        """The fields by name; `Hints(**fields)` is equal to this."""
        return {one.name: getattr(self, one.name) for one in fields(self)}


NO_HINTS = Hints()


@dataclass(frozen=True, slots=True)
class Pointer:
    """A place where an article is: an entry of a sitemap, or of a feed that gives a summary only.

    `changed` is the time of its last change that the list gives; `fallback` is the article that the
    list itself holds.
    """

    url: str
    changed: str | None = None
    fallback: Article | None = None


ReaderOutput = Article | Pointer | UnreadableSource
