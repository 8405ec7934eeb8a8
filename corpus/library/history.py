"""What a library remembers beside its articles: sources, visits, history, and what was removed."""

import json
import sqlite3
from dataclasses import dataclass
from datetime import UTC, datetime

from corpus.place_result import Stamp

__all__ = [
    "Event", "Source", "forget", "history_of", "note", "places_of", "recall", "record_visit",
    "remember", "sources_of", "was_removed",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened to an article; `what` is added, changed, vanished, back or removed.

    `source` is where its text came from then. The time is in UTC.
    """

    at: datetime
    what: str
    title: str
    source: str


@dataclass(frozen=True, slots=True)
class Source:
    """A remembered source. Times are in UTC; `problem` is what went wrong at the last visit."""

    name: str
    added_at: datetime
    visited_at: datetime | None
    articles: int
    problem: str | None
    columns: dict[str, str]
    encoding: str | None


def now() -> str:
    """This moment, as the library writes it."""
    return datetime.now(UTC).isoformat(timespec="seconds")


def note(connection: sqlite3.Connection, article_id: str, what: str) -> None:
    """Write an event about an article that is in the library into its history."""
    connection.execute(
        "INSERT INTO history (article, at, what, title, source)"
        " SELECT id, ?, ?, title, source FROM articles WHERE id = ?",
        (now(), what, article_id),
    )


def history_of(connection: sqlite3.Connection, article_id: str) -> list[Event]:
    """What happened to an article, oldest first."""
    rows = connection.execute(
        "SELECT at, what, title, source FROM history WHERE article = ? ORDER BY sequence",
        (article_id,),
    )
    return [Event(datetime.fromisoformat(row[0]), row[1], row[2], row[3]) for row in rows]


def remember(
    connection: sqlite3.Connection, name: str, columns: dict[str, str], encoding: str | None
) -> None:
    """Keep a source, with how it is read, for a sync."""
    connection.execute(
        "INSERT INTO sources (name, added_at, columns, encoding) VALUES (?1, ?2, ?3, ?4)"
        " ON CONFLICT (name) DO UPDATE SET columns = ?3, encoding = ?4",
        (name, now(), json.dumps(columns, ensure_ascii=False), encoding),
    )


def forget(connection: sqlite3.Connection, name: str) -> bool:
    """Visit a source no more; its articles stay. Whether it was known."""
    connection.execute("DELETE FROM visits WHERE root = ?", (name,))
    return connection.execute("DELETE FROM sources WHERE name = ?", (name,)).rowcount > 0


def sources_of(connection: sqlite3.Connection) -> list[Source]:
    """Every remembered source, in the order in which they came."""
    rows = connection.execute(
        "SELECT name, added_at, visited_at, problem, columns, encoding,"
        " (SELECT count(*) FROM articles WHERE root = name) FROM sources ORDER BY rowid"
    )
    return [
        Source(
            name=row[0],
            added_at=datetime.fromisoformat(row[1]),
            visited_at=datetime.fromisoformat(row[2]) if row[2] else None,
            articles=row[6],
            problem=row[3],
            columns=json.loads(row[4]),
            encoding=row[5],
        )
        for row in rows
    ]


def recall(connection: sqlite3.Connection, place: str) -> Stamp | None:
    """How a place was at the last visit."""
    row = connection.execute(
        "SELECT etag, modified, mark, changed FROM visits WHERE place = ?", (place,)
    ).fetchone()
    return Stamp(*row) if row is not None else None


def record_visit(connection: sqlite3.Connection, root: str, place: str, stamp: Stamp) -> None:
    """Keep how a place is for the next visit."""
    connection.execute(
        "INSERT OR REPLACE INTO visits (place, root, etag, modified, mark, changed, visited_at)"
        " VALUES (?, ?, ?, ?, ?, ?, ?)",
        (place, root, stamp.etag, stamp.modified, stamp.mark, stamp.changed, now()),
    )


def places_of(connection: sqlite3.Connection, root: str) -> set[str]:
    """Where the articles of a source are, but for those that have vanished."""
    rows = connection.execute(
        "SELECT DISTINCT place FROM articles WHERE root = ? AND vanished_at IS NULL", (root,)
    )
    return {str(row[0]) for row in rows if row[0] is not None}


def was_removed(connection: sqlite3.Connection, article_id: str) -> bool:
    """Whether an admin removed the article of this id, so that a sync must not bring it back."""
    row = connection.execute("SELECT 1 FROM removed WHERE id = ?", (article_id,)).fetchone()
    return row is not None
