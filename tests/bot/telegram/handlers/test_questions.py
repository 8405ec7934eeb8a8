import asyncio
import logging
import threading
from pathlib import Path
from typing import Any

import pytest
from telegram.error import NetworkError, TelegramError

from bot.i18n.catalog import catalog_for
from corpus.errors import IndexUnavailable, ModelUnavailable
from index.answer import Answer
from tests.fakes import (
    BOT,
    GROUP,
    PRIVATE,
    FakeEngine,
    FakeRequest,
    a_passage,
    an_answer,
    buttons,
    failure,
    fake_bot,
    message_update,
    press_update,
    slices,
)
from tests.reasons import a_reason

say = catalog_for("en")


async def test_a_private_message_is_answered_with_a_quote(tmp_path: Path) -> None:
    async with fake_bot(tmp_path) as bot:
        sent = await bot.ask("  When did the bridge open? ")
    assert bot.engine.questions == ["When did the bridge open?"]
    assert bot.engine.threads == {"ask_0"}
    assert [name for name, _ in bot.request.calls] == ["sendMessage"]
    assert slices(sent["text"], sent["entities"])[-2:] == [
        ("expandable_blockquote", "It was cold. The bridge opened in 1907 🎉. People danced."),
        ("bold", "The bridge opened in 1907 🎉."),
    ]
    assert "parse_mode" not in sent
    assert sent["link_preview_options"] == {"is_disabled": True}
    assert sent["reply_parameters"]["message_id"] == 41
    assert sent["reply_parameters"]["quote"] == "When did the bridge open?"
    assert sent["reply_parameters"]["quote_position"] == 2
    under = buttons(sent)
    assert list(under) == [say("next"), say("more"), say("open"), say("share"), "👍", "👎"]
    assert under[say("open")] == "https://example.org/bridge"
    assert under[say("share")].startswith(
        "https://t.me/share/url?url=https://t.me/quotes_bot?start=q"
    )


@pytest.mark.parametrize(
    ("update", "reply"),
    [
        (message_update("/start"), "start"),
        (message_update("/start hello"), "start"),
        (message_update("/frobnicate now"), "unknown_command"),
        (message_update("🎉🎉"), "ask_in_words"),
        (message_update("  ?! "), "ask_in_words"),
        (message_update(dice={"emoji": "🎲", "value": 1}), "text_only"),
        (message_update(location={"latitude": 1, "longitude": 1}), "text_only"),
        (message_update("Thank you!"), "welcome"),
        (message_update("Привет"), "greeting"),
        (message_update("/ask"), "ask_usage"),
        (message_update("/search ?"), "search_usage"),
        (message_update("/article"), "article_usage"),
        (message_update("/article zebra"), "article_none"),
        (message_update("/new"), "new_done"),
        (message_update("/forget"), "forget_ask"),
        (message_update("/status"), "admin_only"),
        (message_update("/reindex"), "admin_only"),
        (message_update("/remove a1"), "admin_only"),
        (message_update("/ban 7"), "admin_only"),
        (message_update("/stats"), "admin_only"),
    ],
)
async def test_what_is_no_question_gets_a_polite_line(
    tmp_path: Path, update: dict[str, Any], reply: str
) -> None:
    async with fake_bot(tmp_path) as bot:
        await bot.feed(update)
    assert [sent["text"] for sent in bot.request.named("sendMessage")] == [say(reply)]
    assert bot.engine.questions == []


async def test_a_question_that_is_too_long(tmp_path: Path) -> None:
    async with fake_bot(tmp_path) as bot:
        assert (await bot.ask("why " * 300))["text"] == say("too_long", limit="1000")
    assert bot.engine.questions == []


@pytest.mark.parametrize(
    "update",
    [
        message_update("Anybody here?", GROUP),
        message_update("/frobnicate", GROUP),
        message_update("/help@other_bot", GROUP),
        message_update("/ask@other_bot When?", GROUP),
        message_update(new_chat_members=[BOT], chat=GROUP),
        message_update("When?", is_automatic_forward=True, chat=GROUP),
        message_update("An inline quote", via_bot=BOT),
        message_update(pinned_message={"message_id": 1, "date": 0, "chat": PRIVATE}),
        {"update_id": 900_001, "edited_message": message_update("When?")["message"]},
        {"update_id": 900_002},
    ],
)
async def test_what_is_not_for_the_bot_is_left_alone(
    tmp_path: Path, update: dict[str, Any]
) -> None:
    async with fake_bot(tmp_path) as bot:
        await bot.feed(update)
    assert bot.request.calls == []
    assert bot.engine.questions == []


async def test_the_words_under_a_photo_are_a_question(tmp_path: Path) -> None:
    photo = {"file_id": "f", "file_unique_id": "u", "width": 1, "height": 1}
    async with fake_bot(tmp_path) as bot:
        await bot.feed(message_update(photo=[photo], caption="Which bridge?"))
    assert bot.engine.questions == ["Which bridge?"]


async def test_next_and_previous_edit_the_message_in_place(tmp_path: Path) -> None:
    async with fake_bot(tmp_path) as bot:
        under = buttons(await bot.ask())
        await bot.feed(press_update(under[say("next")]))
        (edited,) = bot.request.named("editMessageText")
        assert edited["message_id"] == 900
        assert "¶ 2 · 2 of 3" in edited["text"]
        assert edited["link_preview_options"] == {"is_disabled": True}
        assert list(buttons(edited))[:2] == [say("previous"), say("next")]
        await bot.feed(press_update(buttons(edited)[say("next")]))
        last = bot.request.named("editMessageText")[1]
        assert list(buttons(last))[:2] == [say("previous"), say("more")]
    answers = bot.request.named("answerCallbackQuery")
    assert len(answers) == 2
    assert "text" not in answers[0]


@pytest.mark.parametrize(
    "data",
    [
        "p:unknown:1",
        "p:unknown:99999",
        "something else",
        "p::1",
        "p:%s:7",
        "z:%s:1",
        "p:%s:0:1:2:3",
    ],
)
async def test_a_button_that_leads_nowhere_says_so(tmp_path: Path, data: str) -> None:
    async with fake_bot(tmp_path) as bot:
        key = buttons(await bot.ask())[say("next")].split(":")[1]
        await bot.feed(press_update(data.replace("%s", key)))
    (answered,) = bot.request.named("answerCallbackQuery")
    assert answered["text"] == say("gone" if data == "p:%s:7" else "forgotten")
    assert answered["show_alert"] is True
    assert bot.request.named("editMessageText") == []


async def test_a_button_pressed_twice_or_late_is_no_trouble(tmp_path: Path) -> None:
    request = FakeRequest(
        editMessageText=[failure(400, "Bad Request: message is not modified: specified ...")],
        answerCallbackQuery=[failure(400, "Bad Request: query is too old")],
    )
    async with fake_bot(tmp_path, request=request) as bot:
        await bot.feed(press_update(buttons(await bot.ask())[say("next")]))
    assert len(request.named("sendMessage")) == 1  # no apology


async def test_no_answer_says_so_in_one_line_and_offers_the_nearest(tmp_path: Path) -> None:
    engine = FakeEngine(lambda question: an_answer(2, answered=False))
    async with fake_bot(tmp_path, engine) as bot:
        sent = await bot.ask("What is the capital of Mongolia?")
        assert sent["text"] == say("no_answer")
        assert list(buttons(sent)) == [say("show_nearest")]
        await bot.feed(press_update(buttons(sent)[say("show_nearest")]))
        (edited,) = bot.request.named("editMessageText")
        assert edited["text"].startswith(say("nearest"))
        assert "1 of 2" in edited["text"]
        await bot.feed(press_update(buttons(edited)[say("next")]))
        assert bot.request.named("editMessageText")[1]["text"].startswith(say("nearest"))


async def test_nothing_near(tmp_path: Path) -> None:
    engine = FakeEngine(lambda question: an_answer(0, answered=False))
    async with fake_bot(tmp_path, engine) as bot:
        sent = await bot.ask()
    assert sent["text"] == say("no_answer")
    assert "reply_markup" not in sent


@pytest.mark.parametrize(
    ("error", "reply", "logged"),
    [
        (
            IndexUnavailable(a_reason("no index yet: run quotebot add")),
            "no_index",
            "run quotebot add",
        ),
        (ModelUnavailable(a_reason("the model is not here")), "trouble", "the model is not here"),
        (ZeroDivisionError("private question"), "trouble", "ZeroDivisionError in fail"),
    ],
)
async def test_an_engine_that_fails_is_logged_and_excused(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, error: Exception, reply: str, logged: str
) -> None:
    def fail(question: str) -> Answer:
        raise error

    with caplog.at_level(logging.INFO):
        async with fake_bot(tmp_path, FakeEngine(fail)) as bot:
            await bot.ask("a private question")
    assert [sent["text"] for sent in bot.request.named("sendMessage")] == [say(reply)]
    assert logged in caplog.text
    assert "private question" not in caplog.text


async def test_a_bot_that_was_blocked_says_nothing_more(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    request = FakeRequest(sendMessage=[failure(403, "Forbidden: bot was blocked by the user")])
    with caplog.at_level(logging.INFO):
        async with fake_bot(tmp_path, request=request) as bot:
            await bot.ask()
    assert len(request.named("sendMessage")) == 1
    assert "blocked by the user" in caplog.text


@pytest.mark.parametrize("failing", [NetworkError("down"), TelegramError("odd")])
async def test_an_answer_does_not_hang_on_the_typing_notice(
    tmp_path: Path, failing: Exception, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.telegram.context.messages._TYPING_AFTER", 0)
    request = FakeRequest(sendChatAction=failing)
    async with fake_bot(tmp_path, request=request) as bot:
        await bot.ask()
    assert len(request.named("sendMessage")) == 1


async def test_typing_is_shown_while_an_answer_takes_long(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.telegram.context.messages._TYPING_AFTER", 0)
    noticed = threading.Event()

    class Noticing(FakeRequest):
        async def do_request(self, url: str, *args: Any, **kwargs: Any) -> tuple[int, bytes]:
            if url.endswith("sendChatAction"):
                noticed.set()
            return await super().do_request(url, *args, **kwargs)

    def answer(question: str) -> Answer:
        assert noticed.wait(10)
        return an_answer(question=question)

    async with fake_bot(tmp_path, FakeEngine(answer), Noticing()) as bot:
        await bot.ask()
    assert bot.request.named("sendChatAction")[0]["action"] == "typing"


async def test_a_slow_question_does_not_hold_up_other_people(tmp_path: Path) -> None:
    go_on = threading.Event()

    def answer(question: str) -> Answer:
        if question == "slow":
            assert go_on.wait(10)
        return Answer(question, True, 1.0, (a_passage(title=question),))

    async with fake_bot(tmp_path, FakeEngine(answer)) as bot:
        slow = asyncio.create_task(bot.feed(message_update("slow")))
        await asyncio.sleep(0)
        other = {"id": 8, "is_bot": False, "first_name": "Bob"}
        await bot.feed(message_update("quick", {**PRIVATE, "id": 8}, **{"from": other}))
        go_on.set()
        await slow
    titles = [sent["text"].partition("\n")[0] for sent in bot.request.named("sendMessage")]
    assert titles == ["quick", "slow"]


async def test_an_update_that_comes_twice_is_answered_once(tmp_path: Path) -> None:
    update = message_update("When?")
    async with fake_bot(tmp_path) as bot:
        await bot.feed(update)
        await bot.feed(update)
        await bot.feed({**update, "update_id": update["update_id"] + 1_000_000})  # after a restart
    assert len(bot.request.named("sendMessage")) == 1
