"""Entries, sources and events: what the library returns besides articles."""

from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any, Literal

__all__ = ["Change", "Entry", "Event", "EventKind", "Origin", "Source"]

Change = Literal["added", "changed", "unchanged"]
EventKind = Literal["added", "changed", "vanished", "back", "removed"]


@dataclass(frozen=True, slots=True)
class Origin:
    """Where an article was found.

    `source_name` is the remembered source (see `corpus.source_name`), `place` the file or web page
    of that source that holds the article.
    """

    source_name: str
    place: str


@dataclass(frozen=True, slots=True)
class Entry:
    """An article as a listing shows it: everything but its text. Times are in UTC.

    source       the path or URL that it was read from
    paragraphs   how many it has
    first_seen   when it was first added
    changed_at   when its content last changed
    source_name  the remembered source in which it was found, if any
    vanished_at  when it was noticed that the source no longer has it; None while it has
    copy_of      id of the canonical article of its cluster of near copies; None for that article
    """

    id: str
    title: str
    published: date | None
    updated: date | None
    source: str
    url: str | None
    language: str | None
    paragraphs: int
    first_seen: datetime
    changed_at: datetime
    author: str | None = None
    source_name: str | None = None
    vanished_at: datetime | None = None
    copy_of: str | None = None

    def to_dict(self) -> dict[str, Any]:
        """Return the fields as `quotebot list --json` prints them, `source_name` under "root"."""
        names = {"source_name": "root"}
        return {names.get(name, name): value for name, value in asdict(self).items()}


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened to an article, at a time in UTC.

    `title` and `source` are those of the article at that time. "back": its source has it again.
    """

    at: datetime
    what: EventKind
    title: str
    source: str


@dataclass(frozen=True, slots=True)
class Source:
    """A remembered source. Times are in UTC.

    name        see `corpus.source_name`
    visited_at  time of the last visit, if there was one
    articles    how many articles of the library were found in it
    problem     what went wrong at the last visit, in English
    columns     field of an article → column of a table, or key of a record
    encoding    of its files; None: it is detected
    """

    name: str
    added_at: datetime
    visited_at: datetime | None
    articles: int
    problem: str | None
    columns: dict[str, str]
    encoding: str | None
