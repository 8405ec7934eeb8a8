"""Feedback and figures: what admins learn from, in the tables of `bot.db`."""

import time
from collections import Counter
from dataclasses import dataclass

from bot.chat.passage_ref import PassageRef
from bot.storage.chat_store import State

__all__ = ["GOOD", "REASONS", "UNSAID", "Comment", "Figures", "Records"]

GOOD = "good"
REASONS = {"w": "wrong", "o": "outdated", "i": "incomplete", "x": "other"}
"""Why a quote was bad: the letter in a button's data, and the name."""
UNSAID = "unsaid"
"""Bad, and nothing more was said."""
COMMENT_LIMIT = 1_000
QUESTION_CAP = 300
"""Characters of a question that are kept for the statistics or logged."""
_DAY = 86_400.0


@dataclass(frozen=True, slots=True)
class Figures:
    """The last days in figures; times in milliseconds."""

    questions: int
    answered: int
    good: int
    reasons: Counter[str]
    slowest: float
    p95: float


@dataclass(frozen=True, slots=True)
class Comment:
    """What somebody wrote about a bad quote, which stood in a paragraph (from 0) of an article."""

    article: str
    paragraph: int
    text: str


class Records:
    """Keeps feedback and questions."""

    def __init__(self, state: State) -> None:
        """Everything goes into the file of `state`."""
        self._state = state

    def judge(
        self, answer: str, person: int, passage: int, place: PassageRef, verdict: str
    ) -> None:
        """Keep somebody's verdict on a passage; the last one counts."""
        with self._state.writing() as connection:
            connection.execute(
                "INSERT OR REPLACE INTO feedback VALUES (?, ?, ?, ?, ?, ?, NULL, ?)",
                (answer, person, passage, place.article, place.paragraph, verdict, time.time()),
            )

    def comment(self, answer: str, person: int, passage: int, text: str) -> None:
        """Add what somebody wrote about a passage that they judged."""
        with self._state.writing() as connection:
            connection.execute(
                "UPDATE feedback SET comment = ? WHERE answer = ? AND person = ? AND passage = ?",
                (text[:COMMENT_LIMIT], answer, person, passage),
            )

    def prompt(self, chat: int, message: int, answer: str, passage: int) -> None:
        """A message of the bot asks for a comment."""
        with self._state.writing() as connection:
            connection.execute(
                "INSERT OR REPLACE INTO prompts VALUES (?, ?, ?, ?, ?)",
                (chat, message, answer, passage, time.time()),
            )

    def prompted(self, chat: int, message: int) -> tuple[str, int] | None:
        """Answer and passage that a message of the bot asked about."""
        rows = self._state.rows(
            "SELECT answer, passage FROM prompts WHERE chat = ? AND message = ?", chat, message
        )
        return (rows[0]["answer"], rows[0]["passage"]) if rows else None

    def asked(self, person: int, text: str | None, answered: bool, milliseconds: float) -> None:
        """Count a question; its text is kept only if one is given."""
        kept = None if text is None else text[:QUESTION_CAP]
        with self._state.writing() as connection:
            connection.execute(
                "INSERT INTO questions (person, text, answered, milliseconds, created)"
                " VALUES (?, ?, ?, ?, ?)",
                (person, kept, answered, milliseconds, time.time()),
            )

    def figures(self, days: int) -> Figures:
        """What happened in the last days."""
        since = time.time() - days * _DAY
        rows = self._state.rows(
            "SELECT answered, milliseconds FROM questions WHERE created > ? ORDER BY milliseconds",
            since,
        )
        verdicts = Counter(
            str(row[0])
            for row in self._state.rows("SELECT verdict FROM feedback WHERE created > ?", since)
        )
        times = [float(row["milliseconds"]) for row in rows]
        return Figures(
            questions=len(rows),
            answered=sum(row["answered"] for row in rows),
            good=verdicts.pop(GOOD, 0),
            reasons=verdicts,
            slowest=times[-1] if times else 0.0,
            p95=times[int(len(times) * 0.95)] if times else 0.0,
        )

    def unanswered(self, days: int) -> list[str]:
        """Questions of the last days that got no answer, oldest first."""
        rows = self._state.rows(
            "SELECT text FROM questions WHERE NOT answered AND text IS NOT NULL AND created > ?"
            " ORDER BY created",
            time.time() - days * _DAY,
        )
        return [str(row[0]) for row in rows]

    def slowest(self, days: int, count: int) -> list[tuple[float, str]]:
        """Milliseconds and words of the slowest questions of the last days."""
        rows = self._state.rows(
            "SELECT milliseconds, text FROM questions WHERE text IS NOT NULL AND created > ?"
            " ORDER BY milliseconds DESC LIMIT ?",
            time.time() - days * _DAY,
            count,
        )
        return [(float(row["milliseconds"]), str(row["text"])) for row in rows]

    def comments(self, days: int) -> list[Comment]:
        """What people wrote about bad quotes in the last days, newest first."""
        rows = self._state.rows(
            "SELECT article, paragraph, comment FROM feedback"
            " WHERE comment > '' AND created > ? ORDER BY created DESC",
            time.time() - days * _DAY,
        )
        return [Comment(*row) for row in rows]
