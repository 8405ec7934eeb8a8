"""Opens SQLite files, updates their tables, and shares them between threads and processes."""

import sqlite3
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from corpus.error_codes import Code
from corpus.errors import QuotebotError, Reason

__all__ = ["Database", "DatabaseSpec", "open_database", "to_error"]

ATTEMPTS, PAUSE = 100, 0.02  # seconds between attempts

_REASONS = {
    "SQLITE_BUSY": Code.DATABASE_LOCKED,
    "SQLITE_LOCKED": Code.DATABASE_LOCKED,
    "SQLITE_READONLY": Code.DATABASE_READ_ONLY,
    "SQLITE_FULL": Code.DATABASE_DISK_FULL,
    "SQLITE_CANTOPEN": Code.DATABASE_NOT_OPENED,
    "SQLITE_CORRUPT": Code.DATABASE_DAMAGED,
    "SQLITE_IOERR": Code.DATABASE_DISK_ERROR,
}


@dataclass(frozen=True, slots=True)
class DatabaseSpec:
    """One kind of SQLite file, and its tables.

    name            what the file holds, for error texts ("a library of articles")
    application_id  a number by which the file is recognised; no other program uses it
    migrations      the SQL statements of each version of the tables: append, never edit; the file's
                    `user_version` counts the versions that were applied
    error           the class of the errors that are raised
    durable         FULL: a committed write survives a power cut; NORMAL: the last writes may be
                    lost, but the file stays usable
    """

    name: Reason
    application_id: int
    migrations: Sequence[Sequence[str]]
    error: type[QuotebotError]
    durable: Literal["FULL", "NORMAL"]


def open_database(
    path: Path, spec: DatabaseSpec, busy_seconds: float
) -> tuple[sqlite3.Connection, int]:
    """Open a file, create it if it is missing, and update its tables.

    Returns the connection and the version that the tables had before. Any thread may use the
    connection. Each statement is committed at once, outside of a transaction. The connection waits
    up to `busy_seconds` for another process that is writing. Raises `spec.error`.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise spec.error(Code.FOLDER_NOT_MADE(path=path, problem=error.strerror)) from None
    connection: sqlite3.Connection | None = None
    try:
        connection = sqlite3.connect(
            path, timeout=busy_seconds, isolation_level=None, check_same_thread=False
        )
        connection.row_factory = sqlite3.Row
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute("PRAGMA secure_delete = ON")  # overwrites removed text on the disk
        connection.execute(f"PRAGMA synchronous = {spec.durable}")
        version = _migrate(connection, path, spec)
        _use_write_ahead_log(connection)
    except (sqlite3.Error, QuotebotError) as error:
        if connection is not None:
            connection.close()
        raise to_error(error, str(path), spec) from None
    return connection, version


def to_error(error: Exception, path: str, spec: DatabaseSpec) -> QuotebotError:
    """Turn an error of SQLite into `spec.error`: one line says what is wrong and what to do."""
    if isinstance(error, spec.error):
        return error
    name = "_".join(str(getattr(error, "sqlite_errorname", "")).split("_")[:2])
    if name == "SQLITE_NOTADB":
        problem: Reason | str = Code.NOT_SQLITE(kind=spec.name)
    else:
        problem = _REASONS[name]() if name in _REASONS else str(error)  # SQLite's own words
    return spec.error(Code.DATABASE_PROBLEM(path=path, problem=problem))


class Database:
    """An open file. Several threads may use one object, several processes one file.

    A write is on disk when its transaction ends. Errors of SQLite become `spec.error`.
    """

    def __init__(
        self, path: Path, spec: DatabaseSpec, busy_seconds: float, name: str | None = None
    ) -> None:
        """Open the file as `open_database` does; `version` is the version before the update.

        Later errors name the file by `name`, or by its path without one.
        """
        self.connection, self.version = open_database(path, spec, busy_seconds)
        self.path = name or str(path)
        self._spec = spec
        self._lock = threading.RLock()
        self._in_transaction = False

    def close(self) -> None:
        """Close the file; nothing can be read or written afterwards."""
        with self._lock:
            self.connection.close()

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """Give the connection to this thread; other threads wait until the block ends."""
        with self._lock:
            try:
                yield self.connection
            except sqlite3.Error as error:
                raise to_error(error, self.path, self._spec) from error

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """Run one transaction; an exception undoes it.

        A transaction inside another one is a part of that one.
        """
        with self.reading() as connection:
            if self._in_transaction:
                yield connection
                return
            connection.execute("BEGIN IMMEDIATE")
            self._in_transaction = True
            try:
                yield connection
                connection.execute("COMMIT")
            except BaseException:
                if connection.in_transaction:  # on a full disk, SQLite has rolled back already
                    connection.execute("ROLLBACK")
                raise
            finally:
                self._in_transaction = False

    def truncate_log(self) -> None:
        """Empty the write-ahead log, so that it holds no deleted text.

        Does nothing while another process reads or writes.
        """
        with self.reading() as connection:
            if not self._in_transaction:
                connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()


def _migrate(connection: sqlite3.Connection, path: Path, spec: DatabaseSpec) -> int:
    """Update the tables to the newest version, in one transaction; return the version before."""
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    (application,) = connection.execute("PRAGMA application_id").fetchone()
    if (application, version) == (spec.application_id, len(spec.migrations)):
        return int(version)
    # Read again under the lock: another process may have made the tables meanwhile.
    connection.execute("BEGIN IMMEDIATE")
    try:
        version = _version(connection, path, spec)
        for statements in spec.migrations[version:]:
            for statement in statements:
                connection.execute(statement)
        connection.execute(f"PRAGMA application_id = {spec.application_id}")
        connection.execute(f"PRAGMA user_version = {len(spec.migrations)}")
    except BaseException:
        connection.execute("ROLLBACK")
        raise
    connection.execute("COMMIT")
    return int(version)


def _version(connection: sqlite3.Connection, path: Path, spec: DatabaseSpec) -> int:
    (application,) = connection.execute("PRAGMA application_id").fetchone()
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    (tables,) = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    if application != spec.application_id and (application or version or tables):
        raise spec.error(Code.OTHER_DATABASE(path=path, kind=spec.name))
    if version > len(spec.migrations):
        raise spec.error(Code.NEWER_DATABASE(path=path, found=version, known=len(spec.migrations)))
    return int(version)


def _use_write_ahead_log(connection: sqlite3.Connection) -> None:
    """Switch to the write-ahead log, so that processes can read while another one writes.

    SQLite itself does not wait for other processes at this statement, so it is repeated.
    """
    for attempt in range(ATTEMPTS):
        try:
            connection.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError as error:
            if attempt == ATTEMPTS - 1 or "locked" not in str(error):
                raise
            time.sleep(PAUSE)
        else:
            return
