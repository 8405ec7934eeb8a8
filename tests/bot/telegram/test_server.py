"""Webhook, health checks and metrics over real HTTP."""

import asyncio
import io
import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from bot.monitoring.health_server import Health, Readiness
from bot.monitoring.metrics import Metrics
from corpus.errors import SettingsError
from tests.bot_api import BotApi, Refuse
from tests.fakes import TOKEN, FakeEngine
from tests.served import arrived, calls, get, listening, readiness, say, served
from tests.source import ROOT

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


async def test_a_webhook_that_another_program_takes_over_turns_readiness_red(
    telegram: BotApi, port: int, log: io.StringIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.telegram.transport.webhook._CHECK_EVERY", 0.02)
    address = f"127.0.0.1:{port}"
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        health = int(unused.getsockname()[1])
    async with served(
        telegram.base_url,
        FakeEngine(),
        webhook_url=f"http://{address}/",
        webhook_listen=address,
        health_listen=f"127.0.0.1:{health}",
    ):
        await listening(port)
        await readiness(health, 200)
        telegram.webhook, ours = "https://other.example/", telegram.webhook
        await readiness(health, 503)
        assert "taken over the webhook" in (await asyncio.to_thread(get, health, "/readyz"))[1]
        telegram.webhook = ours
        await readiness(health, 200)
    assert log.getvalue().count("taken over the webhook") == 1


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
    from bot.settings import Settings
    from bot.telegram.application import build_bot

    engine = FakeEngine()
    engine.generation = "20261124T142719Z-000-d5fa"
    bot = build_bot(Settings(telegram_bot_token=TOKEN, quotebot_data=tmp_path), engine)
    health = Health()
    readiness = Readiness(bot.services, health)
    assert readiness.problem() == "not connected to Telegram yet"
    health.connected = True
    assert readiness.problem() == ""
    assert "quotebot_index_age_seconds" in readiness.metrics()
    health.stopping = True
    assert readiness.problem() == "stopping"
    bot.services.close()


PROGRAM = """
import sys
from pathlib import Path
from tests.fakes import FakeEngine, TOKEN, an_answer
from bot.log_setup import set_up_logging
from bot.telegram.server import end_process, run_bot
from bot.settings import Settings

def answer(question):
    print("asked", flush=True)
    sys.stdin.readline()
    return an_answer(question=question)

set_up_logging("INFO", "text", [TOKEN])
settings = Settings(telegram_bot_token=TOKEN, telegram_base_url=sys.argv[1],
                    quotebot_data=Path(sys.argv[2]))
run_bot(settings, FakeEngine(answer))
end_process(0)
"""


def test_sigterm_finishes_the_running_answer_then_ends_the_process(
    telegram: BotApi, tmp_path: Path
) -> None:
    root = ROOT
    path = os.pathsep.join(map(str, (root, root / "tests")))
    with subprocess.Popen(
        [sys.executable, "-c", PROGRAM, telegram.base_url, str(tmp_path)],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        env={**os.environ, "PYTHONPATH": path},
    ) as process:  # fmt: skip
        assert process.stdin
        assert process.stdout
        assert process.stderr
        asked = telegram.write("When?")
        assert process.stdout.readline() == "asked\n"
        process.terminate()
        log = iter(process.stderr.readline, "")
        assert any(line.endswith("bot.telegram.server: stopping\n") for line in log)
        unread = telegram.write("Is this for the next one?", person=8)
        process.stdin.write("go on\n")
        process.stdin.flush()
        rest = "".join(log)
        assert process.wait(20) == 0
    assert arrived(telegram, asked) == 1
    assert arrived(telegram, unread) == 0  # it is still with Telegram
    assert telegram.unread() == [unread]
    assert "Traceback" not in rest
    assert TOKEN not in rest
