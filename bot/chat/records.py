"""What the bot keeps about chats and answers: the records, and for how long they are kept."""

from collections import Counter
from dataclasses import dataclass
from enum import StrEnum

from bot.chat.passage_ref import PassageRef

__all__ = [
    "ANSWER_DAYS",
    "CONTEXT_MINUTES",
    "DEFAULT_PASSAGES",
    "FEEDBACK_DAYS",
    "LONGEST_COMMENT",
    "LONGEST_KEPT_QUESTION",
    "Comment",
    "Preferences",
    "Rating",
    "SavedAnswer",
    "Statistics",
]

CONTEXT_MINUTES = 30
ANSWER_DAYS = 90
FEEDBACK_DAYS = 365
DEFAULT_PASSAGES = 5
"""How many passages an answer has unless the chat has set another number."""
LONGEST_COMMENT = 1_000
"""Characters of a comment that are kept."""
LONGEST_KEPT_QUESTION = 300
"""Characters of a question that are kept for the statistics or logged."""


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
    """An answer as its buttons need it.

    `asked` and `message` are the ids of the message with the question and of the bot's message;
    `shown` is the position of the passage in `passages` that the message shows, from 0.
    """

    key: str
    chat: int
    person: int
    asked: int | None
    message: int | None
    question: str
    answered: bool
    passages: tuple[PassageRef, ...]
    shown: int


class Rating(StrEnum):
    """What somebody thinks of a quote; the values are stored."""

    GOOD = "good"
    WRONG = "wrong"
    OUTDATED = "outdated"
    INCOMPLETE = "incomplete"
    OTHER = "other"
    UNSAID = "unsaid"
    """Bad, without a reason (yet)."""


@dataclass(frozen=True, slots=True)
class Statistics:
    """The last days in figures; times in milliseconds.

    `bad` counts the ratings other than good, by their name.
    """

    questions: int
    answered: int
    good: int
    bad: Counter[str]
    slowest: float
    p95: float


@dataclass(frozen=True, slots=True)
class Comment:
    """What somebody wrote about a bad quote, which stood in a paragraph (from 0) of an article."""

    article: str
    paragraph: int
    text: str
