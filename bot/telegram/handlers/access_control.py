"""Access control: the first handler of every update."""

from contextlib import suppress

from telegram import InlineQueryResultsButton, Update
from telegram.error import TelegramError
from telegram.ext import ApplicationHandlerStop

from bot.chat.rate_limits import CLOSED, Verdict
from bot.telegram.context.messages import acknowledge, say
from bot.telegram.context.question_parsing import parse_question
from bot.telegram.context.requester import BotContext, Requester
from bot.telegram.context.services import BotServices

__all__ = ["AccessControl"]


class AccessControl:
    """Finds the requester; stops repeated updates, and those of people who are not allowed."""

    def __init__(self, services: BotServices) -> None:
        """Use the storage, limits and settings of `services`."""
        self._services = services

    async def check(self, update: Update, context: BotContext) -> None:
        """Set the requester. Raises ApplicationHandlerStop when no handler may get the update."""
        self._services.metrics.updates.inc()
        if not _is_whole(update):
            raise ApplicationHandlerStop
        requester = await self._services.new_requester(update)
        if requester is None or requester.banned:
            raise ApplicationHandlerStop
        context.requester = requester
        if not self._allowed(update, requester):
            with suppress(TelegramError):  # they may have blocked the bot meanwhile
                await self._decline(update, context)
            raise ApplicationHandlerStop

    def _allowed(self, update: Update, requester: Requester) -> bool:
        settings = self._services.settings
        if not settings.allowed_ids:
            return True
        chat = update.effective_chat
        known = {*settings.allowed_ids, *settings.admin_ids}
        return requester.person in known or (chat is not None and chat.id in known)

    async def _decline(self, update: Update, context: BotContext) -> None:
        """Reply with the person's id, which an admin can allow; a few times an hour."""
        requester = context.requester
        text = requester.t("closed", id=requester.person)
        if update.callback_query is not None:
            await acknowledge(update.callback_query, text)
        elif update.inline_query is not None:
            button = InlineQueryResultsButton(requester.t("inline_closed"), start_parameter="id")
            await update.inline_query.answer([], is_personal=True, button=button)
        elif update.message is not None:
            message = update.message
            command = (message.text or "").startswith("/") and requester.private
            if not command and not parse_question(message, context.bot.id, context.bot.username):
                return
            if await self._services.take(f"closed {requester.person}", CLOSED) is Verdict.GO:
                await say(message, text)


def _is_whole(update: Update) -> bool:
    """Whether the message, and the one that it replies to, have a chat and an id.

    All of Telegram's have; an update without them was made up.
    """
    message = update.effective_message
    replied = getattr(message, "reply_to_message", None)
    return all(
        getattr(each, name, None) is not None
        for each in (message, replied)
        if each is not None
        for name in ("chat", "message_id")
    )
