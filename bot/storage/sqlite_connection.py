"""One connection to `bot.db`, which the stores share."""

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bot.storage.schema import BOT
from corpus.sqlite import open_database, to_error

__all__ = ["SqliteConnection"]

_BUSY_SECONDS = 5.0  # how long to wait for another process that is writing


class SqliteConnection:
    """Runs statements, one thread at a time; every method raises StateError.

    Several processes may use one file.
    """

    def __init__(self, path: Path) -> None:
        """Open the file, or create it."""
        self._connection, _ = open_database(path, BOT, _BUSY_SECONDS)
        self._lock = threading.RLock()

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._connection.close()

    @contextmanager
    def unit_of_work(self) -> Iterator[None]:
        """One transaction that writes; inside another one, a part of that one."""
        with self._lock:
            if self._connection.in_transaction:
                yield
                return
            try:
                self._connection.execute("BEGIN IMMEDIATE")
                try:
                    yield
                except BaseException:
                    self._connection.execute("ROLLBACK")
                    raise
                self._connection.execute("COMMIT")
            except sqlite3.Error as error:
                raise to_error(error, "bot.db", BOT) from None

    def execute(self, statement: str, *values: object) -> int:
        """Run a statement that writes; how many rows it changed."""
        with self.unit_of_work():
            return self._connection.execute(statement, values).rowcount

    def rows(self, query: str, *values: object) -> list[sqlite3.Row]:
        """The rows that a query finds."""
        with self._lock:
            try:
                return self._connection.execute(query, values).fetchall()
            except sqlite3.Error as error:
                raise to_error(error, "bot.db", BOT) from None
