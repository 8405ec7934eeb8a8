"""The tables of the library, with the migrations from older versions."""

from corpus.error_codes import Code
from corpus.errors import LibraryError
from corpus.sqlite import DatabaseSpec

__all__ = ["APPLICATION_ID", "LIBRARY", "MIGRATIONS"]

APPLICATION_ID = 0x71754F74  # "quOt": marks an SQLite file as a library

# One entry for each version; append, never edit. `user_version` counts those that were applied.
MIGRATIONS: tuple[tuple[str, ...], ...] = (
    (
        # `position` is the order in which articles were added. The paragraphs are a JSON list, so
        # that one row is one whole article.
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
        # `root` is the name of the source in which an article was found, `place` the file or page;
        # `copy_of` is the position of the canonical article of a cluster of near copies.
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

LIBRARY = DatabaseSpec(
    Code.LIBRARY_OF_ARTICLES(), APPLICATION_ID, MIGRATIONS, LibraryError, durable="FULL"
)
