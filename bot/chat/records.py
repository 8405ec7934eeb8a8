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
"""How long a question can be followed up."""
ANSWER_DAYS = 90
"""How long answers and questions are kept."""
FEEDBACK_DAYS = 365
"""How long ratings and comments are kept."""
DEFAULT_PASSAGES = 5
"""How many passages an answer has unless the chat has set another number."""
LONGEST_COMMENT = 1_000
"""Characters of a comment that are kept."""
LONGEST_KEPT_QUESTION = 300
"""Characters of a question that are kept for the statistics or logged."""


@dataclass(frozen=True, slots=True)
class Preferences:
    """What a chat has set; None is the default.

    `language` is that of the bot's words, `passages` the number in an answer. Only articles whose
    source contains `source`, in `article_language`, and of the last `days` days may answer.
    """

    language: str | None = None
    passages: int | None = None
    source: str | None = None
    article_language: str | None = None
    days: int | None = None


@dataclass(frozen=True, slots=True)
class SavedAnswer:
    """A sent answer, with what its buttons need.

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
    """Bad, and no reason was given (yet)."""


@dataclass(frozen=True, slots=True)
class Statistics:
    """Counts and times (in milliseconds) of the last days.

    `bad` counts the ratings other than good by their value; `p95` is the time within which 95 of
    100 questions were answered.
    """

    questions: int
    answered: int
    good: int
    bad: Counter[str]
    slowest: float
    p95: float


@dataclass(frozen=True, slots=True)
class Comment:
    """What somebody wrote about a bad quote, with its article and paragraph (from 0)."""

    article: str
    paragraph: int
    text: str
