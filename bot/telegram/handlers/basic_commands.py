"""Commands about the bot itself: greeting, help, settings, privacy."""

from dataclasses import replace

from telegram import Chat, ChatMember, InlineKeyboardMarkup, Message, User
from telegram.error import TelegramError

from bot.chat.passage_ref import PassageRef
from bot.chat.records import (
    ANSWER_DAYS,
    CONTEXT_MINUTES,
    FEEDBACK_DAYS,
    LONGEST_KEPT_QUESTION,
    Preferences,
)
from bot.telegram.context.button_router import Press
from bot.telegram.context.guards import on_message
from bot.telegram.context.messages import acknowledge, reply, rewrite, say
from bot.telegram.context.question_parsing import after_command
from bot.telegram.context.requester import BotContext, Requester
from bot.telegram.context.services import BotServices
from bot.telegram.views.keyboards import answer_keyboard, forget_keyboard
from bot.telegram.views.passage_message import Rendered, render_passage
from bot.telegram.views.settings_keyboard import apply_setting, settings_keyboard
from corpus.errors import IndexUnavailable
from index.answer import Passage

__all__ = ["BasicCommands"]

_ANONYMOUS = 1_087_968_824  # @GroupAnonymousBot, the sender of what an anonymous admin writes
_LONGEST_SOURCE = 100  # characters of a source filter


class BasicCommands:
    """Callbacks for commands, and for the buttons under their replies."""

    def __init__(self, services: BotServices) -> None:
        """Use the storage and the engine of `services`."""
        self._services = services

    @on_message
    async def start(self, message: Message, context: BotContext) -> None:
        """`/start`, or a deep link to a passage."""
        requester = context.requester
        payload = after_command(message)
        if not payload.startswith("q"):
            await say(message, requester.t("start"))
            return
        try:
            passage = await self._services.passages.by_link(payload)
        except IndexUnavailable:
            await say(message, requester.t("no_index"))
            return
        if passage is None:
            await say(message, requester.t("gone"))
        else:
            await self._show(requester, message, passage, context.bot.username)

    @on_message
    async def help(self, message: Message, context: BotContext) -> None:
        """`/help`"""
        requester = context.requester
        text = requester.t("help", bot=f"@{context.bot.username}")
        if requester.admin:
            text += "\n\n" + requester.t("help_admin")
        await say(message, text)

    @on_message
    async def unknown(self, message: Message, context: BotContext) -> None:
        """Any other command in a private chat."""
        await say(message, context.requester.t("unknown_command"))

    @on_message
    async def other(self, message: Message, context: BotContext) -> None:
        """A sticker, a voice message, a photo without words, ..."""
        await say(message, context.requester.t("text_only"))

    @on_message
    async def new(self, message: Message, context: BotContext) -> None:
        """`/new`: the next question does not follow up on the last one."""
        requester = context.requester
        await self._services.run_on_store(
            lambda: self._services.chats.set_context(requester.chat, requester.person, None), None
        )
        await say(message, requester.t("new_done"))

    @on_message
    async def privacy(self, message: Message, context: BotContext) -> None:
        """`/privacy`"""
        requester = context.requester
        log = "privacy_log" if self._services.settings.log_questions else "privacy_no_log"
        text = requester.t(
            "privacy",
            context=CONTEXT_MINUTES,
            answers=ANSWER_DAYS,
            feedback=FEEDBACK_DAYS,
            log=requester.t(log, cap=LONGEST_KEPT_QUESTION, answers=ANSWER_DAYS),
        )
        await say(message, text)

    @on_message
    async def forget(self, message: Message, context: BotContext) -> None:
        """`/forget`: asks first."""
        t = context.requester.t
        await say(message, t("forget_ask"), forget_keyboard(t))

    @on_message
    async def settings(self, message: Message, context: BotContext) -> None:
        """`/settings`, or `/settings source WORDS`."""
        requester = context.requester
        field, _space, value = after_command(message).partition(" ")
        if field.lower() == "source":
            if not await _may_set(message.chat, message.from_user, requester):
                await say(message, requester.t("settings_admins"))
                return
            source = value.strip()[:_LONGEST_SOURCE] or None
            requester = await self._set(requester, replace(requester.preferences, source=source))
        shown, buttons = await self._settings(requester)
        await reply(message, shown, buttons)

    async def press_setting(self, press: Press) -> None:
        """A button of /settings."""
        requester, fields = press.requester, press.data.fields
        if not await _may_set(press.message.chat, press.query.from_user, requester):
            await acknowledge(press.query, requester.t("settings_admins"))
            return
        wanted = apply_setting(requester.preferences, *fields) if len(fields) == 2 else None
        if wanted is None:
            await acknowledge(press.query, requester.t("forgotten"))
            return
        requester = await self._set(requester, wanted)
        await acknowledge(press.query, requester.t("settings_saved"), loud=False)
        shown, buttons = await self._settings(requester)
        await rewrite(
            press.query.get_bot(), requester.chat, press.message.message_id, shown, buttons
        )

    async def press_forget(self, press: Press) -> None:
        """A button of /forget: it deletes what is kept about the person who presses it."""
        requester, person = press.requester, press.query.from_user.id
        confirmed = press.data.fields == ("yes",)
        if confirmed:
            await self._services.run_on_store(lambda: self._services.chats.forget(person), None)
        text = requester.t("forget_done" if confirmed else "forget_kept")
        await acknowledge(press.query)
        await rewrite(
            press.query.get_bot(), requester.chat, press.message.message_id, Rendered(text)
        )

    @on_message
    async def moved(self, message: Message, _: BotContext) -> None:
        """A group became a supergroup, which has another id."""
        if message.migrate_to_chat_id is not None:
            old, new = message.chat_id, message.migrate_to_chat_id
            await self._services.run_on_store(
                lambda: self._services.chats.move_chat(old, new), None
            )

    async def _set(self, requester: Requester, wanted: Preferences) -> Requester:
        """Save preferences; the requester with what is set now."""
        chats = self._services.chats

        def save() -> Preferences:
            chats.set_preferences(requester.chat, wanted)
            return chats.preferences(requester.chat)

        saved = await self._services.run_on_store(save, requester.preferences)
        return requester.with_preferences(saved)

    async def _settings(self, requester: Requester) -> tuple[Rendered, InlineKeyboardMarkup]:
        try:
            articles = await self._services.run_on_engine(lambda engine: engine.articles())
        except IndexUnavailable:
            articles = []
        source = requester.preferences.source
        note = requester.t("settings_source", source=source) if source else ""
        text = f"{requester.t('settings')}\n\n{note or requester.t('settings_source_none')}"
        languages = sorted({info.language for info in articles if info.language})
        return Rendered(text), settings_keyboard(requester.t, requester.preferences, languages)

    async def _show(
        self, requester: Requester, message: Message, passage: Passage, username: str
    ) -> None:
        """Send the passage of a deep link, with the buttons of an answer."""
        ref = PassageRef.of(passage)
        chats = self._services.chats
        key = await self._services.run_on_store(
            lambda: chats.save_answer(
                requester.chat, requester.person, message.message_id, "", True, (ref,)
            ),
            "",
        )
        buttons = answer_keyboard(requester.t, key, 0, (ref,), username=username, url=passage.url)
        sent = await reply(message, render_passage(passage, requester.t), buttons if key else None)
        await self._services.run_on_store(lambda: chats.set_message(key, sent.message_id), None)


async def _may_set(chat: Chat, user: User | None, requester: Requester) -> bool:
    """Whether somebody may change a chat's settings.

    In a private chat everybody may, in a group its admins, also anonymous ones. The people in
    ADMIN_IDS may everywhere.
    """
    if requester.private or requester.admin:
        return True
    if user is None or user.id == _ANONYMOUS:
        return requester.person == chat.id
    try:
        member = await chat.get_member(user.id)
    except TelegramError:
        return False
    return member.status in (ChatMember.OWNER, ChatMember.ADMINISTRATOR)
