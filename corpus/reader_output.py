"""The input of a reader besides the bytes, and its output."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, fields
from typing import Any

from corpus.article import Article
from corpus.errors import UnreadableSource

__all__ = ["NO_HINTS", "Hints", "Pointer", "ReadNested", "ReaderOutput"]


@dataclass(frozen=True, slots=True)
class Hints:
    """What is known about a source before it is read.

    address     the URL that it was fetched from
    charset     the encoding that the server states
    media_type  the media type that the server states
    encoding    the encoding that the admin states; it overrides all others
    columns     field of an article → column of a table, or key of a record
    """

    address: str | None = None
    charset: str | None = None
    media_type: str | None = None
    encoding: str | None = None
    columns: Mapping[str, str] = field(default_factory=dict)

    def as_dict(self) -> dict[str, Any]:
        """Return the fields by name; `Hints(**hints.as_dict())` equals `hints`."""
        return {one.name: getattr(self, one.name) for one in fields(self)}


NO_HINTS = Hints()


@dataclass(frozen=True, slots=True)
class Pointer:
    """Where an article is: an entry of a sitemap, or of a feed with summaries only.

    `changed` is the time of the last change, as the list states it. `fallback` is the article made
    of the summary in the list; it is used when the page cannot be read.
    """

    url: str
    changed: str | None = None
    fallback: Article | None = None


ReaderOutput = Article | Pointer | UnreadableSource

ReadNested = Callable[[bytes, str, Hints], Iterator[ReaderOutput]]
"""Reads a file inside a container; called with its bytes, its place and the hints."""
