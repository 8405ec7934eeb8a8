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
    (
        # `root` is the remembered source through which an article came, `place` the file or page;
        # `copy_of` is the position of the article that speaks for a group of copies.
        "ALTER TABLE articles ADD COLUMN root TEXT",
        "ALTER TABLE articles ADD COLUMN place TEXT",
        "ALTER TABLE articles ADD COLUMN stripped TEXT NOT NULL DEFAULT '[]'",
        "ALTER TABLE articles ADD COLUMN vanished_at TEXT",
        "ALTER TABLE articles ADD COLUMN copy_of INTEGER",
        "CREATE INDEX articles_by_root ON articles (root, place)",
        "CREATE INDEX articles_by_place ON articles (place)",
        "CREATE INDEX articles_by_copy ON articles (copy_of) WHERE copy_of IS NOT NULL",
        """
        CREATE TABLE sources (
            name TEXT NOT NULL UNIQUE,
            added_at TEXT NOT NULL,
            visited_at TEXT,
            problem TEXT,
            columns TEXT NOT NULL,
            encoding TEXT
        ) STRICT
        """,
        """
        CREATE TABLE visits (
            place TEXT PRIMARY KEY,
            root TEXT NOT NULL,
            etag TEXT,
            modified TEXT,
            mark TEXT,
            changed TEXT,
            visited_at TEXT NOT NULL
        ) STRICT, WITHOUT ROWID
        """,
        "CREATE INDEX visits_by_root ON visits (root)",
        """
        CREATE TABLE history (
            sequence INTEGER PRIMARY KEY,
            article TEXT NOT NULL,
            at TEXT NOT NULL,
            what TEXT NOT NULL,
            title TEXT NOT NULL,
            source TEXT NOT NULL
        ) STRICT
        """,
        "CREATE INDEX history_by_article ON history (article)",
        "INSERT INTO history (article, at, what, title, source)"
        " SELECT id, first_seen, 'added', title, source FROM articles ORDER BY position",
        "CREATE TABLE removed (id TEXT PRIMARY KEY, at TEXT NOT NULL) STRICT, WITHOUT ROWID",
        """
        CREATE TABLE signatures (
            position INTEGER PRIMARY KEY,
            whole BLOB NOT NULL,
            digest BLOB,
            quality REAL NOT NULL
        ) STRICT
        """,
        "CREATE INDEX signatures_by_whole ON signatures (whole)",
        """
        CREATE TABLE bands (
            key INTEGER NOT NULL,
            position INTEGER NOT NULL,
            PRIMARY KEY (key, position)
        ) STRICT, WITHOUT ROWID
        """,
    ),
)


def migrate(connection: sqlite3.Connection, name: str) -> int:
    """Bring an open database to the newest version, in one transaction; return what it was.

    Raises LibraryError when it is no library, or a newer program's; sqlite3.Error as it comes.
    """
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    (application,) = connection.execute("PRAGMA application_id").fetchone()
    if (application, version) == (APPLICATION_ID, len(MIGRATIONS)):
        return int(version)
    # Everything is looked at again under the lock: another process may be making the tables.
    connection.execute("BEGIN IMMEDIATE")
    try:
        version = _version(connection, name)
        for statements in MIGRATIONS[version:]:
            for statement in statements:
                connection.execute(statement)
        connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        connection.execute(f"PRAGMA user_version = {len(MIGRATIONS)}")
    except BaseException:
        connection.execute("ROLLBACK")
        raise
    connection.execute("COMMIT")
    return int(version)


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


def prepare(connection: sqlite3.Connection, name: str) -> int:
    """Make a fresh connection a library's: durable, current tables, readers beside a writer.

    Returns the version of the tables that were there.
    Raises LibraryError when the file is no library of ours; sqlite3.Error as it comes.
    """
    connection.row_factory = sqlite3.Row
    connection.execute("PRAGMA foreign_keys = ON")
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("PRAGMA secure_delete = ON")  # what is removed leaves the disk
    version = migrate(connection, name)
    _let_readers_in(connection)
    return version


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
