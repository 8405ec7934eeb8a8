"""Preferences, bans, answers and contexts in `bot.db`; see `bot.storage.schema` for the tables."""

import json
import secrets
import time
from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import astuple

from bot.chat.passage_ref import PassageRef
from bot.chat.rate_limits import person_bucket
from bot.chat.records import (
    ANSWER_DAYS,
    CONTEXT_MINUTES,
    FEEDBACK_DAYS,
    Preferences,
    SavedAnswer,
)
from bot.storage.sqlite_connection import SqliteConnection
from bot.text import encodable
from index.engine.follow_up import Context

__all__ = ["SqliteChatStore"]

_MINUTE, _DAY = 60.0, 86_400.0


class SqliteChatStore:
    """Implements `bot.chat.ports.ChatStore`."""

    def __init__(self, connection: SqliteConnection) -> None:
        """Use a connection that other stores may share."""
        self._connection = connection

    def unit_of_work(self) -> AbstractContextManager[None]:
        """One transaction over all stores that share the connection."""
        return self._connection.unit_of_work()

    # Preferences and bans

    def preferences(self, chat: int) -> Preferences:
        """What a chat has set."""
        rows = self._connection.rows(
            "SELECT language, passages, source, article_language, days FROM preferences"
            " WHERE chat = ?",
            chat,
        )
        return Preferences(*rows[0]) if rows else Preferences()

    def set_preferences(self, chat: int, preferences: Preferences) -> None:
        """Save what a chat has set."""
        self._connection.execute(
            "INSERT OR REPLACE INTO preferences VALUES (?, ?, ?, ?, ?, ?)",
            chat,
            *astuple(preferences),
        )

    def is_banned(self, person: int) -> bool:
        """Whether somebody gets no answers."""
        return bool(self._connection.rows("SELECT 1 FROM banned WHERE person = ?", person))

    def toggle_ban(self, person: int) -> bool:
        """Ban somebody, or lift the ban; True when they are banned now."""
        with self.unit_of_work():
            lifted = self._connection.execute("DELETE FROM banned WHERE person = ?", person)
            if not lifted:
                self._connection.execute("INSERT INTO banned VALUES (?, ?)", person, time.time())
            return not lifted

    # The last question and its passage

    def context(self, chat: int, person: int) -> Context | None:
        """The last question and its passage, unless that is too long ago."""
        rows = self._connection.rows(
            "SELECT question, article, paragraph, title FROM contexts"
            " WHERE chat = ? AND person = ? AND created BETWEEN ? AND ?",
            chat,
            person,
            time.time() - CONTEXT_MINUTES * _MINUTE,
            time.time() + _MINUTE,  # a later time was written while the clock was wrong
        )
        return Context(*rows[0]) if rows else None

    def set_context(self, chat: int, person: int, context: Context | None) -> None:
        """Save the last question and its passage; None deletes it."""
        if context is None:
            self._connection.execute(
                "DELETE FROM contexts WHERE chat = ? AND person = ?", chat, person
            )
        else:
            self._connection.execute(
                "INSERT OR REPLACE INTO contexts VALUES (?, ?, ?, ?, ?, ?, ?)",
                chat,
                person,
                *map(_storable, astuple(context)),
                time.time(),
            )

    # Answers, for buttons, replies and edits

    def save_answer(
        self,
        chat: int,
        person: int,
        asked: int | None,
        question: str,
        answered: bool,
        passages: Sequence[PassageRef],
    ) -> str:
        """Save an answer before it is sent; its key: 11 characters that cannot be guessed."""
        key = secrets.token_urlsafe(8)
        self._connection.execute(
            "INSERT INTO answers VALUES (?, ?, ?, ?, NULL, ?, ?, ?, 0, ?)",
            key,
            chat,
            person,
            asked,
            _storable(question),
            answered,
            json.dumps([ref.plain for ref in passages]),
            time.time(),
        )
        return key

    def get_answer(self, key: str) -> SavedAnswer | None:
        """The answer under a key."""
        return self._answer("key = ?", key)

    def answer_to_question(self, chat: int, asked: int) -> SavedAnswer | None:
        """The newest answer to the question in a message."""
        return self._answer("chat = ? AND asked = ? ORDER BY created DESC", chat, asked)

    def answer_in_message(self, chat: int, message: int) -> SavedAnswer | None:
        """The newest answer that the bot's message shows."""
        return self._answer("chat = ? AND message = ? ORDER BY created DESC", chat, message)

    def set_message(self, key: str, message: int) -> None:
        """Save which message of the bot shows an answer."""
        self._connection.execute("UPDATE answers SET message = ? WHERE key = ?", message, key)

    def set_position(self, key: str, shown: int) -> None:
        """Save which passage of an answer its message shows."""
        self._connection.execute("UPDATE answers SET shown = ? WHERE key = ?", shown, key)

    def _answer(self, condition: str, *values: object) -> SavedAnswer | None:
        rows = self._connection.rows(
            f"SELECT * FROM answers WHERE {condition} LIMIT 1",  # noqa: S608  # conditions above
            *values,
        )
        if not rows:
            return None
        row = rows[0]
        return SavedAnswer(
            key=row["key"],
            chat=row["chat"],
            person=row["person"],
            asked=row["asked"],
            message=row["message"],
            question=row["question"],
            answered=bool(row["answered"]),
            passages=tuple(map(PassageRef.from_plain, json.loads(row["passages"]))),
            shown=row["shown"],
        )

    # All stores

    def forget(self, person: int) -> None:
        """Delete everything about a person except a ban: they could lift it this way otherwise."""
        with self.unit_of_work():
            for table in ("answers", "contexts", "feedback", "questions"):
                self._connection.execute(
                    f"DELETE FROM {table} WHERE person = ?",  # noqa: S608  # tables above
                    person,
                )
            for table in ("preferences", "prompts"):
                self._connection.execute(
                    f"DELETE FROM {table} WHERE chat = ?",  # noqa: S608  # tables above
                    person,
                )
            self._connection.execute("DELETE FROM buckets WHERE name = ?", person_bucket(person))

    def move_chat(self, old: int, new: int) -> None:
        """Give a group's preferences and contexts the new id that it has as a supergroup."""
        with self.unit_of_work():
            for table in ("preferences", "contexts"):
                self._connection.execute(
                    f"UPDATE OR REPLACE {table} SET chat = ? WHERE chat = ?",  # noqa: S608
                    new,
                    old,
                )

    def purge(self) -> None:
        """Delete expired records."""
        now = time.time()
        limits = {
            "contexts": CONTEXT_MINUTES * _MINUTE,
            "answers": ANSWER_DAYS * _DAY,
            "prompts": ANSWER_DAYS * _DAY,
            "questions": ANSWER_DAYS * _DAY,
            "feedback": FEEDBACK_DAYS * _DAY,
        }
        with self.unit_of_work():
            for table, seconds in limits.items():
                self._connection.execute(
                    f"DELETE FROM {table} WHERE created < ?",  # noqa: S608  # tables above
                    now - seconds,
                )
            self._connection.execute("DELETE FROM buckets WHERE at < ?", now - _DAY)


def _storable(value: object) -> object:
    """A value that SQLite can store: it refuses half of a surrogate pair."""
    return encodable(value) if isinstance(value, str) else value
