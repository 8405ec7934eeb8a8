"""What happens when a handler fails."""

import logging
from contextlib import suppress

from telegram import Chat, Update
from telegram.error import Forbidden, TelegramError, TimedOut
from telegram.ext import ContextTypes

from bot.i18n.catalog import catalog_for
from bot.log_setup import exception_site
from bot.telegram.context.messages import acknowledge, say

__all__ = ["on_error"]

_log = logging.getLogger(__name__)


async def on_error(update: object, context: ContextTypes.DEFAULT_TYPE) -> None:
    """Log what happened, never what was asked, and apologise if somebody is waiting."""
    error = context.error
    if isinstance(error, Forbidden):  # blocked by the person, or removed from the group
        _log.info("not delivered: %s", error)
        return
    if isinstance(error, TimedOut):  # what was to be said most likely was: no word on top of it
        _log.warning("no reply from Telegram in time")
        return
    if isinstance(error, TelegramError):
        _log.warning("Telegram: %s: %s", type(error).__name__, error)
    elif error is not None:
        _log.error("failed to handle an update: %s", exception_site(error))
        _log.debug("where it came from", exc_info=error)
    with suppress(TelegramError):
        await _apologise(update)


async def _apologise(update: object) -> None:
    if not isinstance(update, Update):
        return
    user, chat = update.effective_user, update.effective_chat
    text = catalog_for(user.language_code if user is not None else None)("trouble")
    if update.callback_query is not None:
        await acknowledge(update.callback_query, text)
    elif chat is not None and chat.type == Chat.PRIVATE:
        await say(update.effective_message, text)
