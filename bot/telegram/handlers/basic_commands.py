"""Commands about the bot itself: greeting, help, settings, privacy."""

from dataclasses import replace

from telegram import CallbackQuery, ChatMember, InlineKeyboardMarkup, Message, Update
from telegram.error import TelegramError

from bot.chat.passage_ref import PassageRef
from bot.storage.chat_store import ANSWER_DAYS, CONTEXT_MINUTES, FEEDBACK_DAYS, Preferences
from bot.storage.feedback_store import QUESTION_CAP
from bot.telegram.context.messages import acknowledge, reply, rewrite, say
from bot.telegram.context.question_parsing import after_command
from bot.telegram.context.services import BotContext, BotServices, Requester, person_of
from bot.telegram.views.keyboards import forgetting, under
from bot.telegram.views.passage_message import Rendered, render_passage
from bot.telegram.views.settings_keyboard import changed, keyboard
from bot.text import is_link
from corpus.errors import IndexUnavailable
from index.answer import Passage

__all__ = ["Commands"]

_ANONYMOUS = 1_087_968_824  # @GroupAnonymousBot, as whom an anonymous admin speaks
_SOURCE_LIMIT = 100


class Commands:
    """Callbacks for commands, and for the buttons under their replies."""

    def __init__(self, services: BotServices) -> None:
        """Everything shared is on the desk."""
        self._services = services

    async def start(self, update: Update, context: BotContext) -> None:
        """`/start`, or a deep link to a passage."""
        message = update.effective_message
        if message is None:
            return
        requester = context.requester
        payload = after_command(message)
        if not payload.startswith("q"):
            await say(message, requester.t("start"))
            return
        try:
            passage = await self._services.linked(payload)
        except IndexUnavailable:
            await say(message, requester.t("no_index"))
            return
        if passage is None:
            await say(message, requester.t("gone"))
        else:
            await self._show(requester, message, passage, context.bot.username)

    async def help(self, update: Update, context: BotContext) -> None:
        """`/help`"""
        requester = context.requester
        text = requester.t("help", bot=f"@{context.bot.username}")
        if requester.admin:
            text += "\n\n" + requester.t("help_admin")
        await say(update.effective_message, text)

    async def unknown(self, update: Update, context: BotContext) -> None:
        """Any other command in a private chat."""
        requester = context.requester
        await say(update.effective_message, requester.t("unknown_command"))

    async def other(self, update: Update, context: BotContext) -> None:
        """A sticker, a voice message, a photo without words, ..."""
        requester = context.requester
        await say(update.effective_message, requester.t("text_only"))

    async def new(self, update: Update, context: BotContext) -> None:
        """`/new`"""
        requester = context.requester
        await self._services.keep(
            lambda: self._services.state.talked(requester.chat, requester.person, None), None
        )
        await say(update.effective_message, requester.t("new_done"))

    async def privacy(self, update: Update, context: BotContext) -> None:
        """`/privacy`"""
        requester = context.requester
        log = "privacy_log" if self._services.settings.log_questions else "privacy_no_log"
        text = requester.t(
            "privacy",
            context=CONTEXT_MINUTES,
            answers=ANSWER_DAYS,
            feedback=FEEDBACK_DAYS,
            log=requester.t(log, cap=QUESTION_CAP, answers=ANSWER_DAYS),
        )
        await say(update.effective_message, text)

    async def forget(self, update: Update, context: BotContext) -> None:
        """`/forget`: asks first."""
        requester = context.requester
        await say(update.effective_message, requester.t("forget_ask"), forgetting(requester.t))

    async def settings(self, update: Update, context: BotContext) -> None:
        """`/settings`, or `/settings source WORDS`."""
        message = update.effective_message
        if message is None:
            return
        requester = context.requester
        field, _space, value = after_command(message).partition(" ")
        if field.lower() == "source":
            if not await self._may_set(update, requester):
                await say(message, requester.t("settings_admins"))
                return
            source = value.strip()[:_SOURCE_LIMIT] or None
            requester = await self._set(
                update, requester, replace(requester.preferences, source=source)
            )
        shown, buttons = await self._settings(requester)
        await reply(message, shown, buttons)

    async def press(self, update: Update, context: BotContext) -> None:
        """A button of /settings or /forget."""
        query = update.callback_query
        if query is None or query.message is None:
            return
        requester = context.requester
        action, *fields = (query.data or "").split(":")
        if action == "f":
            await self._forget(query, requester, fields)
        elif not await self._may_set(update, requester):
            await acknowledge(query, requester.t("settings_admins"))
        else:
            wanted = changed(requester.preferences, *fields) if len(fields) == 2 else None
            if wanted is None:
                await acknowledge(query, requester.t("forgotten"))
                return
            requester = await self._set(update, requester, wanted)
            await acknowledge(query, requester.t("settings_saved"), loud=False)
            shown, buttons = await self._settings(requester)
            await rewrite(query.get_bot(), requester.chat, query.message.message_id, shown, buttons)

    async def moved(self, update: Update, _: BotContext) -> None:
        """A group became a supergroup, which has another id."""
        message = update.effective_message
        if message is not None and message.migrate_to_chat_id is not None:
            old, new = message.chat_id, message.migrate_to_chat_id
            await self._services.keep(lambda: self._services.state.move_chat(old, new), None)

    async def _forget(self, query: CallbackQuery, requester: Requester, fields: list[str]) -> None:
        """Whoever presses is forgotten, whoever asked."""
        person = query.from_user.id
        if fields == ["yes"]:
            await self._services.keep(lambda: self._services.state.forget(person), None)
        text = requester.t("forget_done" if fields == ["yes"] else "forget_kept")
        await acknowledge(query)
        if query.message is not None:
            await rewrite(query.get_bot(), requester.chat, query.message.message_id, Rendered(text))

    async def _may_set(self, update: Update, requester: Requester) -> bool:
        """In a group, its admins, also anonymous ones; the owners of the bot everywhere."""
        chat, user = update.effective_chat, update.effective_user
        if requester.private or requester.admin or chat is None:
            return True
        if user is None or user.id == _ANONYMOUS:
            return person_of(update) == chat.id
        try:
            member = await chat.get_member(user.id)
        except TelegramError:
            return False
        return member.status in (ChatMember.OWNER, ChatMember.ADMINISTRATOR)

    async def _set(self, update: Update, requester: Requester, wanted: Preferences) -> Requester:
        await self._services.keep(lambda: self._services.state.prefer(requester.chat, wanted), None)
        return await self._services.requester(update)

    async def _settings(self, requester: Requester) -> tuple[Rendered, InlineKeyboardMarkup]:
        try:
            articles = await self._services.look(lambda engine: engine.articles())
        except IndexUnavailable:
            articles = []
        source = requester.preferences.source
        note = requester.t("settings_source", source=source) if source else ""
        text = f"{requester.t('settings')}\n\n{note or requester.t('settings_source_none')}"
        spoken = sorted({info.language for info in articles if info.language})
        return Rendered(text), keyboard(requester.t, requester.preferences, spoken)

    async def _show(
        self, requester: Requester, message: Message, passage: Passage, username: str
    ) -> None:
        place = PassageRef.of(passage)
        state = self._services.state
        key = await self._services.keep(
            lambda: state.remember(
                requester.chat, requester.person, message.message_id, "", True, (place,)
            ),
            "",
        )
        url = passage.url if is_link(passage.url) else None
        buttons = under(requester.t, key, 0, (place,), username=username, url=url)
        sent = await reply(message, render_passage(passage, requester.t), buttons if key else None)
        await self._services.keep(lambda: state.sent(key, sent.message_id), None)
