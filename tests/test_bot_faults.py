"""Every fault on every method that the bot calls, over real HTTP."""

import asyncio
import time

import pytest
from bot_api import BotApi, Delay, Drop, Refuse
from fakes import FakeEngine, FakeRequest, an_answer
from test_bot_http import calls, log, served  # noqa: F401  # a fixture

from bot.words import words_in
from index.answer import Answer

say = words_in("en")
pytestmark = pytest.mark.usefixtures("log")  # which looks for secrets and questions in all of it
Fault = Drop | Delay | Refuse
FAULTS: dict[str, Fault] = {
    "drop before": Drop(),
    "drop after": Drop(after=True),
    "500": Refuse(500),
    "502": Refuse(502, "Bad Gateway"),
    "502 with HTML": Refuse(502, None),
    "429": Refuse(429, "Too Many Requests: retry after 1", retry_after=0.05),
    "garbage": Refuse(200, None),
    "late": Delay(0.1),
    "too late": Delay(0.6),
    "403": Refuse(403, "Forbidden: bot was blocked by the user"),
    "400": Refuse(400, "Bad Request: something new"),
    "not modified": Refuse(400, "Bad Request: message is not modified: specified new message"),
    "too old": Refuse(400, "Bad Request: query is too old and response timeout expired"),
}
AT_START = ["getMe", "deleteWebhook", "setMyCommands"]
LATER = [
    "getUpdates",
    "sendMessage",
    "sendChatAction",
    "editMessageText",
    "editMessageReplyMarkup",
    "answerCallbackQuery",
    "answerInlineQuery",
]
NEVER_SENT = {"403", "400", "not modified", "too old"}
"""Telegram has refused for good: whatever was to be said is not said."""
MAY_DOUBLE = {"drop after"}
"""Nobody can know that it was done."""


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.retry._PAUSES", (0.01, 0.02))
    monkeypatch.setattr("bot.app._REPLY_WITHIN", 0.4)
    monkeypatch.setattr("bot.sending._TYPING_AFTER", 0)


async def converse(telegram: BotApi, method: str, name: str) -> None:
    """Ask, page, judge, type inline while one call of `method` fails; then all is well again."""
    asked = telegram.write(f"When did the bridge open? {name}")
    silent = method == "sendMessage" and name in NEVER_SENT
    await eventually(lambda: telegram.idle(method) if silent else arrived(telegram, asked))
    if not silent:
        shown = max(n for n, m in telegram.messages.items() if m["from"]["is_bot"])
        for label in (say("next"), "👎"):
            before = len(telegram.named("answerCallbackQuery"))
            await asyncio.to_thread(telegram.press, shown, label)
            await calls(telegram, "answerCallbackQuery", before + 1)
    telegram.type(f"bridge {name}")
    await calls(telegram, "answerInlineQuery", len(telegram.named("answerInlineQuery")) + 1)
    await eventually(lambda: telegram.idle(method))
    again = telegram.write("Is it still there?")
    await eventually(lambda: arrived(telegram, again))
    count = 0 if silent else 2 if method == "sendMessage" and name in MAY_DOUBLE else 1
    # A refusal of the answer is followed by an apology, which is no answer.
    assert arrived(telegram, asked) == count, name


def slowly(question: str) -> Answer:
    """Slow enough for "typing…"."""
    time.sleep(0.05)
    return an_answer(question=question)


def arrived(telegram: BotApi, asked: int) -> int:
    """How many answers to a question lie in the chat."""
    return sum(
        m["from"]["is_bot"]
        and (m.get("reply_parameters") or {}).get("message_id") == asked
        and m["text"] != say("trouble")
        for m in telegram.messages.values()
    )


async def eventually(true: object, seconds: float = 8) -> None:
    async with asyncio.timeout(seconds):
        while not true():  # type: ignore[operator]  # noqa: ASYNC110  # the server is in threads
            await asyncio.sleep(0.01)


@pytest.mark.parametrize("method", LATER)
async def test_faults_lose_and_double_nothing(
    method: str, caplog: pytest.LogCaptureFixture
) -> None:
    with BotApi() as telegram:
        engine = FakeEngine(slowly if method == "sendChatAction" else None)
        async with served(telegram.base_url, engine):
            for name, fault in FAULTS.items():
                telegram.fail(method, fault)
                await converse(telegram, method, name)
    assert "failed to handle" not in caplog.text
    assert "Task exception" not in caplog.text


@pytest.mark.parametrize("method", AT_START)
@pytest.mark.parametrize("name", ["drop before", "drop after", "500", "502 with HTML", "garbage"])
async def test_a_bad_start_is_tried_again(method: str, name: str) -> None:
    with BotApi() as telegram:
        telegram.fail(method, FAULTS[name])
        async with served(telegram.base_url, FakeEngine()):
            asked = telegram.write("When did the bridge open?")
            await eventually(lambda: arrived(telegram, asked))


async def test_an_outage_of_minutes_loses_no_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    with BotApi() as telegram:
        telegram.fail("sendMessage", *[Refuse(502, "Bad Gateway")] * 60)
        async with served(telegram.base_url, FakeEngine()):
            asked = telegram.write("When did the bridge open?")
            await eventually(lambda: arrived(telegram, asked))
        assert len(telegram.named("sendMessage")) == 61


async def test_a_flood_of_answers_is_told_in_order_without_loss() -> None:
    engine = FakeEngine(lambda question: an_answer(1, question=question))
    with BotApi() as telegram:
        telegram.fail("sendMessage", *[Refuse(429, "Too Many Requests", retry_after=1)] * 2)
        async with served(telegram.base_url, engine, interval=0.05):
            asked = [telegram.write(f"When {n}?", person=100 + n % 3) for n in range(9)]
            await eventually(lambda: all(arrived(telegram, one) == 1 for one in asked))


async def test_nothing_is_fetched_from_the_network_in_the_mocked_tests() -> None:
    with pytest.raises(AssertionError, match="unexpected call"):
        await FakeRequest().do_request("https://api.telegram.org/bot1:a/getChat", "POST")
