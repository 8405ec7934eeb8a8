"""Pacing and repeating calls to Telegram, for every method except getUpdates.

| what happened                         | was it done?  | what we do                             |
| ------------------------------------- | ------------- | -------------------------------------- |
| 429, retry after n seconds            | no            | hold that chat for n seconds, repeat;  |
|                                       |               | 429 in two chats at once: hold all     |
| no connection could be made           | no            | repeat for five minutes                |
| 5xx                                   | probably not  | repeat for five minutes                |
| connection broke, or a garbled reply  | unknown       | two more tries: an answer twice is     |
|                                       |               | better than none                       |
| no reply within 35 seconds            | probably      | give up                                |
| the group became a supergroup         | no            | once more, to the new id               |
| a file could not be fetched           | no matter     | two more tries                         |
| anything else (400, 401, 403, ...)    | no            | give up                                |

The table of `bot.telegram.transport.methods` says which methods are repeated for five minutes,
twice or never, and which are paced: Telegram asks for a second between messages to one chat.
"""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from datetime import timedelta
from typing import Any, TypeVar

import aiohttp
from telegram.error import (
    BadRequest,
    ChatMigrated,
    Forbidden,
    InvalidToken,
    NetworkError,
    RetryAfter,
    TelegramError,
    TimedOut,
)
from telegram.ext import BaseRateLimiter

from bot.monitoring.metrics import Metrics
from bot.telegram.transport.aiohttp_request import UNSENT
from bot.telegram.transport.methods import Retry, rule_of

__all__ = ["RetryingRateLimiter", "retry_idempotent", "seconds_to_wait"]

_T = TypeVar("_T")
_Result = bool | dict[str, Any] | list[dict[str, Any]]

_PAUSES = (0.3, 1.0, 2.0, 4.0, 8.0, 15.0)  # seconds between tries; the last one again and again
_OUTAGE = 300.0  # seconds in which a call is repeated while Telegram is away
_FLOOD = 900.0  # seconds in which a call is repeated after 429
_UNSURE_TRIES = 3  # when it is unknown whether the call was done
_MANY_CHATS = 10_000  # with more, the times of chats that need not wait are dropped
_GARBLED = (KeyError, TypeError, AttributeError)  # raised for JSON that is not a proper reply


class RetryingRateLimiter(BaseRateLimiter[None]):
    """Paces and repeats calls; plugs into python-telegram-bot as its rate limiter."""

    def __init__(self, interval: float = 1.0, metrics: Metrics | None = None) -> None:
        """`interval`: seconds between two messages to one chat."""
        self._interval = interval
        self._metrics = metrics or Metrics()
        self._next: dict[object, float] = {}
        self._held: dict[object, float] = {}
        self._all_held = 0.0

    async def initialize(self) -> None:
        """Nothing to set up."""

    async def shutdown(self) -> None:
        """Nothing to close."""

    async def process_request(
        self,
        callback: Callable[..., Coroutine[Any, Any, _Result]],
        args: Any,  # noqa: ANN401  # as in the base class
        kwargs: dict[str, Any],
        endpoint: str,
        data: dict[str, Any],
        rate_limit_args: None,
    ) -> _Result:
        """Make the call, and repeat it as the tables say. Raises the last TelegramError."""
        rule = rule_of(endpoint)
        call = _Call(rule.retry, asyncio.get_running_loop().time())
        while True:
            chat = data.get("chat_id")
            await self._wait_for(chat, paced=rule.paced and call.tries == 0)
            try:
                return await callback(*args, **kwargs)
            except ChatMigrated as error:
                if call.moved:
                    raise
                call.moved, data["chat_id"] = True, error.new_chat_id
            except RetryAfter as error:
                self._metrics.telegram_errors.labels("RetryAfter").inc()
                if rule.retry is Retry.NEVER or call.lasted() > _FLOOD:
                    raise
                self._hold(chat, seconds_to_wait(error))
                if rule.retry is not Retry.LONG and seconds_to_wait(error) > _PAUSES[-1]:
                    raise
            except (TelegramError, *_GARBLED) as error:
                self._metrics.telegram_errors.labels(type(error).__name__).inc()
                pause = call.pause_after(error)
                if pause is None:
                    raise
                await asyncio.sleep(pause)
            call.tries += 1

    async def _wait_for(self, chat: object, *, paced: bool) -> None:
        now = asyncio.get_running_loop().time()
        if paced and chat is not None:
            slot = max(now, self._next.get(chat, 0.0))
            if len(self._next) > _MANY_CHATS:
                self._next = {key: at for key, at in self._next.items() if at > now}
            self._next[chat] = slot + self._interval
            await asyncio.sleep(slot - now)
        while (wait := self._held_for(chat)) > 0:  # noqa: ASYNC110  # a hold may grow meanwhile
            await asyncio.sleep(wait)

    def _held_for(self, chat: object) -> float:
        """Seconds to wait before the next call to a chat."""
        until = max(self._held.get(chat, 0.0), self._all_held)
        return until - asyncio.get_running_loop().time()

    def _hold(self, chat: object, seconds: float) -> None:
        """Hold calls to a chat; when another one is held too, hold those to every chat."""
        now = asyncio.get_running_loop().time()
        self._held = {key: until for key, until in self._held.items() if until > now}
        if any(key != chat for key in self._held):
            self._all_held = max(self._all_held, now + seconds)
        self._held[chat] = max(self._held.get(chat, 0.0), now + seconds)


class _Call:
    """One call and its tries."""

    def __init__(self, retry: Retry, began: float) -> None:
        self.tries = 0
        self.moved = False
        self._retry = retry
        self._began = began
        self._unsure = 0

    def lasted(self) -> float:
        return asyncio.get_running_loop().time() - self._began

    def pause_after(self, error: Exception) -> float | None:
        """Seconds until the next try; None when there is none."""
        if self._retry is Retry.NEVER:
            return None
        pause = _PAUSES[min(self.tries, len(_PAUSES) - 1)]
        if isinstance(error.__cause__, UNSENT) or _is_refusal(error):
            long = self._retry is Retry.LONG
            again = self.lasted() + pause < _OUTAGE if long else self.tries < 2
            return pause if again else None
        if _is_unsure(error):
            self._unsure += 1
            return pause if self._unsure < _UNSURE_TRIES else None
        return None


async def retry_idempotent(work: Callable[[], Awaitable[_T]]) -> _T:
    """Result of work that may be repeated without harm, such as a download.

    Raises the TelegramError of the third try, or at once when a repetition is no use.
    """
    tries = 0
    while True:
        try:
            return await work()
        except (BadRequest, Forbidden, InvalidToken):
            raise
        except _GARBLED:
            error: TelegramError = NetworkError("a reply that makes no sense")
        except TelegramError as raised:
            error = raised
        tries += 1
        if tries == _UNSURE_TRIES:
            raise error
        asked = seconds_to_wait(error) if isinstance(error, RetryAfter) else 0.0
        await asyncio.sleep(max(asked, _PAUSES[min(tries, len(_PAUSES)) - 1]))


def seconds_to_wait(error: RetryAfter) -> float:
    """How many seconds Telegram asks to wait."""
    wait = error.retry_after
    return wait.total_seconds() if isinstance(wait, timedelta) else float(wait)


def _is_refusal(error: Exception) -> bool:
    """Whether the server replied that it cannot do it (5xx)."""
    return (
        isinstance(error, NetworkError)
        and not isinstance(error, BadRequest | TimedOut)
        and not isinstance(error.__cause__, aiohttp.ClientError)
    )


def _is_unsure(error: Exception) -> bool:
    """Whether it is unknown if the call was done."""
    if isinstance(error, _GARBLED) or "Invalid server response" in str(error):
        return True
    return isinstance(error, NetworkError) and not isinstance(error, BadRequest | TimedOut)
