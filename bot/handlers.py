"""What the bot does with what people send: one method for each kind of update."""

import asyncio
import logging
from collections.abc import AsyncIterator
from concurrent.futures import Executor
from contextlib import asynccontextmanager, suppress
from typing import Protocol

from telegram import (
    CallbackQuery,
    Chat,
    Message,
    ReplyParameters,
    Update,
)
from telegram.constants import ChatAction
from telegram.error import BadRequest, Forbidden, TelegramError
from telegram.ext import ContextTypes

from bot import words
from bot.buttons import paging, parse_paging
from bot.logs import where
from bot.render import render_answer
from bot.state import AnswerStore
from corpus.errors import IndexUnavailable, QuotebotError
from index.answer import Answer

__all__ = ["AnswerEngine", "Handlers"]

_LONGEST_QUESTION = 1_000  # characters; a real question is a tenth of that
_PASSAGES = 5
_TYPING_LASTS = 4.5  # seconds; Telegram takes the notice down after five

_log = logging.getLogger(__name__)


class AnswerEngine(Protocol):
    """The part of the engine that the bot needs; every method may be called from any thread."""

    @property
    def generation(self) -> str | None:
        """Name of the generation in use."""

    def ask(self, question: str, *, k: int = 5) -> Answer:
        """Answer a question; raises IndexUnavailable when there is no index."""

    def refresh(self) -> bool:
        """Take up a newer generation, if there is one; True when it did."""


class Handlers:
    """Callbacks for python-telegram-bot; each parses, calls one thing, and replies."""

    def __init__(self, engine: AnswerEngine, store: AnswerStore, pool: Executor | None) -> None:
        """The engine is asked in threads of `pool` (None: those of the event loop)."""
        self._engine = engine
        self._store = store
        self._pool = pool
        self._notices: set[asyncio.Task[None]] = set()

    async def start(self, update: Update, _: ContextTypes.DEFAULT_TYPE) -> None:
        """`/start`"""
        await _say(update.effective_message, words.START)

    async def help(self, update: Update, _: ContextTypes.DEFAULT_TYPE) -> None:
        """`/help`"""
        await _say(update.effective_message, words.HELP)

    async def unknown_command(self, update: Update, _: ContextTypes.DEFAULT_TYPE) -> None:
        """Any other command in a private chat."""
        await _say(update.effective_message, words.UNKNOWN_COMMAND)

    async def other(self, update: Update, _: ContextTypes.DEFAULT_TYPE) -> None:
        """A sticker, a voice message, a photo without words, ..."""
        await _say(update.effective_message, words.TEXT_ONLY)

    async def question(self, update: Update, _: ContextTypes.DEFAULT_TYPE) -> None:
        """Any text in a private chat is a question; so are the words under a photo."""
        message = update.effective_message
        if message is None:
            return
        question = (message.text or message.caption or "").strip()
        if not any(character.isalnum() for character in question):
            await _say(message, words.ASK_IN_WORDS)
        elif len(question) > _LONGEST_QUESTION:
            await _say(message, words.too_long(_LONGEST_QUESTION))
        else:
            await self._answer(message, question)

    async def button(self, update: Update, _: ContextTypes.DEFAULT_TYPE) -> None:
        """Next or previous passage: the message is edited in place."""
        query = update.callback_query
        if query is None:
            return
        key, index = parse_paging(query.data or "")
        answer = self._store.recall(key)
        if answer is None or not isinstance(query.message, Message):
            await _acknowledge(query, words.FORGOTTEN)
        elif index >= len(answer.passages):
            await _acknowledge(query, words.GONE)
        else:
            await _acknowledge(query)
            await self._turn(query, key, answer, index)

    async def unknown_button(self, update: Update, _: ContextTypes.DEFAULT_TYPE) -> None:
        """A button that we never made, or made in another version."""
        if update.callback_query is not None:
            await _acknowledge(update.callback_query, words.FORGOTTEN)

    async def error(self, update: object, context: ContextTypes.DEFAULT_TYPE) -> None:
        """Log what happened, never what was asked, and apologise if somebody is waiting."""
        error = context.error
        if isinstance(error, Forbidden):  # blocked by the person, or removed from the group
            _log.info("not delivered: %s", error)
            return
        if isinstance(error, TelegramError):
            _log.warning("Telegram: %s: %s", type(error).__name__, error)
        elif error is not None:
            _log.error("failed to handle an update: %s", where(error))
            _log.debug("where it came from", exc_info=error)
        with suppress(TelegramError):
            await _apologise(update)

    async def _answer(self, message: Message, question: str) -> None:
        try:
            async with self._typing(message.chat):
                answer = await self._ask(question)
        except QuotebotError as error:
            _log.error("a question could not be answered: %s", error)
            no_index = isinstance(error, IndexUnavailable)
            await _say(message, words.NO_INDEX if no_index else words.TROUBLE)
            return
        shown = render_answer(answer)
        await message.reply_text(
            shown.text,
            entities=shown.entities,
            reply_markup=paging(self._store.remember(answer), 0, len(answer.passages)),
            reply_parameters=ReplyParameters(message.message_id, allow_sending_without_reply=True),
        )

    async def _ask(self, question: str) -> Answer:
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(
            self._pool, lambda: self._engine.ask(question, k=_PASSAGES)
        )

    async def _turn(self, query: CallbackQuery, key: str, answer: Answer, index: int) -> None:
        shown = render_answer(answer, index)
        try:
            await query.edit_message_text(
                shown.text,
                entities=shown.entities,
                reply_markup=paging(key, index, len(answer.passages)),
            )
        except BadRequest as error:
            if "message is not modified" not in error.message.lower():  # pressed twice
                raise

    @asynccontextmanager
    async def _typing(self, chat: Chat) -> AsyncIterator[None]:
        """Show "typing…" meanwhile, without the answer ever waiting for it."""
        done = asyncio.Event()
        notice = asyncio.create_task(_show_typing(chat, done))
        self._notices.add(notice)  # the event loop alone would not keep it alive
        notice.add_done_callback(self._notices.discard)
        try:
            yield
        finally:
            done.set()


async def _show_typing(chat: Chat, done: asyncio.Event) -> None:
    while not done.is_set():
        with suppress(TelegramError):
            await chat.send_action(ChatAction.TYPING)
        with suppress(TimeoutError):
            await asyncio.wait_for(done.wait(), _TYPING_LASTS)


async def _say(message: Message | None, text: str) -> None:
    if message is not None:
        await message.reply_text(text)


async def _acknowledge(query: CallbackQuery, alert: str | None = None) -> None:
    """Stop the button's spinner; Telegram refuses once the press is too old, and that is fine."""
    with suppress(BadRequest):
        await query.answer(alert, show_alert=alert is not None)


async def _apologise(update: object) -> None:
    if not isinstance(update, Update):
        return
    if update.callback_query is not None:
        await _acknowledge(update.callback_query, words.TROUBLE)
    elif update.effective_chat is not None and update.effective_chat.type == Chat.PRIVATE:
        await _say(update.effective_message, words.TROUBLE)
