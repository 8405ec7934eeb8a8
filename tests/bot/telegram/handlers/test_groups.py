"""Groups and channels: when the bot speaks there, and where."""

from pathlib import Path
from typing import Any

import pytest

from bot.i18n.catalog import catalog_for
from tests.fakes import (
    ANN,
    BOT,
    GROUP,
    PRIVATE,
    FakeRequest,
    buttons,
    failure,
    fake_bot,
    message_update,
    press_update,
    slices,
)

say = catalog_for("en")
FROM_BOT = {"message_id": 900, "date": 1, "chat": PRIVATE, "from": BOT, "text": "sent"}


def mention(text: str, name: str = "@quotes_bot") -> dict[str, Any]:
    place = len(text[: text.index(name)].encode("utf-16-le")) // 2
    return {"entities": [{"type": "mention", "offset": place, "length": len(name)}]}


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
    async with fake_bot(tmp_path) as bot:
        await bot.feed(update)
    assert bot.engine.questions == [question]
    (sent,) = bot.request.named("sendMessage")
    assert sent["chat_id"] == -70
    assert sent["reply_parameters"]["message_id"] == 41


async def test_a_mention_in_reply_answers_the_message_above(tmp_path: Path) -> None:
    above = message_update("When did it open?", GROUP, message_id=30)["message"]
    async with fake_bot(tmp_path) as bot:
        await bot.feed(
            message_update("@quotes_bot", GROUP, reply_to_message=above, **mention("@quotes_bot"))
        )
    (sent,) = bot.request.named("sendMessage")
    assert bot.engine.questions == ["When did it open?"]
    assert sent["reply_parameters"]["message_id"] == 30
    assert sent["reply_parameters"]["quote"] == "When did it open?"


async def test_answers_stay_in_their_topic(tmp_path: Path) -> None:
    async with fake_bot(tmp_path) as bot:
        topic = {"message_thread_id": 5, "is_topic_message": True}
        await bot.ask("/ask When?", chat={**GROUP, "is_forum": True}, **topic)
        assert bot.request.named("sendMessage")[-1]["message_thread_id"] == 5
        await bot.ask("/ask Why?", chat=GROUP, message_thread_id=5, message_id=42)
        assert "message_thread_id" not in bot.request.named("sendMessage")[-1]


async def test_a_group_that_becomes_a_supergroup(tmp_path: Path) -> None:
    old = {"id": -5, "type": "group", "title": "Readers"}
    moved = [failure(400, "group chat was upgraded", migrate_to_chat_id=-1005)]
    request = FakeRequest(sendMessage=[*moved, (200, {"ok": True, "result": FROM_BOT})])
    async with fake_bot(tmp_path, request=request) as bot:
        await bot.ask("/ask When?", chat=old)
        assert [sent["chat_id"] for sent in request.named("sendMessage")] == [-5, -1005]
        assert bot.bot.services.chats.context(-5, 7) is not None
        await bot.feed(message_update(migrate_to_chat_id=-1005, chat=old))
        assert bot.bot.services.chats.context(-1005, 7) is not None


async def test_only_admins_change_a_groups_settings(tmp_path: Path) -> None:
    member = {"status": "member", "user": ANN}
    async with fake_bot(tmp_path, request=FakeRequest(getChatMember=member)) as bot:
        shown = await bot.ask("/settings source x", chat=GROUP)
        assert shown["text"] == say("settings_admins")
        anonymous = {"id": 1_087_968_824, "is_bot": True, "first_name": "Group"}
        shown = await bot.ask(
            "/settings source x", chat=GROUP, sender_chat=GROUP, **{"from": anonymous}
        )
        assert say("settings_source", source="x") in shown["text"]


async def test_in_a_group_whoever_disliked_is_asked_by_name(tmp_path: Path) -> None:
    where = {"message_id": 900, "date": 2_000_000_000, "chat": GROUP, "from": BOT, "text": "sent"}
    async with fake_bot(tmp_path) as bot:
        under = buttons(await bot.ask("/ask When?", chat=GROUP))
        await bot.feed(press_update(under["👎"], message=where))
        assert bot.request.named("answerCallbackQuery")[-1]["text"] == say("why")
        assert bot.bot.services.feedback.statistics(1).bad == {"unsaid": 1}
        whys = buttons(bot.request.named("editMessageReplyMarkup")[-1])
        await bot.feed(press_update(whys[say("why_other")], message=where))
    prompt = bot.request.named("sendMessage")[-1]
    assert prompt["text"] == f"Ann, {say('why_tell')}"
    assert slices(prompt["text"], prompt["entities"]) == [("text_mention", "Ann")]
    assert prompt["entities"][0]["user"]["id"] == 7
    assert prompt["reply_markup"] == {"force_reply": True, "selective": True}


async def test_a_group_has_a_limit_of_its_own(tmp_path: Path) -> None:
    async with fake_bot(tmp_path) as bot:
        for number in range(34):
            someone = {**ANN, "id": 1_000 + number}
            await bot.ask(
                f"/ask When {number}?", chat=GROUP, message_id=number + 1, **{"from": someone}
            )
        await bot.ask("When?", message_id=99)
    texts = [sent["text"] for sent in bot.request.named("sendMessage")]
    assert texts.count(say("slow_down_group")) == 1
    assert len(texts) == 32
