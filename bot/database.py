"""The file `bot.db`: opening it, its tables, how an older one becomes a newer one."""

import sqlite3
import time
from pathlib import Path

from corpus.errors import QuotebotError

__all__ = ["MIGRATIONS", "StateError", "open_database"]

APPLICATION_ID = 0x71754274  # "quBt": tells it from any other SQLite file
BUSY_SECONDS = 5.0  # how long to wait for another process that is writing
ATTEMPTS, PAUSE = 100, 0.02  # SQLite doesn't wait for others when it switches to WAL

# One entry a version; append, never edit. `user_version` counts those that were applied.
# Times are seconds since 1970 in UTC. `chat` and `person` are Telegram's ids.
MIGRATIONS: tuple[tuple[str, ...], ...] = (
    (
        """
        CREATE TABLE preferences (
            chat INTEGER PRIMARY KEY, language TEXT, passages INTEGER,
            source TEXT, article_language TEXT, days INTEGER
        ) STRICT
        """,
        "CREATE TABLE banned (person INTEGER PRIMARY KEY, created REAL NOT NULL) STRICT",
        # What the buttons of a message refer to; `passages` is a JSON list of places.
        """
        CREATE TABLE answers (
            key TEXT PRIMARY KEY, chat INTEGER NOT NULL, person INTEGER NOT NULL,
            asked INTEGER, message INTEGER, question TEXT NOT NULL, answered INTEGER NOT NULL,
            passages TEXT NOT NULL, shown INTEGER NOT NULL, created REAL NOT NULL
        ) STRICT
        """,
        "CREATE INDEX answers_by_asked ON answers (chat, asked)",
        "CREATE INDEX answers_by_message ON answers (chat, message)",
        "CREATE INDEX answers_by_created ON answers (created)",
        """
        CREATE TABLE contexts (
            chat INTEGER NOT NULL, person INTEGER NOT NULL, question TEXT NOT NULL,
            article TEXT NOT NULL, paragraph INTEGER NOT NULL, title TEXT NOT NULL,
            created REAL NOT NULL, PRIMARY KEY (chat, person)
        ) STRICT
        """,
        """
        CREATE TABLE feedback (
            answer TEXT NOT NULL, person INTEGER NOT NULL, passage INTEGER NOT NULL,
            article TEXT NOT NULL, paragraph INTEGER NOT NULL, verdict TEXT NOT NULL,
            comment TEXT, created REAL NOT NULL, PRIMARY KEY (answer, person, passage)
        ) STRICT
        """,
        # Messages that ask for a reply in free words.
        """
        CREATE TABLE prompts (
            chat INTEGER NOT NULL, message INTEGER NOT NULL, answer TEXT NOT NULL,
            passage INTEGER NOT NULL, created REAL NOT NULL, PRIMARY KEY (chat, message)
        ) STRICT
        """,
        """
        CREATE TABLE questions (
            number INTEGER PRIMARY KEY, person INTEGER NOT NULL, text TEXT,
            answered INTEGER NOT NULL, milliseconds REAL NOT NULL, created REAL NOT NULL
        ) STRICT
        """,
        "CREATE INDEX questions_by_created ON questions (created)",
        """
        CREATE TABLE buckets (
            name TEXT PRIMARY KEY, tokens REAL NOT NULL, warned INTEGER NOT NULL, at REAL NOT NULL
        ) STRICT
        """,
    ),
)


class StateError(QuotebotError):
    """What the bot keeps cannot be opened, read or written."""


def open_database(path: Path) -> sqlite3.Connection:
    """Open the file with current tables, made when there is none. Raises StateError."""
    connection: sqlite3.Connection | None = None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        connection = sqlite3.connect(
            path, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False
        )
        connection.row_factory = sqlite3.Row
        # A power cut may take the last button presses, never the file.
        connection.execute("PRAGMA synchronous = NORMAL")
        _migrate(connection, path)
        _write_ahead(connection)
    except (sqlite3.Error, OSError, StateError) as error:
        if connection is not None:
            connection.close()
        if isinstance(error, StateError):
            raise
        raise StateError(f"{path}: {error}") from None
    return connection


def _migrate(connection: sqlite3.Connection, path: Path) -> None:
    connection.execute("BEGIN IMMEDIATE")  # another process may be at it too
    try:
        (version,) = connection.execute("PRAGMA user_version").fetchone()
        (application,) = connection.execute("PRAGMA application_id").fetchone()
        (tables,) = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
        if application != APPLICATION_ID and (application or version or tables):
            raise StateError(f"{path}: an SQLite database, but not the bot's: move it away")
        if version > len(MIGRATIONS):
            raise StateError(f"{path}: made by a newer version of quotebot")
        for statements in MIGRATIONS[version:]:
            for statement in statements:
                connection.execute(statement)
        connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        connection.execute(f"PRAGMA user_version = {len(MIGRATIONS)}")
    except BaseException:
        connection.execute("ROLLBACK")
        raise
    connection.execute("COMMIT")


def _write_ahead(connection: sqlite3.Connection) -> None:
    for attempt in range(ATTEMPTS):
        try:
            connection.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError as error:
            if attempt == ATTEMPTS - 1 or "locked" not in str(error):
                raise
            time.sleep(PAUSE)
        else:
            return
