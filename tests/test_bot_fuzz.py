# ruff: noqa: E501  # the tables read better wide
"""Random and hostile updates: whatever comes, nothing goes unhandled and entities fit."""

import json
import logging
import random
import string
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from fakes import ANN, BOT, FakeEngine, FakeRequest, a_passage, an_article, fed, slices
from telegram import Update

from bot.limits import Verdict
from bot.polling import UNPARSED
from index.answer import Answer, Quote
from index.lookup import ArticleText

UPDATES = 10_000
NASTY = [
    "", " ", "\n", "\u200b", "\u200d", "\u202e", "\u2066", "\ufeff", "e\u0301" * 9, "\ud83d", "\udc00",
    "😀", "👩‍👩‍👧‍👦", "🇫🇮", "👍🏽", "漢字。", "שלום", "العربية", "/start", "/ask", "/ask@quotes_bot", "@quotes_bot",
    "/settings source", "/article", "/search", "/remove", "/ban", "{0}", "{count}", "%s", "<b>", "*_`[x](y)",
    "'; DROP TABLE answers; --", "../../etc/passwd", "\x00", "When did the bridge open?", "?", "и когда?",
]  # fmt: skip
KINDS = ["mention", "hashtag", "cashtag", "bot_command", "url", "email", "phone_number", "bold", "italic",
         "underline", "strikethrough", "spoiler", "blockquote", "expandable_blockquote", "code", "pre",
         "text_link", "text_mention", "custom_emoji", "date_time", "never_heard_of"]  # fmt: skip
CHATS = ["private", "group", "supergroup", "channel", "unheard"]
DATA = ["p:x:1", "p::", "m:x:1:9", "a:0:0", "l:99999999999", "l:-1", "s:lang:xx", "s:::", "f:yes", "d:0",
        "r:x:1:q", "n:x", "\x00", "p" * 64, "{}", "b:x:١", "o:x:²", "a:x", "s:k", "g:x"]  # fmt: skip


class Fuzz:
    """Makes updates, half of them nearly right."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)  # noqa: S311
        self.number = 0
        self.keys: list[str] = []

    def text(self) -> str:
        pieces = [self.random.choice(NASTY) for _ in range(self.random.randint(1, 6))]
        if self.random.random() < 0.05:
            pieces.append(self.random.choice(string.ascii_letters + "б漢😀") * 5_000)
        return self.random.choice(["", " "]).join(pieces)

    def chat(self) -> dict[str, Any]:
        kind = self.random.choice(CHATS)
        number = 7 if kind == "private" else -self.random.randint(1, 5)
        return {"id": number, "type": kind, "title": self.text()}

    def entity(self, text: str) -> dict[str, Any]:
        size = len(text.encode("utf-16-le", "surrogatepass")) // 2
        begin = self.random.randint(0, max(0, size - 1))
        found = {"type": self.random.choice(KINDS), "offset": begin,
                 "length": self.random.randint(1, max(1, size - begin))}  # fmt: skip
        if found["type"] == "text_mention":
            found["user"] = self.random.choice([ANN, BOT])
        if self.random.random() < 0.1:
            found["offset"] = self.random.choice([-1, 10**6])
        return found

    def message(self, depth: int = 0) -> dict[str, Any]:
        text = self.text()
        message: dict[str, Any] = {"message_id": self.random.randint(1, 500), "date": 1,
                                   "chat": self.chat(), "from": self.random.choice([ANN, BOT])}  # fmt: skip
        self._fill(message, text)
        if depth < 2 and self.random.random() < 0.3:
            message["reply_to_message"] = self.message(depth + 1)
        if self.random.random() < 0.1:
            message.pop(self.random.choice(list(message)))
        return message

    def _fill(self, message: dict[str, Any], text: str) -> None:
        field = self.random.choice(
            ["text", "text", "text", "caption", "dice", "location", "document"]
        )
        if field in ("text", "caption"):
            message[field] = text
            name = "entities" if field == "text" else "caption_entities"
            message[name] = [self.entity(text) for _ in range(self.random.randint(0, 3))]
            if text.startswith("/"):
                command = {"type": "bot_command", "offset": 0, "length": len(text.split()[0])}
                message[name].insert(0, command)
        elif field == "dice":
            message["dice"] = {"emoji": "🎲", "value": 1}
        elif field == "location":
            message["location"] = {"latitude": 1, "longitude": 1}
        else:
            message["document"] = {"file_id": "f", "file_unique_id": "u", "file_name": text}
        if self.random.random() < 0.2:
            extra = self.random.choice(["via_bot", "sender_chat", "migrate_to_chat_id",
                                        "is_topic_message", "new_chat_members", "forward_origin"])  # fmt: skip
            message[extra] = {
                "via_bot": BOT, "sender_chat": self.chat(), "migrate_to_chat_id": -1005,
                "is_topic_message": True, "new_chat_members": [BOT],
                "forward_origin": {"type": "hidden_user", "date": 1, "sender_user_name": text},
            }[extra]  # fmt: skip

    def update(self) -> dict[str, Any]:
        self.number += 1
        kind = self.random.choice(
            ["message", "message", "edited_message", "channel_post", "edited_channel_post",
             "callback_query", "callback_query", "inline_query", "poll_answer", "chat_member"]
        )  # fmt: skip
        if kind == "callback_query":
            key = self.random.choice(self.keys or ["x"])
            data = self.random.choice([*DATA, *(d.replace(":x", f":{key}") for d in DATA)])
            body: dict[str, Any] = {"id": "q", "from": ANN, "chat_instance": "c", "data": data}
            what = self.random.random()
            if what < 0.7:
                body["message"] = {
                    "message_id": 900,
                    "date": 1,
                    "chat": {"id": 7, "type": "private"},
                }
            elif what < 0.8:
                body["message"] = {
                    "message_id": 900,
                    "date": 0,
                    "chat": {"id": 7, "type": "private"},
                }
            elif what < 0.9:
                body["inline_message_id"] = "i"
            if self.random.random() < 0.1:
                body.pop("data")
                body["game_short_name"] = "g"
        elif kind == "inline_query":
            body = {"id": "i", "from": ANN, "query": self.text()[:256], "offset": self.text()[:64]}
        else:
            body = self.message()
        return {"update_id": self.number, kind: body}


def hostile(fuzz: Fuzz, question: str) -> Answer:
    passages = []
    for number in range(fuzz.random.randint(0, 4)):
        text = fuzz.text() or "x"
        start = fuzz.random.randint(0, len(text))
        end = fuzz.random.randint(start, len(text))
        quote = Quote(start, end, text[start:end])
        title, url = (
            fuzz.text(),
            fuzz.random.choice([None, "http://[", "https://example.org", "x:y"]),
        )
        plain = a_passage(title=title, url=url, paragraph=number)
        passages.append(replace(plain, text=text, quote=quote))
    answered = bool(passages) and fuzz.random.random() < 0.7
    return Answer(question, answered, 0.5, tuple(passages))


class Checking(FakeRequest):
    """Refuses what Telegram would refuse."""

    async def do_request(self, url: str, *args: Any, **kwargs: Any) -> tuple[int, bytes]:
        result = await super().do_request(url, *args, **kwargs)
        name, sent = self.calls.pop()
        check(name, sent)
        return result


def check(name: str, sent: dict[str, Any]) -> None:
    if "text" in sent and name != "answerCallbackQuery":
        text = sent["text"]
        assert text == text.strip() != ""
        assert len(text.encode("utf-16-le")) <= 2 * 4_096
        assert "parse_mode" not in sent
        entities = sent.get("entities", [])
        assert len(entities) <= 100
        for _, characters in slices(text, entities):
            assert characters == characters.strip() != ""
    markup = sent.get("reply_markup", {})
    for row in markup.get("inline_keyboard", []):
        for button in row:
            assert button.get("url") or 1 <= len(button["callback_data"].encode()) <= 64


@pytest.mark.parametrize("seed", [1, 2, 3, 4])
async def test_whatever_comes_is_handled(
    tmp_path: Path, seed: int, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.desk.take", lambda *_: Verdict.GO)  # limits have tests of their own
    fuzz = Fuzz(seed)
    engine = FakeEngine(lambda question: hostile(fuzz, question))
    texts = {number: fuzz.text() or "x" for number in range(30)}
    engine.shelf = {"a1": ArticleText(an_article().info, texts)}
    with caplog.at_level(logging.INFO):
        request = Checking(getChatMember={"status": "member", "user": ANN})
        async with fed(tmp_path, engine, request, log_questions=False) as bot:
            for number in range(UPDATES // 4):
                raw = json.loads(json.dumps(fuzz.update()))
                try:
                    update = Update.de_json(raw, bot.bot.application.bot)
                except UNPARSED:
                    continue
                await bot.bot.application.process_update(update)
                if number % 100 == 0:
                    rows = bot.bot.desk.state.rows("SELECT key FROM answers LIMIT 5")
                    fuzz.keys = [str(row["key"]) for row in rows]
    assert "failed to handle" not in caplog.text
    assert [r.getMessage() for r in caplog.records if r.levelno >= logging.WARNING] == []
    assert len(engine.questions) > 200
