"""Calls to the Bot API: what is sent, by which way, and what is raised when it fails."""

import json
import socket
import ssl
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import trustme
from telegram import Bot, InputFile
from telegram.error import NetworkError, TimedOut

from bot.telegram.transport.aiohttp_request import UNSENT, HttpRequest
from bot.telegram.transport.methods import METHODS, SENT_MESSAGE_FIELDS
from tests.bot_api import BotApi, Delay, Drop, Refuse
from tests.fakes import TOKEN
from tests.web_server import serving


@pytest.fixture
async def bot(telegram: BotApi) -> AsyncIterator[Bot]:
    requests = HttpRequest(), HttpRequest(read=0.2)
    async with Bot(
        TOKEN, telegram.base_url, get_updates_request=requests[0], request=requests[1]
    ) as bot:
        yield bot


async def fetch(url: str) -> tuple[int, bytes]:
    async with HttpRequest() as request:
        return await request.do_request(url, "GET")


async def test_words_of_any_script_arrive_as_they_are(bot: Bot, telegram: BotApi) -> None:
    text = "What & why = 50 % + «мост» 🎉\nnext"
    await bot.send_message(7, text)
    assert telegram.named("sendMessage")[0]["text"] == text


async def test_a_file_arrives_with_its_caption(bot: Bot, telegram: BotApi) -> None:
    await bot.send_document(7, InputFile("мост".encode(), "list.txt"), caption="50 % & more")
    sent = telegram.named("sendDocument")[0]
    assert (sent["caption"], "мост" in sent.values()) == ("50 % & more", True)


async def test_a_broken_connection_may_have_carried_something(bot: Bot, telegram: BotApi) -> None:
    telegram.fail("sendMessage", Drop(after=True))
    with pytest.raises(NetworkError) as caught:
        await bot.send_message(7, "x")
    assert not isinstance(caught.value, TimedOut)
    assert not isinstance(caught.value.__cause__, UNSENT)


async def test_a_reply_that_does_not_come_is_a_timeout(bot: Bot, telegram: BotApi) -> None:
    telegram.fail("sendMessage", Delay(0.6))
    with pytest.raises(TimedOut) as caught:
        await bot.send_message(7, "x")
    assert not isinstance(caught.value.__cause__, UNSENT)


async def test_a_refusal_is_telegrams(bot: Bot, telegram: BotApi) -> None:
    telegram.fail("sendMessage", Refuse(502, "Bad Gateway"))
    with pytest.raises(NetworkError, match="Bad Gateway"):
        await bot.send_message(7, "x")


async def test_without_a_connection_nothing_was_sent_and_no_secret_is_told() -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        with pytest.raises(NetworkError) as caught:
            await fetch(f"http://127.0.0.1:{unused.getsockname()[1]}/bot{TOKEN}/getMe")
    assert isinstance(caught.value.__cause__, UNSENT)
    assert TOKEN not in str(caught.value)


async def test_a_certificate_that_nobody_vouches_for_is_refused(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    authority = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    with serving(context) as site:
        site.page("/x", b"fine")
        url = f"{site.base}/x"
        with pytest.raises(NetworkError, match="CERTIFICATE_VERIFY_FAILED") as caught:
            await fetch(url)
        assert isinstance(caught.value.__cause__, UNSENT)
        authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
        monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.pem"))
        assert await fetch(url) == (200, b"fine")


async def test_a_proxy_of_the_environment_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    with serving() as proxy, serving() as direct:
        asked = direct.page("/x", b"direct")
        proxy.page(asked, b"by proxy")
        monkeypatch.setenv("ALL_PROXY", proxy.base)
        assert await fetch(asked) == (200, b"by proxy")
        monkeypatch.setenv("NO_PROXY", "127.0.0.1")
        assert await fetch(asked) == (200, b"direct")


@pytest.mark.parametrize("method", METHODS)
def test_of_a_message_only_what_the_table_says_is_kept(method: str) -> None:
    message = dict.fromkeys((*SENT_MESSAGE_FIELDS, "text", "entities", "from"), 1)
    result = message if METHODS[method].returns_message else {"id": 1, "text": "x"}
    reply = HttpRequest.parse_json_payload(json.dumps({"ok": True, "result": result}).encode())
    kept = SENT_MESSAGE_FIELDS if METHODS[method].returns_message else ("id", "text")
    assert set(reply["result"]) == set(kept)


async def test_after_the_end_no_call_is_made() -> None:
    request = HttpRequest()
    await request.initialize()
    await request.shutdown()
    with pytest.raises(RuntimeError):
        await request.do_request("http://127.0.0.1:9/", "GET")
