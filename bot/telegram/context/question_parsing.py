"""Finding the question in a message, if the message is meant for the bot."""

from dataclasses import dataclass

from telegram import Message, MessageEntity
from telegram.constants import ChatType

from bot.text import encodable, utf16_length

__all__ = ["ParsedQuestion", "after_command", "parse_question", "quotable"]

_FORMATTING = frozenset({"bold", "italic", "underline", "strikethrough", "spoiler", "custom_emoji"})
_QUOTE_LIMIT = 1_024  # UTF-16 units


@dataclass(frozen=True, slots=True)
class ParsedQuestion:
    """A question, and the message that holds it; the answer is a reply to that message."""

    text: str
    message: Message


def parse_question(message: Message, bot_id: int, username: str) -> ParsedQuestion | None:
    """The question in a message; None when it is not for the bot.

    In a private chat every message is a question. Elsewhere it must mention the bot or reply to it.
    When a message that replies to another one consists of a mention alone, the other message is the
    question.
    """
    text = message.text or message.caption or ""
    if message.via_bot is not None or message.is_automatic_forward:
        return None
    if message.chat.type == ChatType.PRIVATE:
        return ParsedQuestion(encodable(text.strip()), message)
    rest = _without_mentions(message, bot_id, username)
    replied = message.reply_to_message
    to_bot = (
        replied is not None and replied.from_user is not None and replied.from_user.id == bot_id
    )
    if rest is None:
        return ParsedQuestion(encodable(text.strip()), message) if to_bot and text.strip() else None
    if replied is not None and not to_bot and not any(c.isalnum() for c in rest):
        text = replied.text or replied.caption or ""
        return ParsedQuestion(encodable(text.strip()), replied)
    return ParsedQuestion(encodable(rest), message)


def after_command(message: Message) -> str:
    """The text after the command that a message begins with."""
    parts = (message.text or message.caption or "").split(maxsplit=1)
    return encodable(parts[1].strip()) if len(parts) > 1 else ""


def quotable(question: str, message: Message) -> tuple[str, int] | None:
    """The question and its position in the message in UTF-16 units; None when it can't be quoted.

    Telegram must find a quote exactly, with its formatting, in the message that is replied to.
    """
    text = message.text or message.caption or ""
    entities = message.entities or message.caption_entities
    if utf16_length(question) > _QUOTE_LIMIT or any(e.type in _FORMATTING for e in entities):
        return None
    place = text.find(question) if question else -1
    return (question, utf16_length(text[:place])) if place >= 0 else None


def _without_mentions(message: Message, bot_id: int, username: str) -> str | None:
    """The text without mentions of the bot; None when there is none."""
    text = message.text or message.caption or ""
    units = text.encode("utf-16-le", "surrogatepass")
    pieces: list[bytes] = []
    end = 0
    for entity in message.entities or message.caption_entities:
        begin, stop = 2 * entity.offset, 2 * (entity.offset + entity.length)
        if begin < end or not _is_mention(entity, units[begin:stop], bot_id, username):
            continue
        pieces.append(units[end:begin])
        end = stop
    if not pieces:
        return None
    words = [piece.decode("utf-16-le", "replace") for piece in (*pieces, units[end:])]
    words = [words[0].strip(), *(after.strip(" \n\t,:;") for after in words[1:])]
    return " ".join(word for word in words if word)


def _is_mention(entity: MessageEntity, text: bytes, bot_id: int, username: str) -> bool:
    if entity.type == MessageEntity.TEXT_MENTION:
        return entity.user is not None and entity.user.id == bot_id
    name = text.decode("utf-16-le", "replace").casefold()
    return entity.type == MessageEntity.MENTION and name == f"@{username.casefold()}"
