"""What the bot remembers, in `bot.db`; see `bot.storage.schema` for the tables.

Every method is short, may be called from any thread, and raises StateError. Two processes may use
one file.
"""

import json
import secrets
import sqlite3
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import astuple, dataclass
from pathlib import Path
from typing import Self

from bot.chat.passage_ref import PassageRef
from bot.storage.schema import BOT
from bot.text import encodable
from corpus.sqlite import open_database, to_error
from index.engine.follow_up import Context

__all__ = ["Preferences", "SavedAnswer", "State"]

CONTEXT_MINUTES = 30
ANSWER_DAYS = 90
FEEDBACK_DAYS = 365
BUSY_SECONDS = 5.0  # how long to wait for another process that is writing
_MINUTE, _DAY = 60.0, 86_400.0


@dataclass(frozen=True, slots=True)
class Preferences:
    """What a chat has set; None is the default. `days`: articles no older than that."""

    language: str | None = None
    passages: int | None = None
    source: str | None = None
    article_language: str | None = None
    days: int | None = None


@dataclass(frozen=True, slots=True)
class SavedAnswer:
    """An answer as its buttons need it; `asked` and `message` are the ids of the two messages."""

    key: str
    chat: int
    person: int
    asked: int | None
    message: int | None
    question: str
    answered: bool
    places: tuple[PassageRef, ...]
    shown: int


class State:
    """Everything that is kept between two updates."""

    def __init__(self, path: Path) -> None:
        """Open the file, making it when there is none."""
        self._connection, _ = open_database(path, BOT, BUSY_SECONDS)
        self._lock = threading.RLock()
        self.tidy()

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._connection.close()

    def __enter__(self) -> Self:
        """The state itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close the file."""
        self.close()

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """One transaction; within another one, a part of that."""
        with self._lock:
            if self._connection.in_transaction:
                yield self._connection
                return
            try:
                self._connection.execute("BEGIN IMMEDIATE")
                try:
                    yield self._connection
                except BaseException:
                    self._connection.execute("ROLLBACK")
                    raise
                self._connection.execute("COMMIT")
            except sqlite3.Error as error:
                raise to_error(error, "bot.db", BOT) from None

    def rows(self, query: str, *values: object) -> list[sqlite3.Row]:
        """What a query finds."""
        with self._lock:
            try:
                return self._connection.execute(query, values).fetchall()
            except sqlite3.Error as error:
                raise to_error(error, "bot.db", BOT) from None

    # Preferences

    def preferences(self, chat: int) -> Preferences:
        """What a chat has set."""
        rows = self.rows(
            "SELECT language, passages, source, article_language, days FROM preferences"
            " WHERE chat = ?",
            chat,
        )
        return Preferences(*rows[0]) if rows else Preferences()

    def prefer(self, chat: int, preferences: Preferences) -> None:
        """Keep what a chat has set."""
        with self.writing() as connection:
            connection.execute(
                "INSERT OR REPLACE INTO preferences VALUES (?, ?, ?, ?, ?, ?)",
                (chat, *astuple(preferences)),
            )

    # Answers, for buttons, replies and edits

    def remember(
        self,
        chat: int,
        person: int,
        asked: int | None,
        question: str,
        answered: bool,
        places: Sequence[PassageRef],
    ) -> str:
        """Keep an answer that is about to be sent; its key is 11 characters, not guessable."""
        key = secrets.token_urlsafe(8)
        plain = json.dumps([place.plain for place in places])
        with self.writing() as connection:
            connection.execute(
                "INSERT INTO answers VALUES (?, ?, ?, ?, NULL, ?, ?, ?, 0, ?)",
                (key, chat, person, asked, _storable(question), answered, plain, time.time()),
            )
        return key

    def sent(self, key: str, message: int) -> None:
        """Keep in which message an answer stands."""
        with self.writing() as connection:
            connection.execute("UPDATE answers SET message = ? WHERE key = ?", (message, key))

    def turned(self, key: str, shown: int) -> None:
        """Keep which passage is in sight."""
        with self.writing() as connection:
            connection.execute("UPDATE answers SET shown = ? WHERE key = ?", (shown, key))

    def recall(self, key: str) -> SavedAnswer | None:
        """The answer under a key."""
        return self._kept("key = ?", key)

    def answer_to(self, chat: int, asked: int) -> SavedAnswer | None:
        """The newest answer to a message."""
        return self._kept("chat = ? AND asked = ? ORDER BY created DESC", chat, asked)

    def answer_in(self, chat: int, message: int) -> SavedAnswer | None:
        """The answer that stands in a message of the bot."""
        return self._kept("chat = ? AND message = ? ORDER BY created DESC", chat, message)

    def _kept(self, condition: str, *values: object) -> SavedAnswer | None:
        rows = self.rows(f"SELECT * FROM answers WHERE {condition} LIMIT 1", *values)  # noqa: S608
        if not rows:
            return None
        row = rows[0]
        places = tuple(map(PassageRef.from_plain, json.loads(row["passages"])))
        return SavedAnswer(
            key=row["key"],
            chat=row["chat"],
            person=row["person"],
            asked=row["asked"],
            message=row["message"],
            question=row["question"],
            answered=bool(row["answered"]),
            places=places,
            shown=row["shown"],
        )

    # What was talked about

    def context(self, chat: int, person: int) -> Context | None:
        """The last question and its passage, unless that is too long ago."""
        rows = self.rows(
            "SELECT question, article, paragraph, title FROM contexts"
            " WHERE chat = ? AND person = ? AND created BETWEEN ? AND ?",
            chat,
            person,
            time.time() - CONTEXT_MINUTES * _MINUTE,
            time.time() + _MINUTE,  # what is later was kept when the clock was wrong
        )
        return Context(*rows[0]) if rows else None

    def talked(self, chat: int, person: int, context: Context | None) -> None:
        """Keep what was just talked about; None forgets it."""
        with self.writing() as connection:
            if context is None:
                connection.execute(
                    "DELETE FROM contexts WHERE chat = ? AND person = ?", (chat, person)
                )
            else:
                connection.execute(
                    "INSERT OR REPLACE INTO contexts VALUES (?, ?, ?, ?, ?, ?, ?)",
                    (chat, person, *map(_storable, astuple(context)), time.time()),
                )

    # People and chats

    def is_banned(self, person: int) -> bool:
        """Whether somebody gets no answers."""
        return bool(self.rows("SELECT 1 FROM banned WHERE person = ?", person))

    def ban(self, person: int) -> bool:
        """Ban somebody, or lift it; whether they are banned now."""
        with self.writing() as connection:
            gone = connection.execute("DELETE FROM banned WHERE person = ?", (person,)).rowcount
            if not gone:
                connection.execute("INSERT INTO banned VALUES (?, ?)", (person, time.time()))
            return not gone

    def forget(self, person: int) -> None:
        """Delete everything about a person; only a ban stays, or it would be no ban."""
        with self.writing() as connection:
            for table in ("answers", "contexts", "feedback", "questions"):
                connection.execute(f"DELETE FROM {table} WHERE person = ?", (person,))  # noqa: S608
            for table in ("preferences", "prompts"):
                connection.execute(f"DELETE FROM {table} WHERE chat = ?", (person,))  # noqa: S608
            connection.execute("DELETE FROM buckets WHERE name = ?", (f"person {person}",))

    def move_chat(self, old: int, new: int) -> None:
        """A group became a supergroup: what it has set and talked about moves along.

        Message ids are new there, so that the answers stay behind with the old ones.
        """
        with self.writing() as connection:
            for table in ("preferences", "contexts"):
                connection.execute(
                    f"UPDATE OR REPLACE {table} SET chat = ? WHERE chat = ?",  # noqa: S608
                    (new, old),
                )

    def tidy(self) -> None:
        """Delete what is older than it may get."""
        now = time.time()
        limits = {
            "contexts": CONTEXT_MINUTES * _MINUTE,
            "answers": ANSWER_DAYS * _DAY,
            "prompts": ANSWER_DAYS * _DAY,
            "questions": ANSWER_DAYS * _DAY,
            "feedback": FEEDBACK_DAYS * _DAY,
        }
        with self.writing() as connection:
            for table, seconds in limits.items():
                connection.execute(
                    f"DELETE FROM {table} WHERE created < ?",  # noqa: S608
                    (now - seconds,),
                )
            connection.execute("DELETE FROM buckets WHERE at < ?", (now - _DAY,))


def _storable(value: object) -> object:
    """Half a surrogate pair cannot be stored, wherever it came from."""
    return encodable(value) if isinstance(value, str) else value
