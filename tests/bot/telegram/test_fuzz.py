# ruff: noqa: E501  # the tables read better wide
"""Random and hostile updates: whatever comes, nothing goes unhandled and entities fit."""

import json
import logging
import random
import string
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from telegram import Update
from telegram.constants import ChatType, MessageEntityType

from bot.chat.ports import ChatStore
from bot.chat.rate_limits import Verdict
from bot.i18n.catalog import catalog_for
from bot.telegram.transport.polling import UNPARSED
from index.answer import AlsoIn, Answer, Quote
from index.article_text import ArticleText
from tests.fakes import (
    ADMIN,
    ANN,
    BOT,
    PRIVATE,
    FakeEngine,
    FakeRequest,
    a_passage,
    an_article,
    fake_bot,
    slices,
)

say = catalog_for("en")
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
OTHER_BOT = {"id": 5, "is_bot": True, "first_name": "Other", "username": "other_bot"}
PEOPLE = [ANN, ANN, BOT, OTHER_BOT, ADMIN]
CHATS = ["private", "group", "supergroup", "channel", "sender", "unheard"]
DATA = ["p:x:1", "p::", "m:x:1:9", "a:0:0", "l:99999999999", "l:-1", "s:lang:xx", "s:::", "f:yes", "d:0",
        "r:x:1:q", "r:x:0:w", "r:x:0:x", "n:x", "\x00", "menu_2", "{\"a\":1,\"id\":7}", "vote|yes|42",
        "m:x:0:2", "o:x:0", "g:x:0", "b:x:0", "p:x:0", "p" * 64, "{}", "b:x:١", "o:x:²", "a:x", "s:k", "g:x"]  # fmt: skip


USUAL = ["message", "message", "edited_message", "channel_post", "edited_channel_post",
         "callback_query", "callback_query", "inline_query"]  # fmt: skip
RARE = [*Update.ALL_TYPES, "never_heard_of"]


class Fuzz:
    """Makes updates, half of them nearly right."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)  # noqa: S311
        self.number = 0
        self.keys: list[str] = []
        self.quotes: set[str] = set()
        self.texts: list[str] = []
        self.sent: list[str] = []
        self.names: set[str] = set()

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
                                   "chat": self.chat(), "from": self.random.choice(PEOPLE)}  # fmt: skip
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
                "via_bot": self.random.choice([BOT, OTHER_BOT]), "sender_chat": self.chat(), "migrate_to_chat_id": -1005,
                "is_topic_message": True, "new_chat_members": [BOT],
                "forward_origin": {"type": "hidden_user", "date": 1, "sender_user_name": text},
            }[extra]  # fmt: skip

    def update(self) -> dict[str, Any]:
        self.number += 1
        kind = self.random.choice(USUAL if self.random.random() < 0.9 else RARE)
        if kind == "callback_query":
            key = self.random.choice(self.keys or ["x"])
            data = self.random.choice([*DATA, *(d.replace(":x", f":{key}") for d in DATA)])
            who = self.random.choice(PEOPLE)
            body: dict[str, Any] = {"id": "q", "from": who, "chat_instance": "c", "data": data}
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
    """Passages with quotes anywhere, half of them of an article that buttons find again."""
    passages = []
    for number in range(fuzz.random.randint(0, 4)):
        paragraph = fuzz.random.randrange(len(fuzz.texts))
        text = fuzz.texts[paragraph] if fuzz.random.random() < 0.5 else fuzz.text() or "x"
        start = fuzz.random.randint(0, len(text))
        end = fuzz.random.randint(start, len(text))
        quote = Quote(start, end, text[start:end], *fuzz.random.choices([True, False], k=2))
        title, copy = fuzz.text(), fuzz.text()
        url = fuzz.random.choice([None, "http://[", "https://example.org", "x:y"])
        also = (AlsoIn("a1", copy, url, "b.md", 1),) * fuzz.random.choice([0, 0, 1, 5])
        fuzz.quotes.add(sendable(quote.text).strip())
        fuzz.sent.append(sendable(text))
        fuzz.names |= {one_line(title), one_line(copy)}
        plain = a_passage(title=title, url=url, paragraph=paragraph, also_in=also, score=number)
        passages.append(replace(plain, text=text, quote=quote))
    answered = bool(passages) and fuzz.random.random() < 0.7
    return Answer(question, answered, 0.5, tuple(passages))


class Checking(FakeRequest):
    """Refuses what Telegram would refuse, and entities over other characters than were meant."""

    def __init__(self, fuzz: Fuzz, **results: object) -> None:
        super().__init__(**results)
        self.fuzz = fuzz
        self.seen: Counter[str] = Counter()
        self.wrong: list[str] = []

    async def do_request(self, url: str, *args: Any, **kwargs: Any) -> tuple[int, bytes]:
        if "/file/" in url:
            return 200, self.fuzz.text().encode("utf-8", "replace")
        result = await super().do_request(url, *args, **kwargs)
        name, sent = self.calls.pop()
        try:
            self.check(name, sent)
        except AssertionError as error:  # raised from here, it would count as a broken network
            self.wrong.append(f"{name}: {error}")
        return result

    def check(self, name: str, sent: dict[str, Any]) -> None:
        assert "parse_mode" not in sent
        if "text" in sent and name != "answerCallbackQuery":
            self.check_text(sent["text"], sent.get("entities", []))
        for found in sent.get("results", []):
            content = found["input_message_content"]
            self.check_text(content["message_text"], content["entities"])
            assert found["title"].strip()
        markup = sent.get("reply_markup", {})
        for row in markup.get("inline_keyboard", []):
            for button in row:
                assert button.get("url") or 1 <= len(button["callback_data"].encode()) <= 64

    def check_text(self, text: str, entities: list[dict[str, Any]]) -> None:
        assert text == text.strip() != ""
        assert len(text.encode("utf-16-le")) <= 2 * 4_096
        assert len(entities) <= 100
        for kind, characters in slices(text, entities):
            assert characters == characters.strip() != ""
            assert self.meant(kind, characters), (kind, characters[:300])
            self.seen[kind] += 1

    def meant(self, kind: str, characters: str) -> bool:
        """Whether an entity of that kind was to be put over just these characters."""
        if kind == "expandable_blockquote":
            block = characters.removeprefix("… ").removesuffix(" …")
            return any(block in text for text in reversed(self.fuzz.sent))
        if kind == "italic":
            return characters.startswith("¶ ")
        if kind == "text_mention":
            return characters in {"Ann", "Root", "Quotes", "Other"}
        known = self.fuzz.names | {"example.org", "b.md", say("untitled"), "The Old Bridge"}
        if characters in known or (kind == "bold" and characters in self.fuzz.quotes):
            return True
        if len(characters) > 3_000:
            return any(quote.startswith(characters) for quote in self.fuzz.quotes)
        return characters.endswith("…") and any(n.startswith(characters[:-1]) for n in known)


def sendable(text: str) -> str:
    """What becomes of text on its way: half a surrogate pair cannot be sent."""
    return "".join("\ufffd" if "\ud800" <= c <= "\udfff" else c for c in text)


def one_line(text: str) -> str:
    return " ".join(sendable(text).split())


def saved_keys(chats: ChatStore, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """A list that gets the key of every answer saved for Ann's chat."""
    keys: list[str] = []
    save = chats.save_answer

    def saved(chat: int, *rest: Any) -> str:
        key = save(chat, *rest)
        if chat == 7:
            keys.append(key)
        return key

    monkeypatch.setattr(chats, "save_answer", saved)
    return keys


def test_every_kind_that_telegram_knows_is_tried() -> None:
    assert {str(kind) for kind in MessageEntityType} <= set(KINDS)
    assert {str(kind) for kind in ChatType} <= set(CHATS)


@pytest.mark.parametrize("seed", [1, 2, 3, 4])
async def test_whatever_comes_is_handled(
    tmp_path: Path, seed: int, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    fuzz = Fuzz(seed)
    engine = FakeEngine(lambda question: hostile(fuzz, question))
    texts = {number: fuzz.text() or "x" for number in range(30)}
    fuzz.texts += texts.values()
    fuzz.sent += [*map(sendable, texts.values()), "\n\n".join(map(sendable, texts.values()))]
    engine.article_texts = {"a1": ArticleText(an_article().info, texts)}
    file = {"file_id": "f", "file_unique_id": "u", "file_path": "documents/f"}
    message = {"message_id": 900, "date": 0, "chat": PRIVATE}
    request = Checking(
        fuzz, getChatMember={"status": "member", "user": ANN}, getFile=file, sendDocument=message
    )
    with caplog.at_level(logging.INFO):
        async with fake_bot(tmp_path, engine, request, log_questions=False, admin_ids=(99,)) as bot:
            storage = bot.bot.services.storage
            # Limits have tests of their own.
            monkeypatch.setattr(storage.rate_limits, "take", lambda *_: Verdict.GO)
            keys = saved_keys(storage.chats, monkeypatch)
            for number in range(UPDATES // 4):
                raw = json.loads(json.dumps(fuzz.update()))
                try:
                    update = Update.de_json(raw, bot.bot.application.bot)
                except UNPARSED:
                    continue
                await bot.bot.application.process_update(update)
                if number % 100 == 0:
                    fuzz.keys = keys[:-10:-1]
    assert not request.wrong, request.wrong[0][:1_000]  # not all: they are long
    assert "failed to handle" not in caplog.text
    wrong = [r.getMessage() for r in caplog.records if r.levelno >= logging.WARNING]
    assert not [line for line in wrong if not line.startswith("an import failed")]
    assert len(engine.questions) > 200
    assert {"bold", "expandable_blockquote", "text_link"} <= set(request.seen)
