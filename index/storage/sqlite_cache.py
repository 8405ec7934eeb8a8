"""Opens the SQLite files of the caches."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from corpus.errors import QuotebotError
from index.error_codes import Code

__all__ = ["open_cache"]

_DAMAGED = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}


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
