"""The tables of the file `bot.db`, and the migrations from older versions."""

from bot.chat.ports import StateError
from bot.error_codes import Code
from corpus.sqlite import DatabaseSpec

__all__ = ["APPLICATION_ID", "BOT", "MIGRATIONS"]

APPLICATION_ID = 0x71754274  # "quBt": no other SQLite file has it

# One entry a version; append, never edit.
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
        # The buttons of a message refer to these; `passages` is a JSON list of references.
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
        # Messages of the bot that ask for a comment on a passage.
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


BOT = DatabaseSpec(Code.BOT_DATABASE(), APPLICATION_ID, MIGRATIONS, StateError, durable="NORMAL")
