"""One connection to `bot.db`, which the stores share."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bot.storage.schema import BOT
from corpus.sqlite import Database

__all__ = ["SqliteConnection"]

_BUSY_SECONDS = 5.0  # how long to wait for another process that is writing


class SqliteConnection:
    """Runs statements, one thread at a time; every method raises StateError.

    Several processes may use one file.
    """

    def __init__(self, path: Path) -> None:
        """Open the file; create it if there is none."""
        # By its name alone: an error may be logged where the folder is nobody's business.
        self._database = Database(path, BOT, _BUSY_SECONDS, name="bot.db")

    def close(self) -> None:
        """Close the file."""
        self._database.close()

    @contextmanager
    def unit_of_work(self) -> Iterator[None]:
        """One transaction that writes; within another one, a part of that."""
        with self._database.writing():
            yield

    def execute(self, statement: str, *values: object) -> int:
        """Run a statement that writes; how many rows it changed."""
        with self._database.writing() as connection:
            return connection.execute(statement, values).rowcount

    def rows(self, query: str, *values: object) -> list[sqlite3.Row]:
        """The rows that a query finds."""
        with self._database.reading() as connection:
            return connection.execute(query, values).fetchall()
