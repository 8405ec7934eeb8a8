"""Who gets in: every update passes here first."""

from collections import OrderedDict
from contextlib import suppress

from telegram import InlineQueryResultsButton, Update
from telegram.error import TelegramError
from telegram.ext import ApplicationHandlerStop

from bot.chat.rate_limits import CLOSED, Verdict
from bot.telegram.context.messages import acknowledge, say
from bot.telegram.context.question_parsing import asked
from bot.telegram.context.services import BotContext, BotServices, Requester

__all__ = ["Gate"]

_REMEMBERED = 4_096


class Gate:
    """Finds out who is there, and stops who is banned or not allowed, and what came before."""

    def __init__(self, services: BotServices) -> None:
        """Everything shared is on the desk."""
        self._services = services
        self._seen: OrderedDict[int, None] = OrderedDict()

    async def check(self, update: Update, context: BotContext) -> None:
        """Raise ApplicationHandlerStop for what goes no further."""
        self._services.metrics.updates.inc()
        if self._came_before(update.update_id) or not _is_whole(update):
            raise ApplicationHandlerStop
        context.requester = requester = await self._services.requester(update)
        if requester.banned:
            raise ApplicationHandlerStop
        if not self._allowed(update, requester):
            with suppress(TelegramError):  # they may have blocked the bot meanwhile
                await self._decline(update, context)
            raise ApplicationHandlerStop

    def _came_before(self, update_id: int) -> bool:
        """Telegram delivers again what it believes was not received."""
        if update_id in self._seen:
            return True
        self._seen[update_id] = None
        if len(self._seen) > _REMEMBERED:
            self._seen.popitem(last=False)
        return False

    def _allowed(self, update: Update, requester: Requester) -> bool:
        settings = self._services.settings
        if not settings.allowed_ids:
            return True
        chat = update.effective_chat
        known = {*settings.allowed_ids, *settings.admin_ids}
        return requester.person in known or (chat is not None and chat.id in known)

    async def _decline(self, update: Update, context: BotContext) -> None:
        """A polite line with their id, to one person a few times an hour."""
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
            if not command and not asked(message, context.bot.id, context.bot.username):
                return
            if await self._services.take(f"closed {requester.person}", CLOSED) is Verdict.GO:
                await say(message, text)


def _is_whole(update: Update) -> bool:
    """Whether a message says where it stands; Telegram's do, whatever else is new in them."""
    message = update.effective_message
    above = getattr(message, "reply_to_message", None)
    return all(
        getattr(each, name, None) is not None
        for each in (message, above)
        if each is not None
        for name in ("chat", "message_id")
    )
