"""What every handler shares: the engine, what is kept, and who is asking."""

import asyncio
import logging
import time
from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol, TypeVar

from telegram import Update
from telegram.ext import CallbackContext, ExtBot

from bot.chat.passage_ref import PassageRef, article_hash, find_place, parse_link
from bot.chat.rate_limits import GROUP, PERSON, Bucket, Turns, Verdict, take
from bot.i18n.catalog import Catalog, catalog_for
from bot.monitoring.metrics import Metrics
from bot.settings import Settings
from bot.storage.chat_store import Preferences, State
from bot.storage.feedback_store import QUESTION_CAP, Records
from bot.storage.schema import StateError
from index.answer import Answer, Filters, Passage
from index.article_text import ArticleInfo, ArticleText
from index.engine.follow_up import Context, answer_in_context

__all__ = ["AnswerEngine", "BotContext", "BotServices", "Requester"]

PASSAGES = 5
_CACHED = 512  # answers, a few kilobytes each
_AT_EASE = 2  # questions at once; with more, nobody's is read, and all are answered sooner
_T = TypeVar("_T")
_log = logging.getLogger(__name__)


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
        k: int = 5,
        filters: Filters | None = None,
        crowded: bool = False,
    ) -> Answer:
        """Answer a question; in less time when it is `crowded`."""

    def articles(self) -> Sequence[ArticleInfo]:
        """Every article."""

    def article(self, article_id: str) -> ArticleText | None:
        """One article with its paragraphs."""

    def refresh(self) -> bool:
        """Take up a newer generation, if there is one; True when it did."""


@dataclass(frozen=True, slots=True)
class Requester:
    """Who an update is from, and what they have set. `person` may be a chat that speaks."""

    person: int
    chat: int
    private: bool
    admin: bool
    banned: bool
    preferences: Preferences
    t: Catalog

    @property
    def passages(self) -> int:
        """How many passages an answer has."""
        return self.preferences.passages or PASSAGES

    @property
    def filters(self) -> Filters | None:
        """Which articles may answer."""
        wanted = self.preferences
        if not (wanted.source or wanted.article_language or wanted.days):
            return None
        after = datetime.now(UTC).date() - timedelta(days=wanted.days) if wanted.days else None
        return Filters(source=wanted.source, language=wanted.article_language, after=after)


class BotContext(CallbackContext[ExtBot[None], dict[Any, Any], dict[Any, Any], dict[Any, Any]]):
    """What a handler gets along with an update: who is there, as the gate has found out."""

    requester: Requester


class BotServices:
    """The engine is asked in threads of a pool, the state in one thread of its own."""

    def __init__(
        self,
        engine: AnswerEngine,
        state: State,
        settings: Settings,
        pool: Executor | None = None,
        metrics: Metrics | None = None,
    ) -> None:
        """With no pool, the event loop's own threads ask."""
        self.engine = engine
        self.state = state
        self.records = Records(state)
        self.settings = settings
        self.metrics = metrics or Metrics()
        self.turns = Turns()
        self.started = time.monotonic()
        self._pool = pool
        self._keeper = ThreadPoolExecutor(1, thread_name_prefix="state")
        self._answers: OrderedDict[object, Answer] = OrderedDict()
        self._asking = 0
        self._trouble = ""

    def close(self) -> None:
        """Finish what is being kept, and close the file."""
        self._keeper.shutdown(wait=True)
        self.state.close()

    async def requester(self, update: Update) -> Requester:
        """Who is there; preferences are the chat's."""
        person, chat = person_of(update), update.effective_chat
        place = chat.id if chat is not None else person
        banned, preferences = await self.keep(
            lambda: (self.state.is_banned(person), self.state.preferences(place)),
            (False, Preferences()),
        )
        user = update.effective_user
        code = preferences.language or (user.language_code if user is not None else None)
        return Requester(
            person=person,
            chat=place,
            private=chat is None or chat.type == chat.PRIVATE,
            admin=user is not None and user.id in self.settings.admin_ids,
            banned=banned,
            preferences=preferences,
            t=catalog_for(code),
        )

    async def keep(self, work: Callable[[], _T], otherwise: _T) -> _T:
        """Do something with the state; when the disk fails, people still get answers."""
        try:
            result = await asyncio.get_running_loop().run_in_executor(self._keeper, work)
        except StateError as error:
            if str(error) != self._trouble:
                _log.error("what the bot remembers is not to be had: %s", error)
            self._trouble = str(error)
            return otherwise
        self._trouble = ""
        return result

    async def look(self, work: Callable[[AnswerEngine], _T]) -> _T:
        """Ask the engine something in a thread."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._pool, work, self.engine)

    async def ask(
        self,
        question: str,
        k: int,
        filters: Filters | None = None,
        context: Context | None = None,
    ) -> Answer:
        """Answer a question; the same again, of the same generation, costs nothing."""
        wanted = (self.engine.generation, question, k, filters, context)
        if wanted in self._answers:
            self._answers.move_to_end(wanted)
            return self._answers[wanted]
        answer = await self.look(
            lambda engine: answer_in_context(
                lambda text, count, only: engine.ask(
                    text, k=count, filters=only, crowded=self._is_crowded()
                ),
                question,
                context,
                k,
                filters,
            )
        )
        if wanted[0] == self.engine.generation:
            self._answers[wanted] = answer
            while len(self._answers) > _CACHED:
                self._answers.popitem(last=False)
        return answer

    @contextmanager
    def asking(self) -> Iterator[None]:
        """While somebody's question waits for its answer: from before the engine is asked."""
        self._asking += 1
        try:
            yield
        finally:
            self._asking -= 1

    def _is_crowded(self) -> bool:
        return self._asking > _AT_EASE

    async def passage(self, place: PassageRef) -> Passage | None:
        """The passage at a place, or None when it is gone."""

        def find(engine: AnswerEngine) -> Passage | None:
            found = find_place(engine.article(place.article), place)
            if found is None or not found.also_in:
                return found
            known = {info.id for info in engine.articles()}
            copies = tuple(copy for copy in found.also_in if copy.article_id in known)
            return replace(found, also_in=copies)

        return await self.look(find)

    async def linked(self, payload: str) -> Passage | None:
        """The passage that a deep link leads to."""

        def find(engine: AnswerEngine) -> Passage | None:
            place = parse_link(payload, (info.id for info in engine.articles()))
            return find_place(engine.article(place.article), place) if place else None

        return await self.look(find)

    async def article(self, digest: str) -> ArticleText | None:
        """The article whose id has that hash."""

        def find(engine: AnswerEngine) -> ArticleText | None:
            ids = (info.id for info in engine.articles() if article_hash(info.id) == digest)
            found = next(ids, None)
            return engine.article(found) if found is not None else None

        return await self.look(find)

    async def admit(self, requester: Requester) -> Verdict:
        """Whether the limits let a question through."""
        return await self.keep(lambda: self.admitted(requester), Verdict.GO)

    def admitted(self, requester: Requester) -> Verdict:
        """The same, for what `keep` does. Admins' too: theirs is just a person's."""
        if not requester.private:
            verdict = take(self.state, f"group {requester.chat}", GROUP)
            if verdict is not Verdict.GO:
                return verdict
        return take(self.state, f"person {requester.person}", PERSON)

    async def take(self, name: str, bucket: Bucket) -> Verdict:
        """Take a token of a bucket; when the disk fails, everybody may go."""
        return await self.keep(lambda: take(self.state, name, bucket), Verdict.GO)

    async def note(
        self, requester: Requester, answer: Answer, seconds: float, key: str, sent: int
    ) -> None:
        """Count and log a question whose answer stands in the message `sent`.

        Its words are kept only as far as the settings allow. `key` is that of the kept answer.
        """
        self.metrics.questions += 1
        self.metrics.answered += answer.answered
        self.metrics.took(seconds)
        shown = answer.question if self.settings.log_questions else None
        milliseconds = 1000 * seconds
        outcome = "answered" if answer.answered else "no answer"
        if shown is not None:
            _log.info("%s in %.0f ms: %r", outcome, milliseconds, shown[:QUESTION_CAP])
        else:
            _log.info("%s in %.0f ms", outcome, milliseconds)

        def record() -> None:
            with self.state.writing():
                if key:
                    self.state.sent(key, sent)
                self.records.asked(requester.person, shown, answer.answered, milliseconds)

        await self.keep(record, None)


def person_of(update: Update) -> int:
    """Whom limits and memory belong to: a user, or the chat that an anonymous admin speaks for."""
    message = update.effective_message
    if message is not None and update.callback_query is None and message.sender_chat is not None:
        return message.sender_chat.id
    if update.effective_user is not None:
        return update.effective_user.id
    return update.effective_chat.id if update.effective_chat is not None else 0
