"""Ratings, comments and asked questions in `bot.db`."""

import time
from collections import Counter

from bot.chat.passage_ref import PassageRef
from bot.chat.records import (
    LONGEST_COMMENT,
    LONGEST_KEPT_QUESTION,
    Comment,
    Rating,
    Statistics,
)
from bot.storage.sqlite_connection import SqliteConnection

__all__ = ["SqliteFeedbackStore"]

_DAY = 86_400.0


class SqliteFeedbackStore:
    """Implements `bot.chat.ports.FeedbackStore`."""

    def __init__(self, connection: SqliteConnection) -> None:
        """Use a connection that other stores may share."""
        self._connection = connection

    def set_rating(
        self, answer: str, person: int, passage: int, ref: PassageRef, rating: Rating
    ) -> None:
        """Save somebody's rating of a passage; it replaces their last one."""
        self._connection.execute(
            "INSERT OR REPLACE INTO feedback VALUES (?, ?, ?, ?, ?, ?, NULL, ?)",
            answer,
            person,
            passage,
            ref.article,
            ref.paragraph,
            rating.value,
            time.time(),
        )

    def add_comment(self, answer: str, person: int, passage: int, text: str) -> None:
        """Add a comment to somebody's rating."""
        self._connection.execute(
            "UPDATE feedback SET comment = ? WHERE answer = ? AND person = ? AND passage = ?",
            text[:LONGEST_COMMENT],
            answer,
            person,
            passage,
        )

    def set_prompt(self, chat: int, message: int, answer: str, passage: int) -> None:
        """Save that a message of the bot asks for a comment on a passage."""
        self._connection.execute(
            "INSERT OR REPLACE INTO prompts VALUES (?, ?, ?, ?, ?)",
            chat,
            message,
            answer,
            passage,
            time.time(),
        )

    def prompt(self, chat: int, message: int) -> tuple[str, int] | None:
        """Key and position of the passage that a message of the bot asked about, if any."""
        rows = self._connection.rows(
            "SELECT answer, passage FROM prompts WHERE chat = ? AND message = ?", chat, message
        )
        return (rows[0]["answer"], rows[0]["passage"]) if rows else None

    def record_question(
        self, person: int, text: str | None, answered: bool, milliseconds: float
    ) -> None:
        """Count a question and the time that its answer took; keep its text unless None."""
        kept = None if text is None else text[:LONGEST_KEPT_QUESTION]
        self._connection.execute(
            "INSERT INTO questions (person, text, answered, milliseconds, created)"
            " VALUES (?, ?, ?, ?, ?)",
            person,
            kept,
            answered,
            milliseconds,
            time.time(),
        )

    def statistics(self, days: int) -> Statistics:
        """Counts and times of the last days."""
        since = time.time() - days * _DAY
        rows = self._connection.rows(
            "SELECT answered, milliseconds FROM questions WHERE created > ? ORDER BY milliseconds",
            since,
        )
        ratings = Counter(
            str(row[0])
            for row in self._connection.rows(
                "SELECT verdict FROM feedback WHERE created > ?", since
            )
        )
        times = [float(row["milliseconds"]) for row in rows]
        return Statistics(
            questions=len(rows),
            answered=sum(row["answered"] for row in rows),
            good=ratings.pop(Rating.GOOD, 0),
            bad=ratings,
            slowest=times[-1] if times else 0.0,
            p95=times[int(len(times) * 0.95)] if times else 0.0,
        )

    def unanswered_questions(self, days: int) -> list[str]:
        """Texts of the questions of the last days without an answer, oldest first."""
        rows = self._connection.rows(
            "SELECT text FROM questions WHERE NOT answered AND text IS NOT NULL AND created > ?"
            " ORDER BY created",
            time.time() - days * _DAY,
        )
        return [str(row[0]) for row in rows]

    def slowest_questions(self, days: int, count: int) -> list[tuple[float, str]]:
        """Milliseconds and texts of the slowest questions of the last days."""
        rows = self._connection.rows(
            "SELECT milliseconds, text FROM questions WHERE text IS NOT NULL AND created > ?"
            " ORDER BY milliseconds DESC LIMIT ?",
            time.time() - days * _DAY,
            count,
        )
        return [(float(row["milliseconds"]), str(row["text"])) for row in rows]

    def comments(self, days: int) -> list[Comment]:
        """What people wrote about bad quotes in the last days, newest first."""
        rows = self._connection.rows(
            "SELECT article, paragraph, comment FROM feedback"
            " WHERE comment > '' AND created > ? ORDER BY created DESC",
            time.time() - days * _DAY,
        )
        return [Comment(*row) for row in rows]
