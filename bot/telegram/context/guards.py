"""Checks before a handler: is there a message, is it an admin's, do the limits allow it.

A guarded method takes `(message, context)`; python-telegram-bot calls it with `(update, context)`.
"""

from collections.abc import Callable, Coroutine
from functools import wraps
from typing import Any, TypeVar

from telegram import Message, Update

from bot.chat.rate_limits import Verdict
from bot.telegram.context.messages import say
from bot.telegram.context.requester import BotContext, Requester

__all__ = ["admins_only", "on_message", "say_if_limited"]

_Self = TypeVar("_Self")
_Done = Coroutine[Any, Any, None]
_MessageMethod = Callable[[_Self, Message, BotContext], _Done]
_UpdateMethod = Callable[[_Self, Update, BotContext], _Done]


def on_message(method: _MessageMethod[_Self]) -> _UpdateMethod[_Self]:
    """Call the method with the update's message; without one, do nothing."""

    @wraps(method)
    async def guarded(self: _Self, update: Update, context: BotContext) -> None:
        if update.effective_message is not None:
            await method(self, update.effective_message, context)

    return guarded


def admins_only(method: _MessageMethod[_Self]) -> _UpdateMethod[_Self]:
    """The same for admins only; in a private chat, the bot tells others that it is for admins."""

    async def checked(self: _Self, message: Message, context: BotContext) -> None:
        requester = context.requester
        if requester.admin:
            await method(self, message, context)
        elif requester.private:
            await say(message, requester.t("admin_only"))

    return wraps(method)(on_message(checked))


async def say_if_limited(requester: Requester, message: Message, verdict: Verdict) -> bool:
    """Whether a verdict refuses; if it is WARN, say so in reply to the message."""
    if verdict is Verdict.WARN:
        await say(message, requester.t("slow_down" if requester.private else "slow_down_group"))
    return verdict is not Verdict.GO
