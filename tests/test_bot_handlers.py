import asyncio
import logging
import threading
from collections.abc import AsyncIterator, Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from fakes import (
    BOT,
    GROUP,
    PRIVATE,
    TOKEN,
    FakeEngine,
    FakeRequest,
    a_passage,
    an_answer,
    failure,
    message_update,
    press_update,
    slices,
)
from telegram import Update
from telegram.error import NetworkError, TelegramError

from bot import words
from bot.app import build_application
from bot.settings import Settings
from corpus.errors import IndexUnavailable, ModelUnavailable
from index.answer import Answer

Feed = Callable[[dict[str, Any]], Awaitable[None]]
Bot = Callable[[FakeEngine, FakeRequest], Awaitable[Feed]]


@pytest.fixture
async def bot() -> AsyncIterator[Bot]:
    """Starts a bot over fakes; the result takes updates as Telegram would send them."""
    running = []

    async def start(engine: FakeEngine, request: FakeRequest) -> Feed:
        settings = Settings(telegram_bot_token=TOKEN)
        application = build_application(
            settings, engine, pool=pool, request=request, get_updates_request=FakeRequest()
        )
        await application.initialize()
        running.append(application)
        request.calls.clear()

        async def feed(update: dict[str, Any]) -> None:
            await application.process_update(Update.de_json(update, application.bot))

        return feed

    with ThreadPoolExecutor(2, thread_name_prefix="ask") as pool:
        yield start
        for application in running:
            await application.shutdown()


async def test_a_private_message_is_answered_with_a_quote(bot: Bot) -> None:
    engine, request = FakeEngine(), FakeRequest()
    feed = await bot(engine, request)
    await feed(message_update("  When did the bridge open? "))
    assert engine.questions == ["When did the bridge open?"]
    assert engine.threads == {"ask_0"}
    assert [name for name, _ in request.calls] == ["sendChatAction", "sendMessage"]
    (sent,) = request.named("sendMessage")
    assert slices(sent["text"], sent["entities"])[-1] == ("bold", "The bridge opened in 1907 🎉.")
    assert "parse_mode" not in sent
    assert sent["link_preview_options"] == {"is_disabled": True}
    assert sent["reply_parameters"]["message_id"] == 41
    labels = [button["text"] for row in sent["reply_markup"]["inline_keyboard"] for button in row]
    assert labels == [words.NEXT]


@pytest.mark.parametrize(
    ("update", "reply"),
    [
        (message_update("/start"), words.START),
        (message_update("/help"), words.HELP),
        (message_update("/help@quotes_bot", GROUP), words.HELP),
        (message_update("/frobnicate now"), words.UNKNOWN_COMMAND),
        (message_update("🎉🎉"), words.ASK_IN_WORDS),
        (message_update("  ?! "), words.ASK_IN_WORDS),
        (message_update("why " * 300), words.too_long(1_000)),
        (message_update(dice={"emoji": "🎲", "value": 1}), words.TEXT_ONLY),
        (message_update(location={"latitude": 1, "longitude": 1}), words.TEXT_ONLY),
    ],
)
async def test_what_is_no_question_gets_a_polite_line(
    bot: Bot, update: dict[str, Any], reply: str
) -> None:
    engine, request = FakeEngine(), FakeRequest()
    feed = await bot(engine, request)
    await feed(update)
    assert [sent["text"] for sent in request.named("sendMessage")] == [reply]
    assert engine.questions == []


@pytest.mark.parametrize(
    "update",
    [
        message_update("Anybody here?", GROUP),
        message_update("/frobnicate", GROUP),
        message_update("/help@other_bot", GROUP),
        message_update(new_chat_members=[BOT], chat=GROUP),
        message_update(pinned_message={"message_id": 1, "date": 0, "chat": PRIVATE}),
        {"update_id": 1, "channel_post": message_update("When?")["message"]},
        {"update_id": 1, "edited_message": message_update("When?")["message"]},
        {"update_id": 1},
    ],
)
async def test_what_is_not_for_the_bot_is_left_alone(bot: Bot, update: dict[str, Any]) -> None:
    engine, request = FakeEngine(), FakeRequest()
    feed = await bot(engine, request)
    await feed(update)
    assert request.calls == []
    assert engine.questions == []


async def test_the_words_under_a_photo_are_a_question(bot: Bot) -> None:
    engine, request = FakeEngine(), FakeRequest()
    feed = await bot(engine, request)
    photo = {"file_id": "f", "file_unique_id": "u", "width": 1, "height": 1}
    await feed(message_update(photo=[photo], caption="Which bridge?"))
    assert engine.questions == ["Which bridge?"]


async def test_next_and_previous_edit_the_message_in_place(bot: Bot) -> None:
    request = FakeRequest()
    feed = await bot(FakeEngine(), request)
    await feed(message_update("When?"))
    keyboard = request.named("sendMessage")[0]["reply_markup"]["inline_keyboard"]
    await feed(press_update(keyboard[0][0]["callback_data"]))
    (edited,) = request.named("editMessageText")
    assert edited["message_id"] == 900
    assert "¶ 2 · 2 of 3" in edited["text"]
    assert edited["link_preview_options"] == {"is_disabled": True}
    row = edited["reply_markup"]["inline_keyboard"][0]
    assert [button["text"] for button in row] == [words.PREVIOUS, words.NEXT]
    await feed(press_update(row[1]["callback_data"]))
    last = request.named("editMessageText")[1]
    assert [b["text"] for b in last["reply_markup"]["inline_keyboard"][0]] == [words.PREVIOUS]
    answers = request.named("answerCallbackQuery")
    assert len(answers) == 2
    assert "text" not in answers[0]


@pytest.mark.parametrize(
    "data", ["p:unknown:1", "p:unknown:99999", "something else", "p::1", "p:%s:7"]
)
async def test_a_button_that_leads_nowhere_says_so(bot: Bot, data: str) -> None:
    request = FakeRequest()
    feed = await bot(FakeEngine(), request)
    await feed(message_update("When?"))
    keyboard = request.named("sendMessage")[0]["reply_markup"]["inline_keyboard"]
    key = keyboard[0][0]["callback_data"].split(":")[1]
    await feed(press_update(data.replace("%s", key)))
    (answered,) = request.named("answerCallbackQuery")
    assert answered["text"] == (words.GONE if "%s" in data else words.FORGOTTEN)
    assert answered["show_alert"] is True
    assert request.named("editMessageText") == []


async def test_a_button_pressed_twice_or_late_is_no_trouble(bot: Bot) -> None:
    request = FakeRequest(
        editMessageText=[failure(400, "Bad Request: message is not modified: specified ...")],
        answerCallbackQuery=[failure(400, "Bad Request: query is too old")],
    )
    feed = await bot(FakeEngine(), request)
    await feed(message_update("When?"))
    keyboard = request.named("sendMessage")[0]["reply_markup"]["inline_keyboard"]
    await feed(press_update(keyboard[0][0]["callback_data"]))
    assert len(request.named("sendMessage")) == 1  # no apology


async def test_no_answer_and_a_single_passage(bot: Bot) -> None:
    engine = FakeEngine(lambda question: an_answer(1, answered=False))
    request = FakeRequest()
    feed = await bot(engine, request)
    await feed(message_update("What is the capital of Mongolia?"))
    (sent,) = request.named("sendMessage")
    assert sent["text"].startswith(words.NO_ANSWER)
    assert "reply_markup" not in sent


@pytest.mark.parametrize(
    ("error", "reply", "logged"),
    [
        (IndexUnavailable("no index yet: run quotebot add"), words.NO_INDEX, "run quotebot add"),
        (ModelUnavailable("the model is not here"), words.TROUBLE, "the model is not here"),
        (ZeroDivisionError("private question"), words.TROUBLE, "ZeroDivisionError in fail"),
    ],
)
async def test_an_engine_that_fails_is_logged_and_excused(
    bot: Bot, caplog: pytest.LogCaptureFixture, error: Exception, reply: str, logged: str
) -> None:
    def fail(question: str) -> Answer:
        raise error

    request = FakeRequest()
    feed = await bot(FakeEngine(fail), request)
    with caplog.at_level(logging.INFO):
        await feed(message_update("a private question"))
    assert [sent["text"] for sent in request.named("sendMessage")] == [reply]
    assert logged in caplog.text
    assert "private question" not in caplog.text


async def test_a_bot_that_was_blocked_says_nothing_more(
    bot: Bot, caplog: pytest.LogCaptureFixture
) -> None:
    blocked = [failure(403, "Forbidden: bot was blocked by the user")]
    request = FakeRequest(sendMessage=blocked)
    feed = await bot(FakeEngine(), request)
    with caplog.at_level(logging.INFO):
        await feed(message_update("When?"))
    assert len(request.named("sendMessage")) == 1
    assert "blocked by the user" in caplog.text


@pytest.mark.parametrize(
    "first",
    [
        failure(429, "Too Many Requests: retry after 1", retry_after=1),
        failure(500, "Internal Server Error"),
        failure(502, "Bad Gateway"),
    ],
)
async def test_an_answer_survives_a_busy_telegram(
    bot: Bot, first: tuple[int, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    waited = []

    async def sleep(seconds: float) -> None:
        waited.append(seconds)

    request = FakeRequest()
    sent = (200, {"ok": True, "result": request.results["sendMessage"]})
    request.results["sendMessage"] = [first, sent]
    feed = await bot(FakeEngine(), request)
    monkeypatch.setattr("bot.retry.asyncio.sleep", sleep)
    await feed(message_update("When?"))
    one, two = request.named("sendMessage")
    assert one == two
    assert waited == [1.0 if first[0] == 429 else 0.3]


@pytest.mark.parametrize("failing", [NetworkError("down"), TelegramError("odd")])
async def test_an_answer_does_not_hang_on_the_typing_notice(bot: Bot, failing: Exception) -> None:
    request = FakeRequest(sendChatAction=failing)
    feed = await bot(FakeEngine(), request)
    await feed(message_update("When?"))
    assert len(request.named("sendMessage")) == 1


async def test_a_slow_question_does_not_hold_up_the_next(bot: Bot) -> None:
    go_on = threading.Event()

    def answer(question: str) -> Answer:
        if question == "slow":
            assert go_on.wait(10)
        return Answer(question, True, 1.0, (a_passage(title=question),))

    request = FakeRequest()
    feed = await bot(FakeEngine(answer), request)
    slow = asyncio.create_task(feed(message_update("slow")))
    await asyncio.sleep(0)
    await feed(message_update("quick"))
    go_on.set()
    await slow
    titles = [sent["text"].partition("\n")[0] for sent in request.named("sendMessage")]
    assert titles == ["quick", "slow"]
