"""What a conversation is made of, beyond a question and its answer."""

import asyncio
import threading
from pathlib import Path
from typing import Any

import pytest
from fakes import (
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
    fed,
    message_update,
    press_update,
    slices,
)

from bot.places import Place
from bot.words import words_in
from index.answer import AlsoIn, Answer, Filters
from index.lookup import ArticleText

say = words_in("en")
FROM_BOT = {"message_id": 900, "date": 1, "chat": PRIVATE, "from": BOT, "text": "sent"}


def mention(text: str, name: str = "@quotes_bot") -> dict[str, Any]:
    place = len(text[: text.index(name)].encode("utf-16-le")) // 2
    return {"entities": [{"type": "mention", "offset": place, "length": len(name)}]}


def sent_text(answer: tuple[int, Any]) -> list[Any]:
    return [answer, (200, {"ok": True, "result": FROM_BOT})]


def numbered_messages() -> list[Any]:
    """A message of the bot for each call, with numbers from 901."""
    return [(200, {"ok": True, "result": {**FROM_BOT, "message_id": 901 + n}}) for n in range(9)]


# Answers


@pytest.mark.parametrize("refusal", ["QUOTE_TEXT_INVALID", "message quote not found"])
async def test_a_quote_that_is_refused_is_left_off(tmp_path: Path, refusal: str) -> None:
    request = FakeRequest(sendMessage=sent_text(failure(400, f"Bad Request: {refusal}")))
    async with fed(tmp_path, request=request) as bot:
        await bot.ask("When?")
    first, second = request.named("sendMessage")
    assert first["reply_parameters"]["quote"] == "When?"
    assert "quote" not in second["reply_parameters"]
    assert second["text"] == first["text"]


async def test_entities_or_buttons_that_are_refused_cost_no_answer(tmp_path: Path) -> None:
    request = FakeRequest(sendMessage=sent_text(failure(400, "Bad Request: BUTTON_URL_INVALID")))
    async with fed(tmp_path, request=request) as bot:
        await bot.ask("When?")
    assert request.named("sendMessage")[1]["entities"] == []
    assert "1907" in request.named("sendMessage")[1]["text"]


async def test_a_question_with_formatting_is_not_quoted(tmp_path: Path) -> None:
    async with fed(tmp_path) as bot:
        bold = [{"type": "bold", "offset": 0, "length": 4}]
        await bot.feed(message_update("When?", entities=bold))
    assert "quote" not in bot.request.named("sendMessage")[0]["reply_parameters"]


async def test_more_context_and_less(tmp_path: Path) -> None:
    engine = FakeEngine(lambda q: Answer(q, True, 0.9, (a_passage(paragraph=2),)))
    texts = {n: f"Paragraph {n}." for n in range(5)} | {2: a_passage().text}
    engine.shelf["a1"] = ArticleText(an_article().info, texts)
    async with fed(tmp_path, engine) as bot:
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
    engine.shelf["a2"] = an_article("a2")
    async with fed(tmp_path, engine) as bot:
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
    async with fed(tmp_path) as bot:
        link = buttons(await bot.ask())[say("share")]
        payload = link.partition("start=")[2]
    async with fed(tmp_path / "elsewhere") as bot:
        shown = await bot.ask(f"/start {payload}")
        assert slices(shown["text"], shown["entities"])[-1] == (
            "bold",
            "The bridge opened in 1907 🎉.",
        )
        assert say("share") in buttons(shown)
        bot.engine.shelf.clear()
        assert (await bot.ask(f"/start {payload}", message_id=42))["text"] == say("gone")


async def test_an_article_without_address_opens_in_the_chat(tmp_path: Path) -> None:
    engine = FakeEngine(lambda q: Answer(q, True, 0.9, (a_passage(url=None),)))
    engine.shelf["a1"] = an_article(count=100, url=None)
    async with fed(tmp_path, engine) as bot:
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
    async with fed(tmp_path) as bot:
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
        (row,) = bot.bot.desk.state.rows("SELECT * FROM feedback")
        assert (row["verdict"], row["comment"]) == ("other", "It is about another bridge")
        assert bot.bot.desk.records.figures(1).reasons == {"other": 1}


async def test_buttons_outlive_a_restart_and_a_rebuild(tmp_path: Path) -> None:
    async with fed(tmp_path) as bot:
        under = buttons(await bot.ask())
    engine = FakeEngine()
    engine.generation = "g2"
    engine.shelf["a1"] = ArticleText(an_article().info, {0: "New first.", 4: a_passage().text})
    async with fed(tmp_path, engine) as bot:
        await bot.feed(press_update(under[say("next")]))
        assert "¶ 5 · 2 of 3" in bot.request.named("editMessageText")[0]["text"]
        engine.shelf["a1"] = ArticleText(an_article().info, {0: "All is new."})
        await bot.feed(press_update(under[say("next")]))
    assert bot.request.named("answerCallbackQuery")[-1]["text"] == say("gone")


# Conversation


async def test_a_follow_up_asks_about_the_article_before(tmp_path: Path) -> None:
    async with fed(tmp_path) as bot:
        await bot.ask("When did the bridge open?", message_id=41)
        await bot.ask("and who built it?", message_id=42)
        assert Filters(article="a1") in bot.engine.filters
        bot.engine.filters.clear()
        await bot.ask("/new", message_id=43)
        await bot.ask("and who built it?", message_id=44)
        assert bot.engine.filters == [None]


async def test_a_reply_to_a_quote_asks_about_its_article(tmp_path: Path) -> None:
    async with fed(tmp_path) as bot:
        await bot.ask("When did the bridge open?", message_id=41)
        await bot.ask("Which ducks swim there?", message_id=42, reply_to_message=FROM_BOT)
    assert bot.engine.filters[-1] == Filters(article="a1")


async def test_an_edited_question_gets_its_answer_edited(tmp_path: Path) -> None:
    engine = FakeEngine(lambda q: Answer(q, True, 1.0, (a_passage(title=q),)))
    async with fed(tmp_path, engine) as bot:
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
    async with fed(tmp_path) as bot:
        await bot.feed(original)
        assert bot.engine.questions == []
        await bot.feed(an_edit(original, "When?"))
        assert bot.engine.questions == ["When?"]
        await bot.feed(an_edit(message_update("?", message_id=2), "Why?", after=3_600))
        assert bot.engine.questions == ["When?"]


async def test_an_answer_of_nothing_is_edited_too(tmp_path: Path) -> None:
    engine = FakeEngine(lambda q: an_answer(3 * (q == "When?"), q == "When?", q))
    original = message_update("Wen?")
    async with fed(tmp_path, engine) as bot:
        await bot.feed(original)
        await bot.feed(an_edit(original, "When?"))
    assert len(bot.request.named("sendMessage")) == 1
    (edited,) = bot.request.named("editMessageText")
    assert "1907" in edited["text"]


@pytest.mark.parametrize("text", ["/search bridges", "/remove a1", "/ask@other_bot When?", "/ask"])
async def test_an_edited_command_is_no_question(tmp_path: Path, text: str) -> None:
    async with fed(tmp_path) as bot:
        await bot.feed(an_edit(message_update("/new"), text))
        assert bot.request.calls == []
        await bot.feed(an_edit(message_update("/ask"), "/ask When?"))
    assert bot.engine.questions == ["When?"]


async def test_a_reply_to_a_passage_of_a_list_asks_about_its_article(tmp_path: Path) -> None:
    request = FakeRequest(sendMessage=numbered_messages())
    async with fed(tmp_path, request=request) as bot:
        found = await bot.ask("/search bridges")
        await bot.feed(press_update(buttons(found)["2"]))
        opened = {**FROM_BOT, "message_id": 902}
        await bot.ask("Which ducks swim there?", message_id=42, reply_to_message=opened)
    assert bot.engine.filters[-1] == Filters(article="a1")


async def test_a_reply_to_a_quote_without_memory_asks_about_its_article(tmp_path: Path) -> None:
    """An inline quote that somebody posted, or an answer that was forgotten, has a deep link."""
    link = f"https://t.me/quotes_bot?start={Place.of(a_passage()).link}"
    keyboard = {"inline_keyboard": [[{"text": "More", "url": link}]]}
    posted = {**FROM_BOT, "message_id": 77, "from": ANN, "via_bot": BOT, "chat": GROUP}
    async with fed(tmp_path) as bot:
        above = {**posted, "reply_markup": keyboard}
        await bot.ask("/ask Which ducks swim there?", chat=GROUP, reply_to_message=above)
        assert bot.engine.filters[-1] == Filters(article="a1")
        bot.engine.shelf.clear()
        await bot.ask("/ask Which frogs sing in old ponds?", chat=GROUP, reply_to_message=above)
        assert bot.engine.filters[-1] is None


async def test_ask_alone_in_reply_to_the_bot_asks_for_a_question(tmp_path: Path) -> None:
    async with fed(tmp_path) as bot:
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
    async with fed(tmp_path) as bot:
        shown = buttons(await bot.ask("/forget"))
        await bot.feed(message_update("/new", message_id=42, **{passed_on: what}))
        await bot.feed(message_update("/ban 7", message_id=43, **{passed_on: what}))
    texts = [sent["text"] for sent in bot.request.named("sendMessage")]
    assert say("forget_yes") in shown
    assert say("new_done") not in texts
    assert say("admin_only") not in texts


async def test_settings_change_language_passages_and_filters(tmp_path: Path) -> None:
    async with fed(tmp_path) as bot:
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
        assert (await bot.ask("?"))["text"] == words_in("ru")("ask_in_words")


async def test_the_language_is_the_persons_own(tmp_path: Path) -> None:
    async with fed(tmp_path) as bot:
        sent = await bot.ask("/start", **{"from": {**ANN, "language_code": "ru"}})
        assert sent["text"] == words_in("ru")("start")


async def test_privacy_and_forgetting(tmp_path: Path) -> None:
    async with fed(tmp_path) as bot:
        under = buttons(await bot.ask("When?"))
        assert "300" in (await bot.ask("/privacy"))["text"]
        asked = await bot.ask("/forget")
        await bot.feed(press_update(buttons(asked)[say("forget_no")]))
        assert bot.request.named("editMessageText")[-1]["text"] == say("forget_kept")
        await bot.feed(press_update(buttons(asked)[say("forget_yes")]))
        assert bot.request.named("editMessageText")[-1]["text"] == say("forget_done")
        await bot.feed(press_update(under[say("next")]))
        assert bot.request.named("answerCallbackQuery")[-1]["text"] == say("forgotten")
        assert bot.bot.desk.state.rows("SELECT * FROM questions") == []


async def test_looking_around(tmp_path: Path) -> None:
    engine = FakeEngine()
    engine.shelf |= {f"b{n}": an_article(f"b{n}", f"Bridge {n}", url=None) for n in range(14)}
    async with fed(tmp_path, engine) as bot:
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


# Groups


CHANNEL = {"id": -70, "type": "channel", "title": "News"}
POST = {"message_id": 41, "date": 1, "chat": CHANNEL, "text": "/ask When?"}
COMMAND = {"type": "bot_command", "offset": 0, "length": 4}
LATER = "🎉 @Quotes_Bot, when?"


@pytest.mark.parametrize(
    ("update", "question"),
    [
        (message_update("/ask When?", GROUP), "When?"),
        (message_update("/ask@quotes_bot When?", GROUP), "When?"),
        (message_update("@quotes_bot When?", GROUP, **mention("@quotes_bot When?")), "When?"),
        (message_update(LATER, GROUP, **mention(LATER, "@Quotes_Bot")), "🎉 when?"),
        (message_update("Why?", GROUP, reply_to_message={**FROM_BOT, "chat": GROUP}), "Why?"),
        ({"update_id": 800_001, "channel_post": {**POST, "entities": [COMMAND]}}, "When?"),
    ],
)
async def test_a_group_is_answered_when_the_bot_is_addressed(
    tmp_path: Path, update: dict[str, Any], question: str
) -> None:
    async with fed(tmp_path) as bot:
        await bot.feed(update)
    assert bot.engine.questions == [question]
    (sent,) = bot.request.named("sendMessage")
    assert sent["chat_id"] == -70
    assert sent["reply_parameters"]["message_id"] == 41


async def test_a_mention_in_reply_answers_the_message_above(tmp_path: Path) -> None:
    above = message_update("When did it open?", GROUP, message_id=30)["message"]
    async with fed(tmp_path) as bot:
        await bot.feed(
            message_update("@quotes_bot", GROUP, reply_to_message=above, **mention("@quotes_bot"))
        )
    (sent,) = bot.request.named("sendMessage")
    assert bot.engine.questions == ["When did it open?"]
    assert sent["reply_parameters"]["message_id"] == 30
    assert sent["reply_parameters"]["quote"] == "When did it open?"


async def test_answers_stay_in_their_topic(tmp_path: Path) -> None:
    async with fed(tmp_path) as bot:
        topic = {"message_thread_id": 5, "is_topic_message": True}
        await bot.ask("/ask When?", chat={**GROUP, "is_forum": True}, **topic)
        assert bot.request.named("sendMessage")[-1]["message_thread_id"] == 5
        await bot.ask("/ask Why?", chat=GROUP, message_thread_id=5, message_id=42)
        assert "message_thread_id" not in bot.request.named("sendMessage")[-1]


async def test_a_group_that_becomes_a_supergroup(tmp_path: Path) -> None:
    old = {"id": -5, "type": "group", "title": "Readers"}
    moved = [failure(400, "group chat was upgraded", migrate_to_chat_id=-1005)]
    request = FakeRequest(sendMessage=[*moved, (200, {"ok": True, "result": FROM_BOT})])
    async with fed(tmp_path, request=request) as bot:
        await bot.ask("/ask When?", chat=old)
        assert [sent["chat_id"] for sent in request.named("sendMessage")] == [-5, -1005]
        assert bot.bot.desk.state.context(-5, 7) is not None
        await bot.feed(message_update(migrate_to_chat_id=-1005, chat=old))
        assert bot.bot.desk.state.context(-1005, 7) is not None


async def test_only_admins_change_a_groups_settings(tmp_path: Path) -> None:
    member = {"status": "member", "user": ANN}
    async with fed(tmp_path, request=FakeRequest(getChatMember=member)) as bot:
        shown = await bot.ask("/settings source x", chat=GROUP)
        assert shown["text"] == say("settings_admins")
        anonymous = {"id": 1_087_968_824, "is_bot": True, "first_name": "Group"}
        shown = await bot.ask(
            "/settings source x", chat=GROUP, sender_chat=GROUP, **{"from": anonymous}
        )
        assert say("settings_source", source="x") in shown["text"]


# Who may, and how much


async def test_a_closed_bot_tells_strangers_their_id_and_serves_the_others(tmp_path: Path) -> None:
    async with fed(tmp_path, allowed_ids=(8, -70), admin_ids=(99,)) as bot:
        assert (await bot.ask())["text"] == say("closed", id=7)
        await bot.feed(message_update("Anybody here?", {**GROUP, "id": -71}))
        assert len(bot.request.calls) == 1
        await bot.feed(press_update("p:x:1"))
        assert bot.request.named("answerCallbackQuery")[0]["text"] == say("closed", id=7)
        for number in range(5):
            await bot.ask(message_id=50 + number)
        assert len(bot.request.named("sendMessage")) == 3
        assert bot.engine.questions == []
        await bot.ask("/ask Where?", chat=GROUP)
        await bot.ask("When?", **{"from": {**ANN, "id": 99}})
        await bot.ask("Who?", **{"from": {**ANN, "id": 8}, "message_id": 43})
    assert bot.engine.questions == ["Where?", "When?", "Who?"]


async def test_somebody_who_asks_too_fast_is_warned_once(tmp_path: Path) -> None:
    async with fed(tmp_path) as bot:
        for number in range(34):
            await bot.ask(f"When {number}?", message_id=number + 1)
    texts = [sent["text"] for sent in bot.request.named("sendMessage")]
    assert len(texts) == 31
    assert texts.count(say("slow_down")) == 1


async def test_one_question_of_a_person_runs_at_a_time(tmp_path: Path) -> None:
    running, most = 0, 0
    lock, go_on = threading.Lock(), threading.Event()

    def answer(question: str) -> Answer:
        nonlocal running, most
        with lock:
            running += 1
            most = max(most, running)
        go_on.wait(10)
        with lock:
            running -= 1
        return an_answer(question=question)

    async with fed(tmp_path, FakeEngine(answer)) as bot:
        tasks = [
            asyncio.create_task(bot.feed(message_update(f"When {n}?", message_id=n + 1)))
            for n in range(24)
        ]
        async with asyncio.timeout(10):
            while sum(task.done() for task in tasks) < 3:  # noqa: ASYNC110
                await asyncio.sleep(0.01)
        go_on.set()
        await asyncio.gather(*tasks)
    texts = [sent["text"] for sent in bot.request.named("sendMessage")]
    assert most == 1
    assert texts.count(say("slow_down")) == 1
    assert len(texts) == 22  # one ran, twenty waited, three found the queue full


async def test_questions_are_logged_only_if_wanted(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level("INFO"):
        async with fed(tmp_path, log_questions=False) as bot:
            await bot.ask("secret question")
            assert bot.bot.desk.records.figures(1).questions == 1
            assert bot.bot.desk.state.rows("SELECT text FROM questions")[0]["text"] is None
        assert "secret" not in caplog.text
        async with fed(tmp_path / "b") as bot:
            await bot.ask("open\nquestion " + "x" * 400)
    assert "open\\nquestion" in caplog.text
    assert "x" * 286 in caplog.text
    assert "x" * 287 not in caplog.text


async def test_in_a_group_whoever_disliked_is_asked_by_name(tmp_path: Path) -> None:
    where = {"message_id": 900, "date": 2_000_000_000, "chat": GROUP, "from": BOT, "text": "sent"}
    async with fed(tmp_path) as bot:
        under = buttons(await bot.ask("/ask When?", chat=GROUP))
        await bot.feed(press_update(under["👎"], message=where))
        assert bot.request.named("answerCallbackQuery")[-1]["text"] == say("why")
        assert bot.bot.desk.records.figures(1).reasons == {"unsaid": 1}
        whys = buttons(bot.request.named("editMessageReplyMarkup")[-1])
        await bot.feed(press_update(whys[say("why_other")], message=where))
    prompt = bot.request.named("sendMessage")[-1]
    assert prompt["text"] == f"Ann, {say('why_tell')}"
    assert slices(prompt["text"], prompt["entities"]) == [("text_mention", "Ann")]
    assert prompt["entities"][0]["user"]["id"] == 7
    assert prompt["reply_markup"] == {"force_reply": True, "selective": True}


async def test_a_group_has_a_limit_of_its_own(tmp_path: Path) -> None:
    async with fed(tmp_path) as bot:
        for number in range(34):
            someone = {**ANN, "id": 1_000 + number}
            await bot.ask(
                f"/ask When {number}?", chat=GROUP, message_id=number + 1, **{"from": someone}
            )
        await bot.ask("When?", message_id=99)
    texts = [sent["text"] for sent in bot.request.named("sendMessage")]
    assert texts.count(say("slow_down_group")) == 1
    assert len(texts) == 32
