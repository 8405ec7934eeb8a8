"""The bot from end to end over real HTTP, against a Bot API server of our own."""

import asyncio
import io
import socket
import threading
from pathlib import Path

import pytest

from bot.settings import Settings
from bot.telegram.application import build_bot
from bot.telegram.server import serve
from bot.telegram.transport.polling import WANTED
from corpus.errors import QuotebotError, SettingsError
from index.answer import Answer
from tests.bot_api import BotApi, Drop, Refuse
from tests.fakes import TOKEN, FakeEngine, an_answer, slices
from tests.served import calls, eventually, say, served


async def test_a_conversation(telegram: BotApi, log: io.StringIO) -> None:
    async with served(telegram.base_url, FakeEngine()):
        await calls(telegram, "setMyCommands")
        asked = telegram.write("When did the bridge open?")
        sent = (await calls(telegram, "sendMessage"))[0]
        assert slices(sent["text"], sent["entities"])[-1] == (
            "bold",
            "The bridge opened in 1907 🎉.",
        )
        assert sent["reply_parameters"]["message_id"] == asked
        answer = max(telegram.messages)
        telegram.press(answer, say("next"))
        await calls(telegram, "editMessageText")
        assert "2 of 3" in telegram.messages[answer]["text"]
        telegram.press(answer, say("previous"))
        await calls(telegram, "editMessageText", 2)
        assert "1 of 3" in telegram.messages[answer]["text"]
        assert len(await calls(telegram, "answerCallbackQuery", 2)) == 2
    assert telegram.named("getUpdates")[0]["allowed_updates"] == WANTED
    await asyncio.to_thread(telegram.wait_until_read)
    assert "serving Telegram as @quotes_bot" in log.getvalue()
    assert "bot.telegram.server: stopping\n" in log.getvalue()


async def test_fifty_people_at_once_and_nobody_waits_for_a_slow_one(telegram: BotApi) -> None:
    go_on = threading.Event()

    def answer(question: str) -> Answer:
        if question == "slow":
            assert go_on.wait(20)
        return an_answer(1, question=question)

    async with served(telegram.base_url, FakeEngine(answer), interval=1):
        await calls(telegram, "getUpdates")
        slow = telegram.write("slow", person=99)
        asked = [telegram.write(f"When {n}?", person=100 + n) for n in range(50)]
        await calls(telegram, "sendMessage", 50)
        assert set(asked) <= set(telegram.arrived)
        assert slow not in telegram.arrived
        go_on.set()
        await calls(telegram, "sendMessage", 51)
    assert len(telegram.named("sendMessage")) == 51


async def test_every_fault_is_survived(telegram: BotApi, log: io.StringIO) -> None:
    telegram.fail("getMe", Drop(), Refuse(500))
    telegram.fail("setMyCommands", *[Refuse(400, "Bad Request: no")] * 99)
    telegram.fail("getUpdates", Drop(), Refuse(502), Refuse(200, None), Refuse(200, "{}"), Drop())
    telegram.fail("sendMessage", Drop(), Refuse(500))
    async with served(telegram.base_url, FakeEngine()):
        telegram.write("When did the bridge open?")
        await calls(telegram, "sendMessage", 3)
        telegram.fail("sendMessage", Refuse(429, "Too Many Requests", retry_after=0.05))
        telegram.write("Again?")
        await calls(telegram, "sendMessage", 5)
    answers = [m for m in telegram.messages.values() if m["text"].startswith("The Old Bridge")]
    assert len(answers) == 2
    assert log.getvalue().count("updates from Telegram again") >= 1


async def test_updates_that_make_no_sense_are_skipped(telegram: BotApi, log: io.StringIO) -> None:
    telegram.send({"message": {"message_id": "x", "chat": 5}})
    telegram.write("When did the bridge open?")
    async with served(telegram.base_url, FakeEngine()):
        await calls(telegram, "sendMessage")
    assert "an update makes no sense" in log.getvalue()


async def test_no_update_is_fetched_before_the_index_was_looked_for(telegram: BotApi) -> None:
    go_on = threading.Event()

    class SlowEngine(FakeEngine):
        def refresh(self) -> bool:
            return go_on.wait(10)

    async with served(telegram.base_url, SlowEngine()):
        await calls(telegram, "setMyCommands")
        assert telegram.named("getUpdates") == []
        go_on.set()
        await calls(telegram, "getUpdates")


async def test_a_second_instance_is_named(telegram: BotApi, log: io.StringIO) -> None:
    conflict = Refuse(409, "Conflict: terminated by other getUpdates request")
    telegram.fail("getUpdates", conflict, conflict)
    async with served(telegram.base_url, FakeEngine()):
        await calls(telegram, "getUpdates", 3)
        telegram.write("When?")
        await calls(telegram, "sendMessage")
    assert log.getvalue().count("another program fetches the updates of this bot") == 1


async def test_a_token_that_telegram_refuses(telegram: BotApi, log: io.StringIO) -> None:
    other = TOKEN.replace("AA", "AB")
    async with served(telegram.base_url, FakeEngine(), other) as task:
        with pytest.raises(SettingsError, match="TELEGRAM_BOT_TOKEN was rejected") as caught:
            await task
    assert caught.value.__suppress_context__
    assert len(telegram.calls) == 1
    assert "AB" not in log.getvalue()


async def test_a_token_that_is_revoked_later(telegram: BotApi, log: io.StringIO) -> None:
    telegram.fail("getUpdates", Refuse(401, "Unauthorized"))
    async with served(telegram.base_url, FakeEngine()) as task:
        with pytest.raises(SettingsError, match="TELEGRAM_BOT_TOKEN was rejected"):
            await task


async def test_an_unreachable_telegram_is_tried_a_few_times(log: io.StringIO) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        base_url = f"http://127.0.0.1:{unused.getsockname()[1]}/bot"
        async with served(base_url, FakeEngine()) as task:
            with pytest.raises(QuotebotError, match="can't be reached"):
                await task
    lines = log.getvalue().splitlines()
    assert [line[-10:] for line in lines] == ["try 1 of 3", "try 2 of 3", "try 3 of 3"]


async def test_something_that_is_no_telegram(telegram: BotApi, log: io.StringIO) -> None:
    telegram.fail("getMe", *[Refuse(200, "{}")] * 3)
    async with served(telegram.base_url, FakeEngine()) as task:
        with pytest.raises(QuotebotError, match="reply makes no sense"):
            await task


async def test_it_stops_while_telegram_is_away(tmp_path: Path) -> None:
    stop = asyncio.Event()
    settings = Settings(
        telegram_bot_token=TOKEN,
        telegram_base_url="http://127.0.0.1:9/bot",
        quotebot_data=tmp_path,
    )
    bot = build_bot(settings, FakeEngine())
    task = asyncio.create_task(serve(bot, stop=stop, pauses=(1_000_000.0,)))
    await asyncio.sleep(0)
    stop.set()
    await task
    bot.services.close()


async def test_two_instances_notice_each_other(telegram: BotApi, log: io.StringIO) -> None:
    engine = FakeEngine()
    async with served(telegram.base_url, engine), served(telegram.base_url, engine):
        await eventually(lambda: "another program fetches" in log.getvalue())
        asked = telegram.write("When did the bridge open?")
        await eventually(lambda: asked in telegram.arrived)
