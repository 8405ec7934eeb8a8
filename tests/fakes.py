"""Fakes for tests of the bot: an engine without a model, Telegram without a network."""

import itertools
import json
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from telegram import Update
from telegram.request import BaseRequest, RequestData

from bot.processes.build_subprocess import Build
from bot.settings import Settings
from bot.telegram.application import Bot, build_bot
from index.answer import Answer, Filters, Passage, Quote
from index.article_text import ArticleInfo, ArticleText, article_hash

TOKEN = "123456:AAfake_token-of-the-tests_0123456789"
BOT = {
    "id": 123456,
    "is_bot": True,
    "first_name": "Quotes",
    "username": "quotes_bot",
    "supports_inline_queries": True,
}
ANN = {"id": 7, "is_bot": False, "first_name": "Ann"}
PRIVATE = {"id": 7, "type": "private", "first_name": "Ann"}
GROUP = {"id": -70, "type": "supergroup", "title": "Readers"}
ADMIN = {"id": 99, "is_bot": False, "first_name": "Root"}

_update_ids = itertools.count(1)


def a_passage(
    text: str = "It was cold. The bridge opened in 1907 🎉. People danced.",
    quote: str = "The bridge opened in 1907 🎉.",
    **other: object,
) -> Passage:
    start = text.index(quote)
    values: dict[str, Any] = {
        "article_id": "a1",
        "title": "The Old Bridge",
        "url": "https://example.org/bridge",
        "source": "bridge.md",
        "published": date(2020, 5, 1),
        "updated": None,
        "language": "en",
        "paragraph": 2,
        "text": text,
        "quote": Quote(start, start + len(quote), quote),
        "score": 1.0,
    }
    return Passage(**{**values, **other})


def an_answer(count: int = 3, answered: bool = True, question: str = "When?") -> Answer:
    passages = tuple(a_passage(paragraph=number) for number in range(count))
    return Answer(question, answered, 0.9 if answered else 0.1, passages)


def an_article(
    identity: str = "a1", title: str = "The Old Bridge", count: int = 5, **other: object
) -> ArticleText:
    """An article whose paragraphs all say what `a_passage` says, each with its number."""
    values: dict[str, Any] = {
        "id": identity,
        "title": title,
        "url": "https://example.org/bridge",
        "source": "bridge.md",
        "published": date(2020, 5, 1),
        "updated": None,
        "language": "en",
        "paragraphs": count,
    }
    texts = {number: a_passage().text for number in range(count)}
    return ArticleText(ArticleInfo(**{**values, **other}), texts)


class FakeEngine:
    """Answers by calling a function; records the questions, and the threads that asked.

    `newer` gives the results of `refresh`, one after the other.
    """

    def __init__(self, answer: Callable[[str], Answer] | None = None) -> None:
        self.generation: str | None = "g1"
        self.article_texts: dict[str, ArticleText] = {"a1": an_article()}
        self.filters: list[Filters | None] = []
        self.counts: list[int] = []
        self.questions: list[str] = []
        self.threads: set[str] = set()
        self.refreshed = threading.Event()
        self.newer: Iterator[bool | Exception] = iter(())
        self._answer = answer or (lambda question: an_answer(question=question))

    def articles(self) -> list[ArticleInfo]:
        return [article.info for article in self.article_texts.values()]

    def article(self, article_id: str) -> ArticleText | None:
        return self.article_texts.get(article_id)

    def article_by_hash(self, digest: str) -> ArticleText | None:
        texts = self.article_texts.items()
        return next((text for name, text in texts if article_hash(name) == digest), None)

    def ask(
        self, question: str, *, k: int = 5, filters: Filters | None = None, **_: object
    ) -> Answer:
        self.questions.append(question)
        self.filters.append(filters)
        self.counts.append(k)
        self.threads.add(threading.current_thread().name)
        return self._answer(question)

    def refresh(self) -> bool:
        outcome = next(self.newer, None)
        if outcome is None:
            self.refreshed.set()
            return False
        if isinstance(outcome, Exception):
            raise outcome
        return outcome


class FakeRequest(BaseRequest):
    """Replaces the HTTP layer of python-telegram-bot: records calls, returns given results.

    A call of a method without a given result fails the test. A result may be an exception, or a
    list of (status, payload) to return one after the other.
    """

    def __init__(self, **results: object) -> None:
        message = {"message_id": 900, "date": 0, "chat": PRIVATE, "text": "sent"}
        self.calls: list[tuple[str, dict[str, Any]]] = []
        self.results: dict[str, Any] = {
            "getMe": BOT,
            "sendMessage": message,
            "editMessageText": message,
            "editMessageReplyMarkup": message,
            "answerCallbackQuery": True,
            "answerInlineQuery": True,
            "sendChatAction": True,
            **results,
        }

    @property
    def read_timeout(self) -> float:
        return 1.0

    async def initialize(self) -> None:
        pass

    async def shutdown(self) -> None:
        pass

    async def do_request(
        self,
        url: str,
        method: str,
        request_data: RequestData | None = None,
        *_: object,
        **__: object,
    ) -> tuple[int, bytes]:
        name = url.rpartition("/")[2]
        self.calls.append((name, request_data.parameters if request_data else {}))
        if name not in self.results:
            raise AssertionError(f"unexpected call of {name}")
        result = self.results[name]
        if isinstance(result, list):
            status, payload = result.pop(0) if len(result) > 1 else result[0]
            return status, json.dumps(payload).encode()
        if isinstance(result, Exception):
            raise result
        return 200, json.dumps({"ok": True, "result": result}).encode()

    def named(self, name: str) -> list[dict[str, Any]]:
        """Parameters of every call of that method, in order."""
        return [parameters for called, parameters in self.calls if called == name]


def failure(status: int, description: str, **parameters: object) -> tuple[int, dict[str, Any]]:
    """What the Bot API replies when it refuses."""
    reply: dict[str, Any] = {"ok": False, "error_code": status, "description": description}
    return status, {**reply, "parameters": parameters} if parameters else reply


def message_update(
    text: str | None = None, chat: dict[str, Any] = PRIVATE, **other: object
) -> dict[str, Any]:
    """An update with a message; a command at its beginning gets its entity."""
    message: dict[str, Any] = {"message_id": 41, "date": 1, "chat": chat, "from": ANN, **other}
    if text is not None:
        message["text"] = text
        if text.startswith("/"):
            command = {"type": "bot_command", "offset": 0, "length": len(text.split()[0])}
            message["entities"] = [command]
    return {"update_id": next(_update_ids), "message": message}


def press_update(data: str, **other: object) -> dict[str, Any]:
    """Ann presses a button under message 900 of the bot."""
    now = int(datetime.now(UTC).timestamp())
    message = {"message_id": 900, "date": now, "chat": PRIVATE, "from": BOT, "text": "sent"}
    query = {"id": "q1", "from": ANN, "chat_instance": "c", "data": data, "message": message}
    return {"update_id": next(_update_ids), "callback_query": {**query, **other}}


def inline_update(text: str = "", offset: str = "", number: int | None = None) -> dict[str, Any]:
    """Ann types after the bot's name."""
    update_id = next(_update_ids)
    query = {"id": f"i{number or update_id}", "from": ANN, "query": text, "offset": offset}
    return {"update_id": update_id, "inline_query": query}


@dataclass(frozen=True)
class FakeBot:
    """A bot with a fake engine and a fake Telegram; `feed` gives it an update."""

    bot: Bot
    engine: FakeEngine
    request: FakeRequest

    async def feed(self, update: dict[str, Any]) -> None:
        application = self.bot.application
        await application.process_update(Update.de_json(update, application.bot))

    async def ask(self, text: str = "When?", **other: object) -> dict[str, Any]:
        """Ask a question; the parameters of the last message that the bot sent."""
        await self.feed(message_update(text, **other))
        return self.request.named("sendMessage")[-1]


@asynccontextmanager
async def fake_bot(
    data: Path,
    engine: FakeEngine | None = None,
    request: FakeRequest | None = None,
    *,
    build: Build | None = None,
    debounce: float = 0,
    **settings: object,
) -> AsyncIterator[FakeBot]:
    """An initialised bot with `data` as its data folder; no calls are recorded yet."""
    engine, request = engine or FakeEngine(), request or FakeRequest()
    values: dict[str, Any] = {"telegram_bot_token": TOKEN, "quotebot_data": data, **settings}
    with ThreadPoolExecutor(2, thread_name_prefix="ask") as pool:
        bot = build_bot(
            Settings(**values),
            engine,
            pool=pool,
            build=build,
            request=request,
            get_updates_request=FakeRequest(),
            interval=0,
            debounce=debounce,
        )
        await bot.application.initialize()
        request.calls.clear()
        try:
            yield FakeBot(bot, engine, request)
        finally:
            await bot.application.shutdown()
            bot.services.close()


def buttons(sent: dict[str, Any]) -> dict[str, str]:
    """The buttons under a message: label → data or address."""
    rows = sent["reply_markup"]["inline_keyboard"]
    return {b["text"]: b.get("callback_data") or b["url"] for row in rows for b in row}


def slices(text: str, entities: list[dict[str, Any]]) -> list[tuple[str, str]]:
    """(type, characters) of every entity, whose positions count UTF-16 units."""
    units = text.encode("utf-16-le")
    found = []
    for entity in entities:
        begin, length = 2 * entity["offset"], 2 * entity["length"]
        found.append((entity["type"], units[begin : begin + length].decode("utf-16-le")))
    return found
