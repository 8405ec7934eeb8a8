"""An SQLite file of ours: recognised, brought up to date, safe for readers beside a writer."""

import sqlite3
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from corpus.errors import QuotebotError

__all__ = ["DatabaseSpec", "open_database", "to_error"]

ATTEMPTS, PAUSE = 100, 0.02  # seconds between attempts


@dataclass(frozen=True, slots=True)
class DatabaseSpec:
    """What a file is.

    `application_id` tells it from any other SQLite file. `migrations` has one entry a version:
    append, never edit; `user_version` counts those that were applied. `error` is what is raised,
    and `name` what comes after "not" in it. With `durable` FULL what is written survives a power
    cut; with NORMAL the last writes may be lost, but never the file.
    """

    name: str
    application_id: int
    migrations: Sequence[Sequence[str]]
    error: type[QuotebotError]
    durable: Literal["FULL", "NORMAL"]


def open_database(
    path: Path, kind: DatabaseSpec, busy_seconds: float
) -> tuple[sqlite3.Connection, int]:
    """Open a file with current tables, made when there is none; the version that it had.

    The connection is for any thread and commits by itself. Waits `busy_seconds` for another process
    that is writing. Raises `kind.error` in one line.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise kind.error(f"{path}: its folder cannot be made ({error.strerror})") from None
    connection: sqlite3.Connection | None = None
    try:
        connection = sqlite3.connect(
            path, timeout=busy_seconds, isolation_level=None, check_same_thread=False
        )
        connection.row_factory = sqlite3.Row
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute("PRAGMA secure_delete = ON")  # what is removed leaves the disk
        connection.execute(f"PRAGMA synchronous = {kind.durable}")
        version = _migrate(connection, path, kind)
        _let_readers_in(connection)
    except (sqlite3.Error, QuotebotError) as error:
        if connection is not None:
            connection.close()
        raise to_error(error, str(path), kind) from None
    return connection, version


def to_error(error: Exception, name: str, kind: DatabaseSpec) -> QuotebotError:
    """Say in one line, naming the file, what a failure means for an admin."""
    if isinstance(error, kind.error):
        return error
    code = str(getattr(error, "sqlite_errorname", ""))
    reasons = {
        "SQLITE_NOTADB": f"not {kind.name} (not an SQLite database): move it away",
        "SQLITE_BUSY": "locked by another program: try again when it has finished",
        "SQLITE_LOCKED": "locked by another program: try again when it has finished",
        "SQLITE_READONLY": "cannot be written: the file or its folder is read-only",
        "SQLITE_FULL": "cannot be written: the disk is full",
        "SQLITE_CANTOPEN": "cannot be opened: is it a file, and may you read and write it?",
        "SQLITE_CORRUPT": "damaged: restore it from a backup",
        "SQLITE_IOERR": "cannot be read or written: the disk reports an error",
    }
    short = "_".join(code.split("_")[:2])
    return kind.error(f"{name}: {reasons.get(short, str(error))}")


def _migrate(connection: sqlite3.Connection, path: Path, kind: DatabaseSpec) -> int:
    """Bring the tables to the newest version, in one transaction; return what it was."""
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    (application,) = connection.execute("PRAGMA application_id").fetchone()
    if (application, version) == (kind.application_id, len(kind.migrations)):
        return int(version)
    # Everything is looked at again under the lock: another process may be making the tables.
    connection.execute("BEGIN IMMEDIATE")
    try:
        version = _version(connection, path, kind)
        for statements in kind.migrations[version:]:
            for statement in statements:
                connection.execute(statement)
        connection.execute(f"PRAGMA application_id = {kind.application_id}")
        connection.execute(f"PRAGMA user_version = {len(kind.migrations)}")
    except BaseException:
        connection.execute("ROLLBACK")
        raise
    connection.execute("COMMIT")
    return int(version)


def _version(connection: sqlite3.Connection, path: Path, kind: DatabaseSpec) -> int:
    (application,) = connection.execute("PRAGMA application_id").fetchone()
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    (tables,) = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    if application != kind.application_id and (application or version or tables):
        raise kind.error(f"{path}: an SQLite database, but not {kind.name}: move it away")
    if version > len(kind.migrations):
        raise kind.error(
            f"{path}: made by a newer quotebot (schema {version}, this one knows "
            f"{len(kind.migrations)}): upgrade quotebot"
        )
    return int(version)


def _let_readers_in(connection: sqlite3.Connection) -> None:
    """Switch to the write-ahead log; SQLite doesn't wait for others here, so this does."""
    for attempt in range(ATTEMPTS):
        try:
            connection.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError as error:
            if attempt == ATTEMPTS - 1 or "locked" not in str(error):
                raise
            time.sleep(PAUSE)
        else:
            return
