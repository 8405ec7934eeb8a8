"""The tables `sources` and `visits`: the remembered sources, and the stamps of their places."""

import json
import sqlite3
from collections.abc import Mapping
from datetime import datetime

from corpus.library.entry import Source
from corpus.library.history import now
from corpus.place_result import Stamp

__all__ = [
    "delete_source", "delete_visit", "get_stamp", "put_source", "put_stamp", "set_visited",
    "sources",
]  # fmt: skip


def put_source(
    connection: sqlite3.Connection, name: str, columns: Mapping[str, str], encoding: str | None
) -> None:
    """Insert a source; if it is there, change how it is read."""
    connection.execute(
        "INSERT INTO sources (name, added_at, columns, encoding) VALUES (?, ?, ?, ?)"
        " ON CONFLICT (name)"
        " DO UPDATE SET columns = excluded.columns, encoding = excluded.encoding",
        (name, now(), json.dumps(dict(columns), ensure_ascii=False), encoding),
    )


def delete_source(connection: sqlite3.Connection, name: str) -> bool:
    """Delete a source and the visits of its places; return whether the source was there."""
    connection.execute("DELETE FROM visits WHERE root = ?", (name,))
    return connection.execute("DELETE FROM sources WHERE name = ?", (name,)).rowcount > 0


def sources(connection: sqlite3.Connection) -> list[Source]:
    """Return every source, in the order in which they were first inserted."""
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


def set_visited(connection: sqlite3.Connection, name: str, problem: str | None) -> None:
    """Set the time of the last visit of a source to now, and what went wrong."""
    connection.execute(
        "UPDATE sources SET visited_at = ?, problem = ? WHERE name = ?", (now(), problem, name)
    )


def get_stamp(connection: sqlite3.Connection, place: str) -> Stamp | None:
    """Return the stamp of a place at its last visit, if any."""
    row = connection.execute(
        "SELECT etag, modified, mark, changed FROM visits WHERE place = ?", (place,)
    ).fetchone()
    return Stamp(*row) if row is not None else None


def put_stamp(connection: sqlite3.Connection, source_name: str, place: str, stamp: Stamp) -> None:
    """Replace the stamp of a place."""
    connection.execute(
        "INSERT OR REPLACE INTO visits (place, root, etag, modified, mark, changed, visited_at)"
        " VALUES (?, ?, ?, ?, ?, ?, ?)",
        (place, source_name, stamp.etag, stamp.modified, stamp.mark, stamp.changed, now()),
    )


def delete_visit(connection: sqlite3.Connection, place: str | None) -> None:
    """Delete the visit of a place."""
    connection.execute("DELETE FROM visits WHERE place = ?", (place,))
