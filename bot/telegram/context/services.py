"""The services of every handler: the engine, the storage, the limits, the settings.

The following is kept in memory. If several processes served one bot, each would have its own:

| what                             | where                              | with several processes |
| -------------------------------- | ---------------------------------- | ---------------------- |
| running and waiting questions    | `rate_limits.UserQueue`            | one at a time in each  |
| cached answers, open questions   | `answer_cache.AnswerCache`, `Load` | harmless               |
| details of imports               | `admin_imports.AdminImports`       | the button may fail    |
| newest inline query of a person  | `inline_query.InlineQueries`       | old ones are answered  |
| pace of messages to a chat       | `rate_limiter.RetryingRateLimiter` | Telegram says 429      |

Handled updates and the right to fetch them are behind `bot.chat.ports` (UpdateLog, Leader).
"""

import asyncio
import logging
import time
from collections.abc import Callable
from concurrent.futures import Executor, ThreadPoolExecutor
from typing import TypeVar

from telegram import Update

from bot.backend import Backend
from bot.chat.ports import AnswerEngine, StateError
from bot.chat.rate_limits import GROUP, PERSON, Bucket, UserQueue, Verdict, person_bucket
from bot.chat.records import LONGEST_KEPT_QUESTION, Preferences
from bot.monitoring.metrics import Metrics
from bot.settings import Settings
from bot.telegram.context.answer_cache import AnswerCache, Load, QuestionKey
from bot.telegram.context.messages import BackgroundTasks
from bot.telegram.context.passage_lookup import PassageLookup
from bot.telegram.context.requester import Requester, chat_of, person_of, requester_of
from corpus.errors import Reason
from index.answer import Answer, Filters
from index.engine.follow_up import Context, answer_in_context

__all__ = ["BotServices"]

_T = TypeVar("_T")
_log = logging.getLogger(__name__)


class BotServices:
    """The engine is called in threads of a pool, the storage in one thread of its own."""

    def __init__(
        self,
        engine: AnswerEngine,
        backend: Backend,
        settings: Settings,
        pool: Executor | None = None,
        metrics: Metrics | None = None,
    ) -> None:
        """Open the storage. Without a `pool`, the event loop's threads call the engine.

        Raises StateError when the storage cannot be opened.
        """
        self.engine = engine
        self.backend = backend
        self.storage = backend.open_chats()
        self.chats, self.feedback = self.storage.chats, self.storage.feedback
        self.settings = settings
        self.metrics = metrics or Metrics()
        self.queue = UserQueue()
        self.load = Load()
        self.passages = PassageLookup(self.run_on_engine)
        self.background = BackgroundTasks()
        self.started = time.monotonic()
        self._pool = pool
        self._store_thread = ThreadPoolExecutor(1, thread_name_prefix="store")
        self._cache = AnswerCache()
        self._trouble: Reason | None = None  # that was logged and is not over

    def close(self) -> None:
        """Finish writing, and close the storage."""
        self._store_thread.shutdown(wait=True)
        self.storage.close()

    # Threads

    async def run_on_store(self, work: Callable[[], _T], fallback: _T) -> _T:
        """Result of `work`, run in the storage's thread.

        When the storage fails, this logs the reason once and returns `fallback`, so that people
        still get answers.
        """
        try:
            result = await asyncio.get_running_loop().run_in_executor(self._store_thread, work)
        except StateError as error:
            if error.reason != self._trouble:
                _log.error("what the bot keeps cannot be read or written: %s", error)
            self._trouble = error.reason
            return fallback
        self._trouble = None
        return result

    async def run_on_engine(self, work: Callable[[AnswerEngine], _T], /) -> _T:
        """Result of `work`, called with the engine in a thread of the pool.

        Raises what `work` raises, such as IndexUnavailable.
        """
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._pool, work, self.engine)

    # Requesters

    async def new_requester(self, update: Update) -> Requester | None:
        """The requester of an update; None when the update was handled before."""
        person, chat = person_of(update), chat_of(update)

        def look_up() -> tuple[bool, Preferences] | None:
            if not self.storage.updates.claim(update.update_id):
                return None
            return self.chats.is_banned(person), self.chats.preferences(chat)

        unknown: tuple[bool, Preferences] | None = (False, Preferences())
        found = await self.run_on_store(look_up, unknown)
        return requester_of(update, *found, self.settings.admin_ids) if found else None

    # Questions

    async def ask(
        self,
        question: str,
        k: int,
        filters: Filters | None = None,
        context: Context | None = None,
    ) -> Answer:
        """Answer a question with up to `k` passages, from the cache if it was asked before.

        Raises IndexUnavailable when there is no index, QuotebotError when no process can answer.
        """
        key = QuestionKey(self.engine.generation, question, k, filters, context)
        cached = self._cache.get(key)
        if cached is not None:
            return cached
        answer = await self.run_on_engine(
            lambda engine: answer_in_context(
                lambda text, count, only: engine.ask(
                    text, k=count, filters=only, crowded=self.load.is_crowded
                ),
                question,
                context,
                k,
                filters,
            )
        )
        if key.generation == self.engine.generation:
            self._cache.put(key, answer)
        return answer

    async def record_answer(
        self, requester: Requester, answer: Answer, seconds: float, key: str, message: int
    ) -> None:
        """Count and log a question; `message` of the bot shows the saved answer `key`.

        `seconds` is how long it took. The text is logged and kept only if LOG_QUESTIONS allows it.
        """
        self.metrics.questions.inc()
        self.metrics.answered.inc(answer.answered)
        self.metrics.answer_seconds.observe(seconds)
        shown = answer.question if self.settings.log_questions else None
        milliseconds = 1000 * seconds
        outcome = "answered" if answer.answered else "no answer"
        if shown is not None:
            _log.info("%s in %.0f ms: %r", outcome, milliseconds, shown[:LONGEST_KEPT_QUESTION])
        else:
            _log.info("%s in %.0f ms", outcome, milliseconds)

        def record() -> None:
            with self.chats.unit_of_work():
                if key:
                    self.chats.set_message(key, message)
                self.feedback.record_question(
                    requester.person, shown, answer.answered, milliseconds
                )

        await self.run_on_store(record, None)

    # Limits

    async def check_limits(self, requester: Requester) -> Verdict:
        """Take a token for a question; whether the limits allow it."""
        return await self.run_on_store(lambda: self.take_question(requester), Verdict.GO)

    def take_question(self, requester: Requester) -> Verdict:
        """The same, for a caller in the storage's thread. The limits also hold for admins."""
        take = self.storage.rate_limits.take
        if not requester.private:
            verdict = take(f"group {requester.chat}", GROUP)
            if verdict is not Verdict.GO:
                return verdict
        return take(person_bucket(requester.person), PERSON)

    async def take(self, name: str, bucket: Bucket) -> Verdict:
        """Take a token of a bucket; when the storage fails, everything is allowed."""
        return await self.run_on_store(
            lambda: self.storage.rate_limits.take(name, bucket), Verdict.GO
        )
