"""What a conversation is made of, beyond a question and its answer."""

from pathlib import Path
from typing import Any

import pytest

from bot.chat.passage_ref import PassageRef
from bot.i18n.catalog import catalog_for
from index.answer import AlsoIn, Answer, Filters
from index.article_text import ArticleText
from tests.fakes import (
    ANN,
    BOT,
    GROUP,
    PRIVATE,
    FakeEngine,
    FakeRequest,
    a_passage,
    an_answer,
    an_article,
    buttons,
    failure,
    fake_bot,
    message_update,
    press_update,
    slices,
)

say = catalog_for("en")
FROM_BOT = {"message_id": 900, "date": 1, "chat": PRIVATE, "from": BOT, "text": "sent"}


def sent_text(answer: tuple[int, Any]) -> list[Any]:
    return [answer, (200, {"ok": True, "result": FROM_BOT})]


def numbered_messages() -> list[Any]:
    """A message of the bot for each call, with numbers from 901."""
    return [(200, {"ok": True, "result": {**FROM_BOT, "message_id": 901 + n}}) for n in range(9)]


# Answers


@pytest.mark.parametrize("refusal", ["QUOTE_TEXT_INVALID", "message quote not found"])
async def test_a_quote_that_is_refused_is_left_off(tmp_path: Path, refusal: str) -> None:
    request = FakeRequest(sendMessage=sent_text(failure(400, f"Bad Request: {refusal}")))
    async with fake_bot(tmp_path, request=request) as bot:
        await bot.ask("When?")
    first, second = request.named("sendMessage")
    assert first["reply_parameters"]["quote"] == "When?"
    assert "quote" not in second["reply_parameters"]
    assert second["text"] == first["text"]


async def test_entities_or_buttons_that_are_refused_cost_no_answer(tmp_path: Path) -> None:
    request = FakeRequest(sendMessage=sent_text(failure(400, "Bad Request: BUTTON_URL_INVALID")))
    async with fake_bot(tmp_path, request=request) as bot:
        await bot.ask("When?")
    assert request.named("sendMessage")[1]["entities"] == []
    assert "1907" in request.named("sendMessage")[1]["text"]


async def test_the_engine_is_told_of_a_crowd(tmp_path: Path) -> None:
    told: list[bool] = []

    class Listening(FakeEngine):
        def ask(self, question: str, *, crowded: bool = False, **other: Any) -> Answer:
            told.append(crowded)
            return super().ask(question, **other)

    async with fake_bot(tmp_path, Listening()) as bot:
        await bot.ask("When?")
        with bot.bot.services.load.question(), bot.bot.services.load.question():
            await bot.ask("Where?", message_id=42)
    assert told[0] is False
    assert told[1:]
    assert all(told[1:])


async def test_a_question_with_formatting_is_not_quoted(tmp_path: Path) -> None:
    async with fake_bot(tmp_path) as bot:
        bold = [{"type": "bold", "offset": 0, "length": 4}]
        await bot.feed(message_update("When?", entities=bold))
    assert "quote" not in bot.request.named("sendMessage")[0]["reply_parameters"]


async def test_more_context_and_less(tmp_path: Path) -> None:
    engine = FakeEngine(lambda q: Answer(q, True, 0.9, (a_passage(paragraph=2),)))
    texts = {n: f"Paragraph {n}." for n in range(5)} | {2: a_passage().text}
    engine.article_texts["a1"] = ArticleText(an_article().info, texts)
    async with fake_bot(tmp_path, engine) as bot:
        under = buttons(await bot.ask())
        await bot.feed(press_update(under[say("more")]))
        first = bot.request.named("editMessageText")[-1]
        await bot.feed(press_update(buttons(first)[say("more")]))
        second = bot.request.named("editMessageText")[-1]
        await bot.feed(press_update(buttons(second)[say("less")]))
        last = bot.request.named("editMessageText")[-1]
    found = dict(slices(first["text"], first["entities"]))
    assert found["expandable_blockquote"] == f"Paragraph 1.\n\n{texts[2]}\n\nParagraph 3."
    assert found["bold"] == "The bridge opened in 1907 🎉."
    assert "Paragraph 0." in second["text"]
    assert "Paragraph 4." in second["text"]
    assert "Paragraph" not in last["text"]


async def test_where_else_it_stands_is_told_after_turning_pages_too(tmp_path: Path) -> None:
    copies = (
        AlsoIn("a2", "The Same Bridge", "https://copy.example/b", "b.md", 0),
        AlsoIn("gone", "Removed Since", None, "c.md", 0),
    )
    passages = (a_passage(also_in=copies), a_passage(paragraph=3))
    engine = FakeEngine(lambda q: Answer(q, True, 0.9, passages))
    engine.article_texts["a2"] = an_article("a2")
    async with fake_bot(tmp_path, engine) as bot:
        sent = await bot.ask()
        assert sent["text"].endswith(f"\n{say('also_in')} The Same Bridge, Removed Since")
        await bot.feed(press_update(buttons(sent)[say("next")]))
        second = bot.request.named("editMessageText")[-1]
        assert say("also_in") not in second["text"]
        await bot.feed(press_update(buttons(second)[say("previous")]))
        first = bot.request.named("editMessageText")[-1]
    assert first["text"].endswith(f"\n{say('also_in')} The Same Bridge")
    assert slices(first["text"], first["entities"])[-1] == ("text_link", "The Same Bridge")


async def test_a_shared_link_shows_that_very_passage(tmp_path: Path) -> None:
    async with fake_bot(tmp_path) as bot:
        link = buttons(await bot.ask())[say("share")]
        payload = link.partition("start=")[2]
    async with fake_bot(tmp_path / "elsewhere") as bot:
        shown = await bot.ask(f"/start {payload}")
        assert slices(shown["text"], shown["entities"])[-1] == (
            "bold",
            "The bridge opened in 1907 🎉.",
        )
        assert say("share") in buttons(shown)
        bot.engine.article_texts.clear()
        assert (await bot.ask(f"/start {payload}", message_id=42))["text"] == say("gone")


async def test_an_article_without_address_opens_in_the_chat(tmp_path: Path) -> None:
    engine = FakeEngine(lambda q: Answer(q, True, 0.9, (a_passage(url=None),)))
    engine.article_texts["a1"] = an_article(count=100, url=None)
    async with fake_bot(tmp_path, engine) as bot:
        await bot.feed(press_update(buttons(await bot.ask())[say("open")]))
        page = bot.request.named("sendMessage")[-1]
        assert (
            "The Old Bridge\n1 May 2020 · bridge.md · 1 of 3\n\n¶ 1  It was cold." in page["text"]
        )
        await bot.feed(press_update(buttons(page)[say("next")]))
        second = bot.request.named("editMessageText")[-1]
        assert "2 of 3" in second["text"]
        assert list(buttons(second)) == [say("previous"), say("next")]


async def test_thumbs_and_reasons_are_kept(tmp_path: Path) -> None:
    async with fake_bot(tmp_path) as bot:
        under = buttons(await bot.ask())
        await bot.feed(press_update(under["👍"]))
        await bot.feed(press_update(under["👎"]))
        whys = buttons(bot.request.named("editMessageReplyMarkup")[-1])
        assert list(whys)[:4] == [
            say(f"why_{w}") for w in ("wrong", "outdated", "incomplete", "other")
        ]
        await bot.feed(press_update(whys[say("why_other")]))
        assert "👎" in buttons(bot.request.named("editMessageReplyMarkup")[-1])
        prompt = bot.request.named("sendMessage")[-1]
        assert prompt["text"] == say("why_tell")
        assert prompt["reply_markup"]["force_reply"] is True
        said = await bot.ask("It is about another bridge", reply_to_message=FROM_BOT)
        assert said["text"] == say("thanks_bad")
        assert bot.engine.questions == ["When?"]
        (comment,) = bot.bot.services.feedback.comments(1)
        assert comment.text == "It is about another bridge"
        assert bot.bot.services.feedback.statistics(1).bad == {"other": 1}


async def test_buttons_outlive_a_restart_and_a_rebuild(tmp_path: Path) -> None:
    async with fake_bot(tmp_path) as bot:
        under = buttons(await bot.ask())
    engine = FakeEngine()
    engine.generation = "g2"
    engine.article_texts["a1"] = ArticleText(
        an_article().info, {0: "New first.", 4: a_passage().text}
    )
    async with fake_bot(tmp_path, engine) as bot:
        await bot.feed(press_update(under[say("next")]))
        assert "¶ 5 · 2 of 3" in bot.request.named("editMessageText")[0]["text"]
        engine.article_texts["a1"] = ArticleText(an_article().info, {0: "All is new."})
        await bot.feed(press_update(under[say("next")]))
    assert bot.request.named("answerCallbackQuery")[-1]["text"] == say("gone")


# Conversation


async def test_a_follow_up_asks_about_the_article_before(tmp_path: Path) -> None:
    async with fake_bot(tmp_path) as bot:
        await bot.ask("When did the bridge open?", message_id=41)
        await bot.ask("and who built it?", message_id=42)
        assert Filters(article="a1") in bot.engine.filters
        bot.engine.filters.clear()
        await bot.ask("/new", message_id=43)
        await bot.ask("and who built it?", message_id=44)
        assert bot.engine.filters == [None]


async def test_a_reply_to_a_quote_asks_about_its_article(tmp_path: Path) -> None:
    async with fake_bot(tmp_path) as bot:
        await bot.ask("When did the bridge open?", message_id=41)
        await bot.ask("Which ducks swim there?", message_id=42, reply_to_message=FROM_BOT)
    assert bot.engine.filters[-1] == Filters(article="a1")


async def test_an_edited_question_gets_its_answer_edited(tmp_path: Path) -> None:
    engine = FakeEngine(lambda q: Answer(q, True, 1.0, (a_passage(title=q),)))
    async with fake_bot(tmp_path, engine) as bot:
        original = message_update("Wen?")
        await bot.feed(original)
        for text in ("When?", "When?"):  # the second edit changes something else
            edited = {**original["message"], "text": text, "edit_date": 2}
            update_id = message_update("x")["update_id"]
            await bot.feed({"update_id": update_id, "edited_message": edited})
        (changed,) = bot.request.named("editMessageText")
        assert changed["text"].startswith("When?")
        assert changed["message_id"] == 900
        bot.request.results["editMessageText"] = [failure(400, "message to edit not found")]
        edited = {**original["message"], "text": "Why?", "edit_date": 3}
        await bot.feed({"update_id": message_update("x")["update_id"], "edited_message": edited})
    assert [sent["text"][:4] for sent in bot.request.named("sendMessage")] == ["Wen?", "Why?"]


def an_edit(original: dict[str, Any], text: str, after: int = 1) -> dict[str, Any]:
    """The same message, changed after so many seconds."""
    message = {**original["message"], "text": text, "edit_date": 1 + after}
    return {"update_id": message_update()["update_id"], "edited_message": message}


@pytest.mark.parametrize("first", ["???", "why " * 300])
async def test_what_was_no_question_may_be_edited_into_one(tmp_path: Path, first: str) -> None:
    original = message_update(first)
    async with fake_bot(tmp_path) as bot:
        await bot.feed(original)
        assert bot.engine.questions == []
        await bot.feed(an_edit(original, "When?"))
        assert bot.engine.questions == ["When?"]
        await bot.feed(an_edit(message_update("?", message_id=2), "Why?", after=3_600))
        assert bot.engine.questions == ["When?"]


async def test_an_answer_of_nothing_is_edited_too(tmp_path: Path) -> None:
    engine = FakeEngine(lambda q: an_answer(3 * (q == "When?"), q == "When?", q))
    original = message_update("Wen?")
    async with fake_bot(tmp_path, engine) as bot:
        await bot.feed(original)
        await bot.feed(an_edit(original, "When?"))
    assert len(bot.request.named("sendMessage")) == 1
    (edited,) = bot.request.named("editMessageText")
    assert "1907" in edited["text"]


@pytest.mark.parametrize("text", ["/search bridges", "/remove a1", "/ask@other_bot When?", "/ask"])
async def test_an_edited_command_is_no_question(tmp_path: Path, text: str) -> None:
    async with fake_bot(tmp_path) as bot:
        await bot.feed(an_edit(message_update("/new"), text))
        assert bot.request.calls == []
        await bot.feed(an_edit(message_update("/ask"), "/ask When?"))
    assert bot.engine.questions == ["When?"]


async def test_a_reply_to_a_passage_of_a_list_asks_about_its_article(tmp_path: Path) -> None:
    request = FakeRequest(sendMessage=numbered_messages())
    async with fake_bot(tmp_path, request=request) as bot:
        found = await bot.ask("/search bridges")
        await bot.feed(press_update(buttons(found)["2"]))
        opened = {**FROM_BOT, "message_id": 902}
        await bot.ask("Which ducks swim there?", message_id=42, reply_to_message=opened)
    assert bot.engine.filters[-1] == Filters(article="a1")


async def test_a_reply_to_a_quote_without_memory_asks_about_its_article(tmp_path: Path) -> None:
    """An inline quote that somebody posted, or an answer that was forgotten, has a deep link."""
    link = f"https://t.me/quotes_bot?start={PassageRef.of(a_passage()).link}"
    keyboard = {"inline_keyboard": [[{"text": "More", "url": link}]]}
    posted = {**FROM_BOT, "message_id": 77, "from": ANN, "via_bot": BOT, "chat": GROUP}
    async with fake_bot(tmp_path) as bot:
        above = {**posted, "reply_markup": keyboard}
        await bot.ask("/ask Which ducks swim there?", chat=GROUP, reply_to_message=above)
        assert bot.engine.filters[-1] == Filters(article="a1")
        bot.engine.article_texts.clear()
        await bot.ask("/ask Which frogs sing in old ponds?", chat=GROUP, reply_to_message=above)
        assert bot.engine.filters[-1] is None


async def test_ask_alone_in_reply_to_the_bot_asks_for_a_question(tmp_path: Path) -> None:
    async with fake_bot(tmp_path) as bot:
        sent = await bot.ask("/ask", reply_to_message=FROM_BOT)
        assert sent["text"] == say("ask_usage")
        above = message_update("When did it open?", message_id=30)["message"]
        await bot.ask("/ask", reply_to_message=above, message_id=42)
    assert bot.engine.questions == ["When did it open?"]


@pytest.mark.parametrize("passed_on", ["forward_origin", "via_bot"])
async def test_a_command_in_a_message_that_is_passed_on_is_no_order(
    tmp_path: Path, passed_on: str
) -> None:
    other = {"id": 5, "is_bot": True, "first_name": "Other", "username": "other_bot"}
    origin = {"type": "user", "date": 1, "sender_user": ANN}
    what = {"forward_origin": origin, "via_bot": other}[passed_on]
    async with fake_bot(tmp_path) as bot:
        shown = buttons(await bot.ask("/forget"))
        await bot.feed(message_update("/new", message_id=42, **{passed_on: what}))
        await bot.feed(message_update("/ban 7", message_id=43, **{passed_on: what}))
    texts = [sent["text"] for sent in bot.request.named("sendMessage")]
    assert say("forget_yes") in shown
    assert say("new_done") not in texts
    assert say("admin_only") not in texts


async def test_settings_change_language_passages_and_filters(tmp_path: Path) -> None:
    async with fake_bot(tmp_path) as bot:
        shown = await bot.ask("/settings")
        assert "✓ Automatic" in buttons(shown)
        for label in ("Русский", "3", "en", "Past year"):
            await bot.feed(press_update(buttons(shown)[label]))
        after = bot.request.named("editMessageText")[-1]
        assert {"✓ Русский", "✓ 3", "✓ en", "✓ За год"} <= set(buttons(after))
        assert "example.org" in (await bot.ask("/settings source example.org"))["text"]
        await bot.ask("When?", message_id=42)
        (wanted,) = bot.engine.filters
        assert wanted is not None
        assert (wanted.language, wanted.source) == ("en", "example.org")
        assert wanted.after is not None
        assert bot.engine.counts == [3]
        assert (await bot.ask("?"))["text"] == catalog_for("ru")("ask_in_words")


async def test_the_language_is_the_persons_own(tmp_path: Path) -> None:
    async with fake_bot(tmp_path) as bot:
        sent = await bot.ask("/start", **{"from": {**ANN, "language_code": "ru"}})
        assert sent["text"] == catalog_for("ru")("start")


async def test_privacy_and_forgetting(tmp_path: Path) -> None:
    async with fake_bot(tmp_path) as bot:
        under = buttons(await bot.ask("When?"))
        assert "300" in (await bot.ask("/privacy"))["text"]
        asked = await bot.ask("/forget")
        await bot.feed(press_update(buttons(asked)[say("forget_no")]))
        assert bot.request.named("editMessageText")[-1]["text"] == say("forget_kept")
        await bot.feed(press_update(buttons(asked)[say("forget_yes")]))
        assert bot.request.named("editMessageText")[-1]["text"] == say("forget_done")
        await bot.feed(press_update(under[say("next")]))
        assert bot.request.named("answerCallbackQuery")[-1]["text"] == say("forgotten")
        assert bot.bot.services.feedback.statistics(1).questions == 0


async def test_looking_around(tmp_path: Path) -> None:
    engine = FakeEngine()
    engine.article_texts |= {
        f"b{n}": an_article(f"b{n}", f"Bridge {n}", url=None) for n in range(14)
    }
    async with fake_bot(tmp_path, engine) as bot:
        found = await bot.ask("/search bridges")
        assert say("search_heading", question="bridges") in found["text"]
        assert (
            "1. The Old Bridge\n1 May 2020 · example.org\nThe bridge opened in 1907 🎉."
            in found["text"]
        )
        await bot.feed(press_update(buttons(found)["2"]))
        assert "2 of 3" in bot.request.named("sendMessage")[-1]["text"]
        listed = await bot.ask("/sources")
        assert "15" in listed["text"]
        await bot.feed(press_update(buttons(listed)[say("next")]))
        second = bot.request.named("editMessageText")[-1]
        assert "15. The Old Bridge" in second["text"]
        await bot.feed(press_update(buttons(second)["15"]))
        assert "¶ 5  It was cold." in bot.request.named("sendMessage")[-1]["text"]
        several = await bot.ask("/article bridge")
        assert several["text"].startswith(say("article_several"))
        assert (await bot.ask("/article old bridge"))["text"].startswith("The Old Bridge")
        assert (await bot.ask("/article b13"))["text"].startswith("Bridge 13")


@pytest.mark.parametrize("now", [0.0, 1e9, 4e9])
async def test_a_wrong_clock_costs_nobody_an_answer(
    now: float, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = FakeEngine()
    with monkeypatch.context() as wrong:
        wrong.setattr("time.time", lambda: now)
        async with fake_bot(tmp_path, engine) as bot:
            under = buttons(await bot.ask("When did the bridge open?"))
            await bot.ask("and who built it?", message_id=42)
            assert engine.filters[-1] == Filters(article="a1")
            await bot.feed(press_update(under[say("next")]))
            assert "2 of 3" in bot.request.named("editMessageText")[-1]["text"]
            bot.bot.services.chats.purge()
            await bot.feed(press_update(under["👍"]))
            assert bot.request.named("answerCallbackQuery")[-1]["text"] == say("thanks")
    engine.filters.clear()
    async with fake_bot(tmp_path, engine) as bot:  # the clock was set right
        await bot.ask("and who built it?", message_id=43)
        assert engine.filters == [None]  # what was talked about then is long ago, or to come
        for number in range(25):
            await bot.ask(f"When was bridge {number} built?", message_id=100 + number)
    assert len(engine.filters) == 26
