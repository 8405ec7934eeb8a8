"""Opens the SQLite files of the caches."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from corpus.errors import QuotebotError
from index.error_codes import Code

__all__ = ["create_cache", "open_cache"]

_DAMAGED = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}


def create_cache(path: Path, schema: str) -> None:
    """Create the file of a cache and its table, if they are missing. Raises QuotebotError."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with open_cache(path) as connection, connection:
        connection.execute(schema)


@contextmanager
def open_cache(path: Path) -> Iterator[sqlite3.Connection]:
    """Connect to a cache. Raises QuotebotError when it cannot be read or written."""
    try:
        with closing(sqlite3.connect(path, timeout=30)) as connection:
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = NORMAL")  # a lost batch is computed again
            connection.execute("PRAGMA secure_delete = ON")  # overwrites deleted data on the disk
            yield connection
    except sqlite3.Error as error:
        if getattr(error, "sqlite_errorcode", 0) & 0xFF in _DAMAGED:
            raise QuotebotError(Code.CACHE_DAMAGED(path=path)) from error
        raise QuotebotError(Code.CACHE_UNUSABLE(path=path, error=error)) from error
