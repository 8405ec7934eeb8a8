"""The tables `history` and `removed`: what happened to articles, also to removed ones."""

import sqlite3
from datetime import UTC, datetime

from corpus.library.entry import Event, EventKind

__all__ = ["add_event", "allow_again", "forbid", "history_of", "is_forbidden", "now"]


def now() -> str:
    """Return the time in UTC, to the second, in the form that the tables hold."""
    return datetime.now(UTC).isoformat(timespec="seconds")


def add_event(connection: sqlite3.Connection, article_id: str, what: EventKind) -> None:
    """Add an event to the history of an article, which must still be in the library."""
    connection.execute(
        "INSERT INTO history (article, at, what, title, source)"
        " SELECT id, ?, ?, title, source FROM articles WHERE id = ?",
        (now(), what, article_id),
    )


def history_of(connection: sqlite3.Connection, article_id: str) -> list[Event]:
    """Return what happened to an article, oldest first."""
    rows = connection.execute(
        "SELECT at, what, title, source FROM history WHERE article = ? ORDER BY sequence",
        (article_id,),
    )
    return [Event(datetime.fromisoformat(row[0]), row[1], row[2], row[3]) for row in rows]


def forbid(connection: sqlite3.Connection, article_id: str) -> None:
    """Record that an admin removed an article for good."""
    connection.execute("INSERT OR REPLACE INTO removed VALUES (?, ?)", (article_id, now()))


def allow_again(connection: sqlite3.Connection, article_id: str) -> None:
    """Delete the record that an admin removed an article for good."""
    connection.execute("DELETE FROM removed WHERE id = ?", (article_id,))


def is_forbidden(connection: sqlite3.Connection, article_id: str) -> bool:
    """Whether an admin removed an article for good, and it was not added again."""
    row = connection.execute("SELECT 1 FROM removed WHERE id = ?", (article_id,)).fetchone()
    return row is not None
