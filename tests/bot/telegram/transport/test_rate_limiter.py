"""The policy of calls to Telegram: paced, repeated, given up."""

import asyncio
import os
from collections.abc import Callable
from typing import Any

import aiohttp
import pytest
from aiohttp.client_reqrep import ConnectionKey
from telegram.error import (
    BadRequest,
    ChatMigrated,
    Forbidden,
    NetworkError,
    RetryAfter,
    TelegramError,
    TimedOut,
)

from bot.telegram.transport.rate_limiter import RetryingRateLimiter

os.environ.setdefault("PTB_TIMEDELTA", "true")  # as build_bot does
Outcome = Exception | bool


class Clock:
    """Time passes only when somebody sleeps."""

    def __init__(self) -> None:
        self.now = 0.0
        self.slept: list[float] = []

    def time(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += max(0.0, seconds)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr("bot.telegram.transport.rate_limiter.asyncio.sleep", clock.sleep)
    monkeypatch.setattr(
        "bot.telegram.transport.rate_limiter.asyncio.get_running_loop", lambda: clock
    )
    return clock


def caused(error: TelegramError, cause: Exception) -> TelegramError:
    error.__cause__ = cause
    return error


async def call(
    patience: RetryingRateLimiter,
    outcome: Callable[[int], Outcome],
    endpoint: str = "sendMessage",
    chat: int = 7,
) -> int:
    """Tries that a call took; the outcome of the last one is raised."""
    data: dict[str, Any] = {"chat_id": chat}
    tries = 0

    async def callback(*_: object, **__: object) -> bool:
        nonlocal tries
        tries += 1
        found = outcome(tries)
        if isinstance(found, Exception):
            raise found
        return found

    try:
        await patience.process_request(callback, (endpoint, data), {}, endpoint, data, None)
    except TelegramError as error:
        error.add_note(f"{tries} tries")
        raise
    return tries


def until(last: int, error: Exception) -> Callable[[int], Outcome]:
    return lambda tries: error if tries < last else True


KEY = ConnectionKey("127.0.0.1", 9, True, True, None, None, None)
DOWN = caused(NetworkError("down"), aiohttp.ClientConnectorError(KEY, ConnectionRefusedError()))
BROKEN = caused(NetworkError("broke"), aiohttp.ServerDisconnectedError())


@pytest.mark.parametrize(
    ("error", "tries"),
    [
        (NetworkError("Bad Gateway (502)"), 12),
        (caused(NetworkError("502"), TelegramError("Invalid server response")), 12),
        (DOWN, 12),
        (caused(TimedOut(), aiohttp.ConnectionTimeoutError()), 12),
        (BROKEN, 3),
        (TelegramError("Invalid server response"), 3),
        (RetryAfter(30), 12),
    ],
)
async def test_what_helps_is_tried_again(clock: Clock, error: Exception, tries: int) -> None:
    assert await call(RetryingRateLimiter(), until(tries, error)) == tries


@pytest.mark.parametrize(
    ("error", "tries"),
    [
        (BadRequest("no"), 1),
        (Forbidden("blocked"), 1),
        (caused(TimedOut(), aiohttp.SocketTimeoutError()), 1),
        (BROKEN, 3),
        (DOWN, 24),  # five minutes
        (RetryAfter(200), 6),  # a quarter of an hour
    ],
)
async def test_what_does_not_help_is_given_up(clock: Clock, error: Exception, tries: int) -> None:
    with pytest.raises(type(error)) as caught:
        await call(RetryingRateLimiter(), lambda _: error)
    assert caught.value.__notes__[-1] == f"{tries} tries"
    assert clock.now <= 1_200
    caught.value.__notes__.clear()


async def test_what_is_moot_soon_is_not_tried_long(clock: Clock) -> None:
    for endpoint, tries in (("answerCallbackQuery", 3), ("sendChatAction", 1)):
        with pytest.raises(NetworkError) as caught:
            await call(RetryingRateLimiter(), lambda _: NetworkError("502"), endpoint)
        assert caught.value.__notes__[-1] == f"{tries} tries"


async def test_a_second_lies_between_messages_to_one_chat(clock: Clock) -> None:
    patience = RetryingRateLimiter(interval=1.0)
    for chat in (7, 7, 8, 7):
        await call(patience, lambda _: True, chat=chat)
    assert clock.now == 2.0
    await call(patience, lambda _: True, "editMessageText")
    assert clock.now == 2.0


async def test_a_flood_holds_its_chat_and_two_hold_all(clock: Clock) -> None:
    patience = RetryingRateLimiter(interval=0)
    await call(patience, until(2, RetryAfter(5)))
    assert clock.now == 5.0
    patience._hold(7, 10)
    await call(patience, lambda _: True, chat=8)
    assert clock.now == 5.0
    patience._hold(8, 20)
    await call(patience, lambda _: True, chat=9)
    assert clock.now == 25.0


async def test_a_group_that_moved_is_found_once(clock: Clock) -> None:
    assert await call(RetryingRateLimiter(), until(2, ChatMigrated(-100))) == 2
    with pytest.raises(ChatMigrated):
        await call(RetryingRateLimiter(), lambda _: ChatMigrated(-100))


async def test_real_time_is_kept_in_order() -> None:
    patience = RetryingRateLimiter(interval=0.02)
    order: list[int] = []

    async def one(number: int) -> None:
        await call(patience, lambda _: order.append(number) or True)

    await asyncio.gather(*(one(number) for number in range(5)))
    assert order == [0, 1, 2, 3, 4]
