"""The requester: who an update is from, with their rights and settings."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from telegram import Update
from telegram.ext import CallbackContext, ExtBot

from bot.chat.records import DEFAULT_PASSAGES, Preferences
from bot.i18n.catalog import Catalog, catalog_for
from index.answer import Filters

__all__ = ["BotContext", "Requester", "chat_of", "person_of", "requester_of"]


@dataclass(frozen=True, slots=True)
class Requester:
    """Who an update is from, what they may do, and what their chat has set.

    `person` is the id of a user, or of the chat in whose name somebody writes. `private` is True
    in a private chat. `user_language` is the language code of the user's Telegram; `t` gives the
    messages in the chosen language.
    """

    person: int
    chat: int
    private: bool
    admin: bool
    banned: bool
    preferences: Preferences
    user_language: str | None
    t: Catalog

    @property
    def passages(self) -> int:
        """How many passages an answer has."""
        return self.preferences.passages or DEFAULT_PASSAGES

    @property
    def filters(self) -> Filters | None:
        """Which articles may answer; None for all."""
        wanted = self.preferences
        if not (wanted.source or wanted.article_language or wanted.days):
            return None
        after = datetime.now(UTC).date() - timedelta(days=wanted.days) if wanted.days else None
        return Filters(source=wanted.source, language=wanted.article_language, after=after)

    def with_preferences(self, preferences: Preferences) -> "Requester":
        """The same requester after the chat has set something."""
        t = catalog_for(preferences.language or self.user_language)
        return replace(self, preferences=preferences, t=t)


class BotContext(CallbackContext[ExtBot[None], dict[Any, Any], dict[Any, Any], dict[Any, Any]]):
    """The second argument of every handler; AccessControl sets the requester."""

    requester: Requester


def requester_of(
    update: Update, banned: bool, preferences: Preferences, admin_ids: tuple[int, ...]
) -> Requester:
    """The requester of an update."""
    user, chat = update.effective_user, update.effective_chat
    user_language = user.language_code if user is not None else None
    return Requester(
        person=person_of(update),
        chat=chat_of(update),
        private=chat is None or chat.type == chat.PRIVATE,
        admin=user is not None and user.id in admin_ids,
        banned=banned,
        preferences=preferences,
        user_language=user_language,
        t=catalog_for(preferences.language or user_language),
    )


def person_of(update: Update) -> int:
    """The id for limits and saved data: a user, or the chat in whose name a message is written.

    An anonymous admin of a group writes in the name of the group.
    """
    message = update.effective_message
    if message is not None and update.callback_query is None and message.sender_chat is not None:
        return message.sender_chat.id
    if update.effective_user is not None:
        return update.effective_user.id
    return update.effective_chat.id if update.effective_chat is not None else 0


def chat_of(update: Update) -> int:
    """The id of the chat whose preferences count; for an inline query, that of the person."""
    chat = update.effective_chat
    return chat.id if chat is not None else person_of(update)
