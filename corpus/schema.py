"""The library's tables, how an older library becomes a newer one, and what failures mean."""

import sqlite3
import time

from corpus.errors import LibraryError

__all__ = ["APPLICATION_ID", "MIGRATIONS", "explained", "migrate", "prepare"]

APPLICATION_ID = 0x71754F74  # "quOt": tells a library from any other SQLite file

ATTEMPTS, PAUSE = 100, 0.02  # seconds between attempts

# One entry a version; append, never edit. `user_version` counts those that were applied.
MIGRATIONS: tuple[tuple[str, ...], ...] = (
    (
        # `position` orders articles by when they first came; paragraphs are a JSON list, so that
        # one row, read in one statement, is one whole article.
        """
        CREATE TABLE articles (
            position INTEGER PRIMARY KEY AUTOINCREMENT,
            id TEXT NOT NULL UNIQUE,
            title TEXT NOT NULL,
            source TEXT NOT NULL,
            url TEXT,
            author TEXT,
            published TEXT,
            updated TEXT,
            language TEXT,
            paragraphs TEXT NOT NULL,
            paragraph_count INTEGER NOT NULL,
            content_hash TEXT NOT NULL,
            first_seen TEXT NOT NULL,
            changed_at TEXT NOT NULL
        ) STRICT
        """,
        "CREATE INDEX articles_by_source ON articles (source)",
        """
        CREATE TABLE state (
            one INTEGER PRIMARY KEY CHECK (one = 1),
            library TEXT NOT NULL,
            changes INTEGER NOT NULL
        ) STRICT
        """,
        "INSERT INTO state VALUES (1, lower(hex(randomblob(8))), 0)",
    ),
)


def migrate(connection: sqlite3.Connection, name: str) -> None:
    """Bring an open database to the newest version, in one transaction.

    Raises LibraryError when it is no library, or a newer program's; sqlite3.Error as it comes.
    """
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    (application,) = connection.execute("PRAGMA application_id").fetchone()
    if (application, version) == (APPLICATION_ID, len(MIGRATIONS)):
        return
    # Everything is looked at again under the lock: another process may be making the tables.
    connection.execute("BEGIN IMMEDIATE")
    try:
        for statements in MIGRATIONS[_version(connection, name) :]:
            for statement in statements:
                connection.execute(statement)
        connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        connection.execute(f"PRAGMA user_version = {len(MIGRATIONS)}")
    except BaseException:
        connection.execute("ROLLBACK")
        raise
    connection.execute("COMMIT")


def _version(connection: sqlite3.Connection, name: str) -> int:
    (application,) = connection.execute("PRAGMA application_id").fetchone()
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    (tables,) = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    if application != APPLICATION_ID and (application or version or tables):
        raise LibraryError(f"{name}: an SQLite database, but not a library of articles")
    if version > len(MIGRATIONS):
        raise LibraryError(
            f"{name}: made by a newer quotebot (schema {version}, this one knows "
            f"{len(MIGRATIONS)}): upgrade quotebot"
        )
    return int(version)


def prepare(connection: sqlite3.Connection, name: str) -> None:
    """Make a fresh connection a library's: durable, current tables, readers beside a writer.

    Raises LibraryError when the file is no library of ours; sqlite3.Error as it comes.
    """
    connection.row_factory = sqlite3.Row
    connection.execute("PRAGMA foreign_keys = ON")
    connection.execute("PRAGMA synchronous = FULL")
    migrate(connection, name)
    _let_readers_in(connection)


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


def explained(error: Exception, name: str) -> LibraryError:
    """Say in one line, naming the file, what a failure means for an admin."""
    if isinstance(error, LibraryError):
        return error
    code = str(getattr(error, "sqlite_errorname", ""))
    reasons = {
        "SQLITE_NOTADB": "not a library of articles (not an SQLite database)",
        "SQLITE_BUSY": "locked by another program: try again when it has finished",
        "SQLITE_LOCKED": "locked by another program: try again when it has finished",
        "SQLITE_READONLY": "cannot be written: the file or its folder is read-only",
        "SQLITE_FULL": "cannot be written: the disk is full",
        "SQLITE_CANTOPEN": "cannot be opened: is it a file, and may you read and write it?",
        "SQLITE_CORRUPT": "damaged: restore it from a backup",
        "SQLITE_IOERR": "cannot be read or written: the disk reports an error",
    }
    short = "_".join(code.split("_")[:2])
    return LibraryError(f"{name}: {reasons.get(short, str(error))}")
