"""Updates by webhook, over real HTTP."""

import asyncio
import io
import socket

import pytest

from tests.bot_api import BotApi
from tests.fakes import FakeEngine
from tests.served import calls, get, listening, readiness, say, served

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


async def test_without_the_secret_the_body_is_not_waited_for(port: int) -> None:
    with BotApi() as telegram:
        async with served(
            telegram.base_url,
            FakeEngine(),
            webhook_url=f"http://127.0.0.1:{port}/hook",
            webhook_secret="our-secret",
            webhook_listen=f"127.0.0.1:{port}",
        ):
            await listening(port)
            head = b"POST /hook HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n"
            for secret, wanted in ((b"wrong", b"403"), (b"", b"403")):
                reader, writer = await asyncio.open_connection("127.0.0.1", port)
                writer.write(head + b"X-Telegram-Bot-Api-Secret-Token: " + secret + b"\r\n\r\n")
                async with asyncio.timeout(5):
                    assert (await reader.readline()).split()[1] == wanted
                writer.close()
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(
                b"GET /hook HTTP/1.1\r\nHost: x\r\n"
                b"X-Telegram-Bot-Api-Secret-Token: our-secret\r\n\r\n"
            )
            async with asyncio.timeout(5):
                assert (await reader.readline()).split()[1] == b"405"
            writer.close()
