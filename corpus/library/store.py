"""The file of a library: opened, locked, written in transactions."""

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Self

from corpus.library import near_duplicates as duplicates
from corpus.library.row_mapping import article_of
from corpus.library.schema import LIBRARY
from corpus.sqlite import open_database, to_error

__all__ = ["Store"]

BUSY_SECONDS = 10.0  # how long to wait for another process that is writing
UNLINKED = 1  # the schema before copies were linked


class Store:
    """An open library file.

    One object may be used from several threads, and several processes may open one file. A write
    is on disk when the method returns. Every method raises LibraryError, in one line, when the file
    cannot be read or written.
    """

    def __init__(self, connection: sqlite3.Connection, name: str) -> None:
        """Take over an open, prepared connection; use `open`."""
        self._connection = connection
        self._name = name
        self._lock = threading.RLock()
        self._in_batch = False

    @classmethod
    def open(cls, path: Path | str) -> Self:
        """Open a library, making it (and its folder) when there is none."""
        connection, version = open_database(Path(path), LIBRARY, BUSY_SECONDS)
        try:
            if version == UNLINKED:
                _link_all(connection)
        except sqlite3.Error as error:
            connection.close()
            raise to_error(error, str(path), LIBRARY) from None
        return cls(connection, str(path))

    def close(self) -> None:
        """Close the file; the object is of no use afterwards."""
        with self._lock:
            self._connection.close()

    def __enter__(self) -> Self:
        """Return the library itself."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close the file."""
        self.close()

    @contextmanager
    def _writing(self) -> Iterator[None]:
        """One transaction, or the batch's when there is one."""
        with self._errors():
            if self._in_batch:
                yield
                return
            self._connection.execute("BEGIN IMMEDIATE")
            self._in_batch = True
            try:
                yield
                self._connection.execute("COMMIT")
            except BaseException:
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")
                raise
            finally:
                self._in_batch = False

    def _empty_log(self) -> None:
        """Leave nothing in the write-ahead log, unless others are reading or a batch goes on."""
        with self._errors():
            if not self._in_batch:
                self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()

    @contextmanager
    def _errors(self) -> Iterator[None]:
        with self._lock:
            try:
                yield
            except sqlite3.Error as error:
                raise to_error(error, self._name, LIBRARY) from error


def _link_all(connection: sqlite3.Connection) -> None:
    """Find the copies among the articles of a library from before there was such a thing."""
    connection.execute("BEGIN IMMEDIATE")
    for row in connection.execute("SELECT * FROM articles ORDER BY position").fetchall():
        duplicates.index(connection, row["position"], article_of(row))
        duplicates.relink(connection, row["position"])
    connection.execute("COMMIT")
