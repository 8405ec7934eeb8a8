"""Webhook, health checks and metrics over real HTTP."""

import asyncio
import io
import socket
from pathlib import Path

import pytest
from bot_api import BotApi, Refuse
from fakes import TOKEN, FakeEngine
from served import calls, get, listening, say, served

from bot.health import Health, Readiness
from bot.metrics import Metrics
from corpus.errors import SettingsError

pytestmark = pytest.mark.usefixtures("log")  # which looks for secrets and questions in all of it


async def test_updates_by_webhook_with_the_secret_alone(port: int, log: io.StringIO) -> None:
    with BotApi() as telegram:
        async with served(
            telegram.base_url,
            FakeEngine(),
            webhook_url=f"http://127.0.0.1:{port}/hook",
            webhook_secret="our-secret",
            webhook_listen=f"127.0.0.1:{port}",
        ):
            (registered,) = await calls(telegram, "setWebhook")
            assert registered["secret_token"] == "our-secret"
            assert "callback_query" in str(registered["allowed_updates"])
            await listening(port)
            await asyncio.to_thread(telegram.write, "When did the bridge open?")
            await calls(telegram, "sendMessage")
            await asyncio.to_thread(telegram.press, max(telegram.messages), say("next"))
            await calls(telegram, "editMessageText")
            update = {"update_id": 5, "message": {"message_id": "x"}}
            for secret, body, status in (
                ("wrong", update, 403),
                (" ", update, 403),
                ("our-secret", b"not json", 400),
                ("our-secret", update, 200),
                ("our-secret", [], 200),
            ):
                delivered = await asyncio.to_thread(telegram.deliver, body, secret)
                assert delivered == status
            assert len(telegram.named("sendMessage")) == 1
        assert telegram.named("getUpdates") == []
    assert "our-secret" not in log.getvalue()


async def test_a_secret_is_drawn_when_none_is_set(port: int) -> None:
    with BotApi() as telegram:
        async with served(
            telegram.base_url,
            FakeEngine(),
            webhook_url=f"http://127.0.0.1:{port}/",
            webhook_listen=f"127.0.0.1:{port}",
        ):
            (registered,) = await calls(telegram, "setWebhook")
            assert len(str(registered["secret_token"])) >= 32
            await listening(port)
            assert await asyncio.to_thread(telegram.deliver, {}, "guess") == 403


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
            assert "quotebot_questions_total 1\n" in text
            assert "quotebot_answered_total 1\n" in text
            assert 'quotebot_answer_seconds_bucket{le="+Inf"} 1\n' in text
            assert 'quotebot_generation_info{generation="g1"} 1\n' in text
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


def test_metrics_are_what_prometheus_reads() -> None:
    metrics = Metrics()
    metrics.errors["TimedOut"] += 2
    for seconds in (0.01, 0.02, 99.0):
        metrics.took(seconds)
    text = metrics.text({"index_age_seconds": ("Age.", 1_234_567.0)}, 'g"1')
    assert 'quotebot_telegram_errors_total{kind="TimedOut"} 2\n' in text
    assert 'quotebot_answer_seconds_bucket{le="0.01"} 1\n' in text
    assert 'quotebot_answer_seconds_bucket{le="0.025"} 2\n' in text
    assert "quotebot_answer_seconds_count 3\n" in text
    assert "quotebot_index_age_seconds 1234567\n" in text
    assert 'generation="g\\"1"' in text
    assert text.endswith("\n")


def test_readiness_says_what_is_wrong(tmp_path: Path) -> None:
    from bot.app import build_bot
    from bot.settings import Settings

    engine = FakeEngine()
    engine.generation = "20261124T142719Z-000-d5fa"
    bot = build_bot(Settings(telegram_bot_token=TOKEN, quotebot_data=tmp_path), engine)
    health = Health()
    readiness = Readiness(bot.desk, health)
    assert readiness.problem() == "not connected to Telegram yet"
    health.connected = True
    assert readiness.problem() == ""
    assert "quotebot_index_age_seconds" in readiness.metrics()
    health.stopping = True
    assert readiness.problem() == "stopping"
    bot.desk.close()


async def test_running_answers_are_finished_before_it_stops() -> None:
    import threading

    from index.answer import Answer

    asked, go_on = threading.Event(), threading.Event()

    def slowly(question: str) -> Answer:
        asked.set()
        go_on.wait(10)
        return Answer(question, False, 0, ())

    with BotApi() as telegram:
        async with served(telegram.base_url, FakeEngine(slowly)):
            telegram.write("When?")
            await asyncio.to_thread(asked.wait, 10)
            asyncio.get_running_loop().call_later(0.3, go_on.set)
        assert len(telegram.named("sendMessage")) == 1
