"""What the library gives besides articles: entries, sources, events."""

from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any, Literal

__all__ = ["Change", "Entry", "Event", "EventKind", "Origin", "Source"]

Change = Literal["added", "changed", "unchanged"]
EventKind = Literal["added", "changed", "vanished", "back", "removed"]


@dataclass(frozen=True, slots=True)
class Origin:
    """How an article was reached.

    `source_name` is the remembered source (see `corpus.source_name`), `place` the file or web page
    in it that holds the article.
    """

    source_name: str
    place: str


@dataclass(frozen=True, slots=True)
class Entry:
    """What a listing shows of an article: all but its text. Times are in UTC.

    `source` is the path or URL that it was read from, `source_name` the remembered source through
    which it was reached, `vanished_at` when that source stopped having it. `copy_of` is the id of
    the canonical article of its cluster of near copies, None for the canonical one itself.
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
        """The fields as `quotebot list --json` prints them: `source_name` is called root there."""
        names = {"source_name": "root"}
        return {names.get(name, name): value for name, value in asdict(self).items()}


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened to an article, at a time in UTC.

    `title` and `source` are those that it had then. "back": its source has it again.
    """

    at: datetime
    what: EventKind
    title: str
    source: str


@dataclass(frozen=True, slots=True)
class Source:
    """A remembered source. Times are in UTC.

    `articles` counts those that came through it, `problem` is what went wrong at the last visit, in
    English; `columns` and `encoding` are how its files are read.
    """

    name: str
    added_at: datetime
    visited_at: datetime | None
    articles: int
    problem: str | None
    columns: dict[str, str]
    encoding: str | None
