"""Every fault on every method that the bot calls, over real HTTP."""

import ast
import asyncio
import inspect
import threading
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager

import pytest
import telegram as library

from index.answer import Answer
from index.progress import ProgressCallback
from tests.bot_api import BotApi, Delay, Drop, Refuse
from tests.fakes import ADMIN, GROUP, PRIVATE, FakeEngine, FakeRequest, an_answer
from tests.served import arrived, calls, eventually, listening, readiness, say, served
from tests.source import python_files

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
    "too late": Delay(0.5),
    "403": Refuse(403, "Forbidden: bot was blocked by the user"),
    "400": Refuse(400, "Bad Request: something new"),
    "not modified": Refuse(400, "Bad Request: message is not modified: specified new message"),
    "too old": Refuse(400, "Bad Request: query is too old and response timeout expired"),
}
AT_START = {"getMe", "deleteWebhook", "setWebhook", "setMyCommands"}
CONVERSING = {
    "getUpdates",
    "sendMessage",
    "sendChatAction",
    "editMessageText",
    "editMessageReplyMarkup",
    "answerCallbackQuery",
    "answerInlineQuery",
}
ADMINISTERING = {"getFile", "file", "sendDocument", "getChatMember"}
WATCHING = {"getWebhookInfo"}
CALLS = {  # what the library calls them: what is asked of Telegram
    "answer": {"answerCallbackQuery", "answerInlineQuery"},
    "do_api_request": {"getUpdates"},
    "download_as_bytearray": {"file"},
    "initialize": {"getMe"},
    "get_file": {"getFile"},
    "get_member": {"getChatMember"},
    "reply_document": {"sendDocument"},
    "reply_text": {"sendMessage"},
}
NO_CALLS = {"close", "set_title", "shutdown"}
"""Methods of other things have these names too; Telegram is asked nothing by them."""
NEVER_SENT = {"403", "400", "not modified", "too old"}
"""Telegram has refused for good: whatever was to be said is not said."""
MAY_DOUBLE = {"drop after"}
"""Nobody can know that it was done."""


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.telegram.transport.rate_limiter._PAUSES", (0.01, 0.02))
    monkeypatch.setattr("bot.telegram.application._REPLY_WITHIN", 0.4)
    monkeypatch.setattr("bot.telegram.context.messages._TYPING_AFTER", 0)
    monkeypatch.setattr("bot.telegram.transport.webhook._CHECK_EVERY", 0.02)


def methods_called() -> Iterator[str]:
    """Every method of the Bot API that the program calls, found in its text."""
    coroutines = {
        name
        for kind in vars(library).values()
        if inspect.isclass(kind)
        for name, _ in inspect.getmembers(kind, inspect.iscoroutinefunction)
        if not name.startswith("_")
    }
    for path in python_files("bot"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            name = getattr(node, "attr", "") if isinstance(node, ast.Attribute) else ""
            if name in coroutines - NO_CALLS:
                first, *others = name.split("_")
                yield from CALLS.get(name, {first + "".join(word.title() for word in others)})


def test_no_method_is_called_that_has_no_test_here() -> None:
    assert set(methods_called()) == AT_START | CONVERSING | ADMINISTERING | WATCHING


# A conversation


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


@pytest.mark.parametrize("method", sorted(CONVERSING))
async def test_faults_lose_and_double_nothing(
    method: str, telegram: BotApi, caplog: pytest.LogCaptureFixture
) -> None:
    engine = FakeEngine(slowly if method == "sendChatAction" else None)
    async with served(telegram.base_url, engine):
        for name, fault in FAULTS.items():
            telegram.fail(method, fault)
            await converse(telegram, method, name)
    assert "failed to handle" not in caplog.text
    assert "Task exception" not in caplog.text


# What admins do


async def built(step: ProgressCallback) -> str:
    step("Embedding", 1, 1)
    return "g2"


ROOT = {"from": ADMIN, "chat": {**PRIVATE, "id": ADMIN["id"]}}


@asynccontextmanager
async def administered(telegram: BotApi) -> AsyncIterator[None]:
    admins = (ADMIN["id"],)
    async with served(telegram.base_url, FakeEngine(), build=built, admin_ids=admins):
        yield


async def upload(telegram: BotApi, name: str) -> str:
    """An admin sends a document; what the bot says of it in the end."""
    content = f"News of {name}\n\nThe mill burned down on the day of {name}.\n".encode()
    sent = telegram.upload(f"{name}.txt", content, person=ADMIN["id"], **ROOT)

    def outcome() -> str:
        note = note_about(telegram, sent)
        ends = ("import_done", "import_unchanged", "import_failed")
        return note if note.startswith(tuple(say.messages[e].split("{")[0] for e in ends)) else ""

    await eventually(outcome)
    return outcome()


def note_about(telegram: BotApi, sent: int) -> str:
    """What the bot's reply to a message says now."""
    replies = (
        message["text"]
        for message in telegram.messages.values()
        if (message.get("reply_parameters") or {}).get("message_id") == sent
    )
    return next(replies, "")


@pytest.mark.parametrize("method", ["getFile", "file"])
async def test_a_document_that_cannot_be_fetched_is_told_about(
    method: str, telegram: BotApi, caplog: pytest.LogCaptureFixture
) -> None:
    async with administered(telegram):
        for name, fault in FAULTS.items():
            telegram.fail(method, fault)
            said = await upload(telegram, name.replace(" ", "-"))
            assert telegram.idle(method)
            failed = said.startswith(say("import_failed", reason=""))
            assert failed == (name in NEVER_SENT), (name, said)
            assert "123456" not in said
    assert "failed to handle" not in caplog.text


async def test_a_file_that_cannot_be_sent_harms_nothing(
    telegram: BotApi, caplog: pytest.LogCaptureFixture
) -> None:
    async with administered(telegram):
        await upload(telegram, "today")
        note = max(telegram.messages)
        for name, fault in FAULTS.items():
            before = len(telegram.named("sendDocument"))
            telegram.fail("sendDocument", fault)
            await asyncio.to_thread(telegram.press, note, say("import_details"))
            await calls(telegram, "sendDocument", before + 1)
            await eventually(lambda: telegram.idle("sendDocument"))
            asked = telegram.write(f"When did the bridge open? {name}")
            await eventually(lambda asked=asked: arrived(telegram, asked))
        documents = [m for m in telegram.messages.values() if "document" in m]
        assert len(documents) >= len(FAULTS) - len(NEVER_SENT)
    assert "failed to handle" not in caplog.text


async def test_without_knowing_who_somebody_is_no_setting_changes(
    telegram: BotApi, caplog: pytest.LogCaptureFixture
) -> None:
    async with served(telegram.base_url, FakeEngine()):
        for name, fault in FAULTS.items():
            telegram.fail("getChatMember", fault)
            before = len(telegram.named("sendMessage"))
            telegram.write(f"/settings source {name}", chat=GROUP)
            said = (await calls(telegram, "sendMessage", before + 1))[-1]["text"]
            assert said == say("settings_admins")
    assert "failed to handle" not in caplog.text


# Starting and watching


@pytest.mark.parametrize("method", sorted(AT_START))
async def test_a_start_survives_one_fault_after_the_other(
    method: str, telegram: BotApi, port: int
) -> None:
    last = "late"  # which is a success
    telegram.fail(method, *(fault for name, fault in FAULTS.items() if name != last), FAULTS[last])
    settings: dict[str, object] = {}
    if method == "setWebhook":
        address = f"127.0.0.1:{port}"
        settings = {"webhook_url": f"http://{address}/", "webhook_listen": address}
    async with served(telegram.base_url, FakeEngine(), tries=len(FAULTS) + 1, **settings):
        await eventually(lambda: telegram.idle(method))
        if method == "setWebhook":
            await listening(port)
        asked = await asyncio.to_thread(telegram.write, "When did the bridge open?")
        await eventually(lambda: arrived(telegram, asked))


async def test_a_webhook_is_watched_through_every_fault(telegram: BotApi, port: int) -> None:
    address = f"127.0.0.1:{port}"
    telegram.fail("getWebhookInfo", *FAULTS.values())
    webhook = {"webhook_url": f"http://{address}/", "webhook_listen": address}
    async with served(telegram.base_url, FakeEngine(), **webhook):
        await eventually(lambda: telegram.idle("getWebhookInfo"))
        asked = await asyncio.to_thread(telegram.write, "When did the bridge open?")
        await eventually(lambda: arrived(telegram, asked))


# Outages and floods


async def test_an_outage_loses_no_question_and_no_answer(telegram: BotApi, port: int) -> None:
    begun, go_on = threading.Event(), threading.Event()

    def answer(question: str) -> Answer:
        begun.set()
        go_on.wait(10)
        return an_answer(question=question)

    health = f"127.0.0.1:{port}"
    async with served(telegram.base_url, FakeEngine(answer), health_listen=health):
        asked = telegram.write("When did the bridge open?")
        await asyncio.to_thread(begun.wait, 10)
        await asyncio.to_thread(telegram.go_away)
        go_on.set()
        meanwhile = telegram.write("Is it still there?")
        await readiness(port, 503)
        telegram.come_back()
        await eventually(lambda: arrived(telegram, asked) and arrived(telegram, meanwhile))
        await readiness(port, 200)
        assert (arrived(telegram, asked), arrived(telegram, meanwhile)) == (1, 1)


async def test_a_server_that_stays_in_trouble_for_long_gets_the_answer(telegram: BotApi) -> None:
    telegram.fail("sendMessage", *[Refuse(502, "Bad Gateway")] * 30)
    async with served(telegram.base_url, FakeEngine()):
        asked = telegram.write("When did the bridge open?")
        await eventually(lambda: arrived(telegram, asked))
    assert len(telegram.named("sendMessage")) == 31


async def test_a_flood_of_answers_is_told_in_order_without_loss(telegram: BotApi) -> None:
    engine = FakeEngine(lambda question: an_answer(1, question=question))
    telegram.fail("sendMessage", *[Refuse(429, "Too Many Requests", retry_after=0.2)] * 2)
    async with served(telegram.base_url, engine, interval=0.02):
        asked = [telegram.write(f"When {n}?", person=100 + n % 3) for n in range(9)]
        await eventually(lambda: all(arrived(telegram, one) == 1 for one in asked))
    order = sorted(asked, key=lambda one: telegram.arrived[one])
    assert [one for one in order if one in asked[::3]] == asked[::3]


async def test_nothing_is_fetched_from_the_network_in_the_mocked_tests() -> None:
    with pytest.raises(AssertionError, match="unexpected call"):
        await FakeRequest().do_request("https://api.telegram.org/bot1:a/getChat", "POST")
