"""The methods of the Bot API that the bot calls, in one table with their rules.

A new method is a row here. `bot.telegram.transport.rate_limiter` repeats and paces the calls;
`bot.telegram.transport.aiohttp_request` drops the fields of replies that the bot does not use.
getUpdates is not in the table: the poller has its own rules for it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum

__all__ = ["METHODS", "SENT_MESSAGE_FIELDS", "MethodRule", "Retry", "rule_of"]

SENT_MESSAGE_FIELDS = ("message_id", "date", "chat")
"""The fields that are kept of a message in a reply. If a handler needs another one (`text`,
`entities`, ...), add it here."""


class Retry(Enum):
    """How long a failed call is tried again."""

    NEVER = "never"
    BRIEFLY = "two more tries"
    LONG = "five minutes"


@dataclass(frozen=True, slots=True)
class MethodRule:
    """How calls of a method are treated.

    `paced`: calls to one chat keep a second between them. `returns_message`: the reply is a
    message, of which only SENT_MESSAGE_FIELDS are kept.
    """

    retry: Retry = Retry.BRIEFLY
    paced: bool = False
    returns_message: bool = False


METHODS: Mapping[str, MethodRule] = {
    "getMe": MethodRule(Retry.NEVER),  # bot.telegram.server repeats these three
    "deleteWebhook": MethodRule(Retry.NEVER),
    "setWebhook": MethodRule(Retry.NEVER),
    "getWebhookInfo": MethodRule(),
    "setMyCommands": MethodRule(),
    "sendMessage": MethodRule(Retry.LONG, paced=True, returns_message=True),
    "sendDocument": MethodRule(Retry.LONG, paced=True, returns_message=True),
    "editMessageText": MethodRule(Retry.LONG, returns_message=True),
    "editMessageReplyMarkup": MethodRule(Retry.LONG, returns_message=True),
    "sendChatAction": MethodRule(Retry.NEVER),  # "typing…" is soon out of date
    "answerCallbackQuery": MethodRule(),  # Telegram refuses it after some seconds
    "answerInlineQuery": MethodRule(),
    "getChatMember": MethodRule(),
    "getFile": MethodRule(Retry.LONG),
}


def rule_of(method: str) -> MethodRule:
    """The rule of a method; one that is not in the table gets two more tries."""
    return METHODS.get(method, MethodRule())
