"""Presses of buttons: each is checked here, and given to the handler of its action."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

from telegram import CallbackQuery, MaybeInaccessibleMessage, Message, Update

from bot.chat.rate_limits import PRESSES, Verdict
from bot.telegram.context.messages import acknowledge
from bot.telegram.context.requester import BotContext, Requester
from bot.telegram.context.services import BotServices
from bot.telegram.views.callback_data import Action, CallbackData

__all__ = ["ButtonHandler", "ButtonRouter", "Press"]


@dataclass(frozen=True, slots=True)
class Press:
    """A press of one of the bot's buttons, within the limits.

    Telegram does not send the text of an old `message`; its ids are always there.
    """

    query: CallbackQuery
    message: MaybeInaccessibleMessage
    requester: Requester
    data: CallbackData

    @property
    def full_message(self) -> Message | None:
        """The message, if it can be replied to."""
        return self.message if isinstance(self.message, Message) else None


ButtonHandler = Callable[[Press], Awaitable[None]]


class ButtonRouter:
    """The callback for every press."""

    def __init__(self, services: BotServices, handlers: Mapping[Action, ButtonHandler]) -> None:
        """Raises ValueError when an action has no handler."""
        missing = set(Action) - set(handlers)
        if missing:
            raise ValueError(f"no handler takes {', '.join(sorted(a.name for a in missing))}")
        self._services = services
        self._handlers = handlers

    async def press(self, update: Update, context: BotContext) -> None:
        """Give a press to the handler of its action; refuse unknown data and too many presses."""
        query, requester = update.callback_query, context.requester
        if query is None:
            return
        data = CallbackData.parse(query.data)
        if data is None or query.message is None:
            await acknowledge(query, requester.t("forgotten"))
        elif await self._services.take(f"press {requester.person}", PRESSES) is not Verdict.GO:
            await acknowledge(query, requester.t("slow_down"), loud=False)
        else:
            await self._handlers[data.action](Press(query, query.message, requester, data))
