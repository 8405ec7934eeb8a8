"""How often a call to Telegram is tried, in one place for every method but getUpdates.

| what happened                        | was it sent?          | what we do                      |
| ------------------------------------ | --------------------- | ------------------------------- |
| 429, retry after n seconds           | no                    | wait n seconds, if n is bearable |
| no connection                        | no                    | try again                       |
| 5xx, or the connection broke         | nobody knows          | try again: an answer twice is   |
|                                      |                       | better than none                |
| no reply in time                     | most likely           | give up                         |
| anything else (400, 401, 403, ...)   | no, and it never will | give up                         |
"""

import asyncio
from collections.abc import Callable, Coroutine
from datetime import timedelta
from typing import Any

from telegram.error import BadRequest, NetworkError, RetryAfter, TelegramError, TimedOut
from telegram.ext import BaseRateLimiter

__all__ = ["Patience", "seconds_to_wait"]

_Result = bool | dict[str, Any] | list[dict[str, Any]]

_PAUSES = (0.3, 1.0)  # seconds between tries
_LONGEST_WAIT = 60.0  # seconds; nobody waits longer for an answer
_NO_RETRY = frozenset({"getMe", "deleteWebhook", "sendChatAction"})  # retried elsewhere, or moot


class Patience(BaseRateLimiter[None]):
    """Tries a call again when that can help; plugs into python-telegram-bot as its rate limiter."""

    async def initialize(self) -> None:
        """Nothing to set up."""

    async def shutdown(self) -> None:
        """Nothing to close."""

    async def process_request(
        self,
        callback: Callable[..., Coroutine[Any, Any, _Result]],
        args: Any,  # noqa: ANN401  # so says the base class
        kwargs: dict[str, Any],
        endpoint: str,
        data: dict[str, Any],
        rate_limit_args: None,
    ) -> _Result:
        """Make the call, at most three times."""
        for pause in () if endpoint in _NO_RETRY else _PAUSES:
            try:
                return await callback(*args, **kwargs)
            except TelegramError as error:
                wait = _wait_after(error, pause)
                if wait is None or wait > _LONGEST_WAIT:
                    raise
            await asyncio.sleep(wait)
        return await callback(*args, **kwargs)


def seconds_to_wait(error: RetryAfter) -> float:
    """How long Telegram asks to wait."""
    wait = error.retry_after
    return wait.total_seconds() if isinstance(wait, timedelta) else float(wait)


def _wait_after(error: TelegramError, pause: float) -> float | None:
    if isinstance(error, RetryAfter):
        return seconds_to_wait(error)
    if isinstance(error, NetworkError) and not isinstance(error, BadRequest | TimedOut):
        return pause
    return None
