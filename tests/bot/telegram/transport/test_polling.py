"""Fetching updates while Telegram is away, without waiting for it."""

import asyncio
from types import SimpleNamespace
from typing import Any

import pytest
from telegram import Update
from telegram.error import Conflict, NetworkError, RetryAfter

from bot.monitoring.health_server import Health
from bot.telegram.transport.polling import Poller, Stopped


class Away:
    """Telegram, which is away for so many seconds of a clock that only sleeping moves."""

    def __init__(self, seconds: float, error: Exception, stop: asyncio.Event) -> None:
        self.now = 0.0
        self.polls: list[float] = []
        self.troubles: list[str] = []
        self.health = Health(connected=True)
        self._seconds, self._error, self._stop = seconds, error, stop

    async def get_updates(self, **_: object) -> list[Update]:
        self.polls.append(self.now)
        self.troubles.append(self.health.trouble)
        if self.now < self._seconds:
            raise self._error
        if self.polls[-2:-1] and self.polls[-2] >= self._seconds:
            self._stop.set()
            await asyncio.Event().wait()
        return [Update(7)]

    async def sleep(self, seconds: float) -> None:
        self.now += seconds


async def outage(
    monkeypatch: pytest.MonkeyPatch, seconds: float, error: Exception
) -> tuple[Away, list[Update]]:
    stop = asyncio.Event()
    away = Away(seconds, error, stop)
    queue: asyncio.Queue[Update] = asyncio.Queue()
    application: Any = SimpleNamespace(bot=away, update_queue=queue)
    monkeypatch.setattr("bot.telegram.transport.polling.asyncio.sleep", away.sleep)
    with pytest.raises(Stopped):
        await Poller(application, 1.0, away.health).run(stop)
    return away, [queue.get_nowait() for _ in range(queue.qsize())]


async def test_an_outage_of_ten_minutes_is_sat_out(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    away, updates = await outage(monkeypatch, 600, NetworkError("down"))
    assert [update.update_id for update in updates] == [7]
    assert away.polls[:6] == [0, 1, 3, 7, 15, 30]  # twice as long each time, up to 15 seconds
    assert away.polls[-2] < 615
    assert all("no updates from Telegram" in trouble for trouble in away.troubles[1:-1])
    assert away.health.trouble == ""  # readiness is green again
    assert caplog.text.count("no updates from Telegram") == 1


async def test_a_second_instance_keeps_readiness_red_while_it_lasts(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    away, _ = await outage(monkeypatch, 60, Conflict("terminated by other getUpdates request"))
    assert all("another program" in trouble for trouble in away.troubles[1:-1])
    assert away.health.trouble == ""


async def test_a_flood_is_waited_for_as_long_as_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    away, _ = await outage(monkeypatch, 40, RetryAfter(40))
    assert away.polls[:2] == [0, 40]


async def test_only_the_leader_fetches(monkeypatch: pytest.MonkeyPatch) -> None:
    stop = asyncio.Event()
    away = Away(0, NetworkError("never"), stop)
    application: Any = SimpleNamespace(bot=away, update_queue=asyncio.Queue[Update]())
    monkeypatch.setattr("bot.telegram.transport.polling.asyncio.sleep", away.sleep)
    leader = SimpleNamespace(held=lambda: away.now >= 5)
    with pytest.raises(Stopped):
        await Poller(application, 1.0, away.health, leader).run(stop)
    assert away.polls[0] == 5
    assert application.update_queue.qsize() == 1
