"""Health checks over real HTTP."""

import asyncio
import socket
import time

import pytest

from bot.monitoring.health_server import Health, Readiness
from bot.monitoring.metrics import Metrics
from corpus.errors import SettingsError
from tests.bot_api import BotApi, Refuse
from tests.fakes import TOKEN, FakeEngine
from tests.served import calls, get, samples, served

pytestmark = pytest.mark.usefixtures("log")  # which looks for secrets and questions in all of it


async def test_health_readiness_and_metrics(port: int) -> None:
    with BotApi() as telegram:
        engine = FakeEngine()
        async with served(telegram.base_url, engine, health_listen=f"127.0.0.1:{port}"):
            telegram.write("When did the bridge open?")
            await calls(telegram, "sendMessage")
            assert await asyncio.to_thread(get, port, "/healthz") == (200, "ok\n")
            assert await asyncio.to_thread(get, port, "/readyz") == (200, "ready\n")
            status, text = await asyncio.to_thread(get, port, "/metrics")
            assert status == 200
            figures = samples(text)
            assert figures["quotebot_questions_total"] == 1
            assert figures["quotebot_answered_total"] == 1
            assert figures['quotebot_answer_seconds_bucket{le="+Inf"}'] == 1
            assert figures['quotebot_generation_info{generation="g1"}'] == 1
            assert TOKEN not in text
            conflict = Refuse(409, "Conflict: terminated by other getUpdates request")
            telegram.fail("getUpdates", *[conflict] * 1_000)
            telegram.write("Again?", message_id=5)
            async with asyncio.timeout(10):
                while (await asyncio.to_thread(get, port, "/readyz"))[0] == 200:  # noqa: ASYNC110
                    await asyncio.sleep(0.01)
            status, text = await asyncio.to_thread(get, port, "/readyz")
            assert status == 503
            assert "another program fetches the updates of this bot" in text
            telegram._faults["getUpdates"].clear()
            telegram.write("And now?")
            await calls(telegram, "sendMessage", 3)
            assert (await asyncio.to_thread(get, port, "/readyz"))[0] == 200
            engine.generation = None
            assert (await asyncio.to_thread(get, port, "/readyz"))[0] == 503
            assert (await asyncio.to_thread(get, port, "/other"))[0] == 404


async def test_an_address_that_is_taken_is_named() -> None:
    with socket.socket() as taken, BotApi() as telegram:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        async with served(telegram.base_url, FakeEngine(), health_listen=address) as task:
            with pytest.raises(SettingsError, match="HEALTH_LISTEN=127"):
                await task


def test_readiness_says_what_is_wrong() -> None:
    engine = FakeEngine()
    engine.generation = "20261124T142719Z-000-d5fa"
    health = Health()
    readiness = Readiness(health, lambda: engine.generation, Metrics(), started=time.monotonic())
    assert readiness.problem() == "not connected to Telegram yet"
    health.connected = True
    assert readiness.problem() == ""
    figures = samples(readiness.metrics())
    assert figures["quotebot_index_age_seconds"] > 0
    assert figures["quotebot_ready"] == 1
    assert 0 <= figures["quotebot_uptime_seconds"] < 60
    health.stopping = True
    assert readiness.problem() == "stopping"
