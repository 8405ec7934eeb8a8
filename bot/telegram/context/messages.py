"""Sending and editing messages, with a second try so that no answer is lost."""

import asyncio
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager, suppress
from typing import Any

from telegram import (
    Bot,
    CallbackQuery,
    ForceReply,
    InlineKeyboardMarkup,
    Message,
    ReplyParameters,
)
from telegram.constants import ChatAction
from telegram.error import BadRequest, TelegramError

from bot.telegram.views.passage_message import Rendered

__all__ = [
    "BackgroundTasks",
    "acknowledge",
    "attach",
    "change_keyboard",
    "reply",
    "rewrite",
    "say",
    "thread_of",
    "typing",
]

_TYPING_AFTER = 0.4  # seconds; most answers come sooner, and each notice is a call to Telegram
_TYPING_LASTS = 4.5  # seconds; Telegram removes the notice after five
_GONE = ("message to edit not found", "message can't be edited", "message_id_invalid")


class BackgroundTasks:
    """Tasks whose results nothing waits for; the event loop itself keeps only weak references."""

    def __init__(self) -> None:
        """No task runs."""
        self._tasks: set[asyncio.Task[None]] = set()

    def start(self, work: Coroutine[Any, Any, None]) -> None:
        """Run the coroutine in the running event loop."""
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


def thread_of(message: Message) -> int | None:
    """The id of the topic that a message is in; None outside topics.

    A reply outside topics has a thread id too, but nothing can be sent to that.
    """
    return message.message_thread_id if message.is_topic_message else None


async def say(message: Message, text: str, keyboard: InlineKeyboardMarkup | None = None) -> None:
    """Reply with plain text."""
    await reply(message, Rendered(text), keyboard)


async def reply(
    message: Message,
    shown: Rendered,
    keyboard: InlineKeyboardMarkup | ForceReply | None = None,
    quote: tuple[str, int] | None = None,
) -> Message:
    """Reply to a message; `quote` is a part of it: text, and position in UTF-16 units.

    When Telegram refuses the quote, the entities or the buttons, the reply is sent without them.
    Raises TelegramError for other errors.
    """
    whole = ReplyParameters(message.message_id, allow_sending_without_reply=True)
    parameters = whole
    if quote is not None:
        parameters = ReplyParameters(
            message.message_id,
            allow_sending_without_reply=True,
            quote=quote[0],
            quote_position=quote[1],
        )
    try:
        return await _send(message, shown, keyboard, parameters)
    except BadRequest as error:
        reason = error.message.lower()
        if quote is not None and "quote" in reason:  # the question was edited meanwhile
            return await _send(message, shown, keyboard, whole)
        if "entit" in reason or "button" in reason or "url" in reason:
            return await _send(message, Rendered(shown.text), None, whole)
        raise


async def _send(
    message: Message,
    shown: Rendered,
    keyboard: InlineKeyboardMarkup | ForceReply | None,
    parameters: ReplyParameters,
) -> Message:
    return await message.reply_text(
        shown.text,
        entities=shown.entities,
        reply_markup=keyboard,
        reply_parameters=parameters,
        message_thread_id=thread_of(message),
    )


async def attach(message: Message, text: str, name: str, caption: str | None = None) -> None:
    """Reply with a text file."""
    await message.reply_document(
        text.encode("utf-8", "replace"),
        filename=name,
        caption=caption,
        message_thread_id=thread_of(message),
    )


async def rewrite(
    bot: Bot,
    chat: int,
    message: int,
    shown: Rendered,
    keyboard: InlineKeyboardMarkup | None = None,
) -> bool:
    """Edit a message of the bot; False when it can't be edited any more."""
    try:
        await bot.edit_message_text(
            shown.text,
            chat_id=chat,
            message_id=message,
            entities=shown.entities,
            reply_markup=keyboard,
        )
    except BadRequest as error:
        reason = error.message.lower()
        if "message is not modified" in reason:  # pressed twice, or a repeated call
            return True
        if any(gone in reason for gone in _GONE):
            return False
        raise
    return True


async def change_keyboard(query: CallbackQuery, keyboard: InlineKeyboardMarkup) -> None:
    """Change only the buttons of the message whose button was pressed."""
    if query.message is None:
        return
    try:
        await query.get_bot().edit_message_reply_markup(
            query.message.chat.id, query.message.message_id, reply_markup=keyboard
        )
    except BadRequest as error:
        reason = error.message.lower()
        if "message is not modified" not in reason and not any(gone in reason for gone in _GONE):
            raise


async def acknowledge(query: CallbackQuery, alert: str | None = None, *, loud: bool = True) -> None:
    """End the button's waiting sign; show `alert` in a dialog, or if not `loud`, as a notice.

    Telegram refuses this when the press is too old, which does no harm.
    """
    with suppress(BadRequest):
        await query.answer(alert, show_alert=alert is not None and loud)


@asynccontextmanager
async def typing(message: Message, background: BackgroundTasks) -> AsyncIterator[None]:
    """Show "typing…" in the chat if the block takes longer than 0.4 seconds."""
    done = asyncio.Event()
    later = asyncio.get_running_loop().call_later(
        _TYPING_AFTER, lambda: background.start(_show_typing(message, done))
    )
    try:
        yield
    finally:
        later.cancel()
        done.set()


async def _show_typing(message: Message, done: asyncio.Event) -> None:
    while not done.is_set():
        with suppress(TelegramError):
            await message.get_bot().send_chat_action(
                message.chat_id, ChatAction.TYPING, message_thread_id=thread_of(message)
            )
        with suppress(TimeoutError):
            await asyncio.wait_for(done.wait(), _TYPING_LASTS)
