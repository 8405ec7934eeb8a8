"""Protocols for the engine and the storage that the bot works with.

`bot.storage` implements the stores on SQLite. Other implementations follow the same protocols and
pass the tests in `tests/bot/storage/test_*_contract.py`.

Methods of stores may block; they may be called from any thread and raise StateError when the
storage fails.
"""

from collections.abc import Sequence
from contextlib import AbstractContextManager
from typing import Protocol

from bot.chat.passage_ref import PassageRef
from bot.chat.rate_limits import Bucket, Verdict
from bot.chat.records import (
    DEFAULT_PASSAGES,
    Comment,
    Preferences,
    Rating,
    SavedAnswer,
    Statistics,
)
from corpus.errors import QuotebotError
from index.answer import Answer, Filters
from index.article_text import ArticleInfo, ArticleText
from index.engine.follow_up import Context

__all__ = [
    "AnswerEngine",
    "BotStorage",
    "ChatStore",
    "FeedbackStore",
    "Leader",
    "RateLimitStore",
    "StateError",
    "UpdateLog",
]


class StateError(QuotebotError):
    """The bot's storage cannot be opened, read or written."""


class AnswerEngine(Protocol):
    """The part of the engine that the bot needs; every method may be called from any thread.

    All but `refresh` and `generation` raise IndexUnavailable when there is no index.
    """

    @property
    def generation(self) -> str | None:
        """Name of the generation in use."""

    def ask(
        self,
        question: str,
        *,
        k: int = DEFAULT_PASSAGES,
        filters: Filters | None = None,
        crowded: bool = False,
    ) -> Answer:
        """Answer a question with up to `k` passages.

        `crowded` saves time: the reader model is not used.
        """

    def articles(self) -> Sequence[ArticleInfo]:
        """Every article."""

    def article(self, article_id: str) -> ArticleText | None:
        """One article with its paragraphs."""

    def article_by_hash(self, digest: str) -> ArticleText | None:
        """The article whose id has that `article_hash`, or None."""

    def refresh(self) -> bool:
        """Use a newer generation if there is one; True when it did."""


class ChatStore(Protocol):
    """Preferences, bans, saved answers, and each person's last question.

    `chat` and `person` are Telegram's ids; `asked` and `message` are ids of messages.
    """

    def unit_of_work(self) -> AbstractContextManager[None]:
        """One transaction over all stores of a BotStorage, in the calling thread.

        Within another unit of work it is a part of that one. An exception undoes all of it.
        """

    def preferences(self, chat: int) -> Preferences:
        """What a chat has set; the defaults when it has set nothing."""

    def set_preferences(self, chat: int, preferences: Preferences) -> None:
        """Save what a chat has set."""

    def is_banned(self, person: int) -> bool:
        """Whether somebody gets no answers."""

    def toggle_ban(self, person: int) -> bool:
        """Ban somebody, or lift the ban; True when they are banned now."""

    def context(self, chat: int, person: int) -> Context | None:
        """A person's last question in a chat and its passage; None after CONTEXT_MINUTES."""

    def set_context(self, chat: int, person: int, context: Context | None) -> None:
        """Save the last question and its passage; None deletes it."""

    def save_answer(
        self,
        chat: int,
        person: int,
        asked: int | None,
        question: str,
        answered: bool,
        passages: Sequence[PassageRef],
    ) -> str:
        """Save an answer before it is sent; its key: 11 characters that cannot be guessed.

        `asked` is the id of the message with the question, if there is one.
        """

    def get_answer(self, key: str) -> SavedAnswer | None:
        """The answer under a key."""

    def answer_to_question(self, chat: int, asked: int) -> SavedAnswer | None:
        """The newest answer to the question in a message."""

    def answer_in_message(self, chat: int, message: int) -> SavedAnswer | None:
        """The newest answer that the bot's message shows."""

    def set_message(self, key: str, message: int) -> None:
        """Save which message of the bot shows an answer."""

    def set_position(self, key: str, shown: int) -> None:
        """Save which passage of an answer its message shows, from 0."""

    def move_chat(self, old: int, new: int) -> None:
        """Give a group's preferences and contexts the new id that it has as a supergroup.

        Its messages get new ids too, so saved answers stay with the old id.
        """

    def forget(self, person: int) -> None:
        """Delete everything about a person from all stores; only a ban stays."""

    def purge(self) -> None:
        """Delete expired records from all stores; `bot.chat.records` says when they expire."""


class FeedbackStore(Protocol):
    """Ratings, comments and asked questions: what admins see in `/stats`."""

    def set_rating(
        self, answer: str, person: int, passage: int, ref: PassageRef, rating: Rating
    ) -> None:
        """Save somebody's rating of a passage; it replaces their last one.

        `answer` is the key of the answer, `passage` the position in it from 0.
        """

    def add_comment(self, answer: str, person: int, passage: int, text: str) -> None:
        """Add a comment to somebody's rating; the first LONGEST_COMMENT characters are kept."""

    def set_prompt(self, chat: int, message: int, answer: str, passage: int) -> None:
        """Save that a message of the bot asks for a comment on a passage."""

    def prompt(self, chat: int, message: int) -> tuple[str, int] | None:
        """Key and position of the passage that a message of the bot asked about, if any."""

    def record_question(
        self, person: int, text: str | None, answered: bool, milliseconds: float
    ) -> None:
        """Count a question and the time that its answer took.

        The first LONGEST_KEPT_QUESTION characters of its text are kept; none if `text` is None.
        """

    def statistics(self, days: int) -> Statistics:
        """Counts and times of the last days."""

    def unanswered_questions(self, days: int) -> list[str]:
        """Texts of the questions of the last days without an answer, oldest first."""

    def slowest_questions(self, days: int, count: int) -> list[tuple[float, str]]:
        """Milliseconds and texts of the slowest questions of the last days."""

    def comments(self, days: int) -> list[Comment]:
        """What people wrote about bad quotes in the last days, newest first."""


class RateLimitStore(Protocol):
    """Token buckets by name."""

    def take(self, name: str, bucket: Bucket) -> Verdict:
        """Take a token of the bucket `name`, which is full when it is new."""


class UpdateLog(Protocol):
    """The updates that were handled: Telegram may deliver an update twice."""

    def claim(self, update_id: int) -> bool:
        """True for the first caller with this id, False for every later one."""


class Leader(Protocol):
    """Decides which process fetches updates when several share one bot."""

    def held(self) -> bool:
        """Whether this process is the one that fetches; never blocks."""


class BotStorage(Protocol):
    """All that the bot keeps, in one backend."""

    @property
    def chats(self) -> ChatStore:
        """Preferences, bans, answers, contexts."""

    @property
    def feedback(self) -> FeedbackStore:
        """Ratings, comments, questions."""

    @property
    def rate_limits(self) -> RateLimitStore:
        """Token buckets."""

    @property
    def updates(self) -> UpdateLog:
        """Updates that were handled."""

    @property
    def leader(self) -> Leader:
        """Whether this process fetches updates."""

    def close(self) -> None:
        """Close the backend; nothing may be called after that."""
