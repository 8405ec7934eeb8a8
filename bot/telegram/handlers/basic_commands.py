"""Commands about the bot itself: greeting, help, settings, privacy."""

from dataclasses import replace

from telegram import CallbackQuery, ChatMember, InlineKeyboardMarkup, Message, Update
from telegram.error import TelegramError

from bot.chat.passage_ref import Place
from bot.storage.chat_store import ANSWER_DAYS, CONTEXT_MINUTES, FEEDBACK_DAYS, Preferences
from bot.storage.feedback_store import QUESTION_CAP
from bot.telegram.context.messages import acknowledge, reply, rewrite, say
from bot.telegram.context.question_parsing import after_command
from bot.telegram.context.services import Desk, Visit, VisitContext, person_of
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

    def __init__(self, desk: Desk) -> None:
        """Everything shared is on the desk."""
        self._desk = desk

    async def start(self, update: Update, context: VisitContext) -> None:
        """`/start`, or a deep link to a passage."""
        message = update.effective_message
        if message is None:
            return
        visit = context.visit
        payload = after_command(message)
        if not payload.startswith("q"):
            await say(message, visit.words("start"))
            return
        try:
            passage = await self._desk.linked(payload)
        except IndexUnavailable:
            await say(message, visit.words("no_index"))
            return
        if passage is None:
            await say(message, visit.words("gone"))
        else:
            await self._show(visit, message, passage, context.bot.username)

    async def help(self, update: Update, context: VisitContext) -> None:
        """`/help`"""
        visit = context.visit
        text = visit.words("help", bot=f"@{context.bot.username}")
        if visit.admin:
            text += "\n\n" + visit.words("help_admin")
        await say(update.effective_message, text)

    async def unknown(self, update: Update, context: VisitContext) -> None:
        """Any other command in a private chat."""
        visit = context.visit
        await say(update.effective_message, visit.words("unknown_command"))

    async def other(self, update: Update, context: VisitContext) -> None:
        """A sticker, a voice message, a photo without words, ..."""
        visit = context.visit
        await say(update.effective_message, visit.words("text_only"))

    async def new(self, update: Update, context: VisitContext) -> None:
        """`/new`"""
        visit = context.visit
        await self._desk.keep(lambda: self._desk.state.talked(visit.chat, visit.person, None), None)
        await say(update.effective_message, visit.words("new_done"))

    async def privacy(self, update: Update, context: VisitContext) -> None:
        """`/privacy`"""
        visit = context.visit
        log = "privacy_log" if self._desk.settings.log_questions else "privacy_no_log"
        text = visit.words(
            "privacy",
            context=CONTEXT_MINUTES,
            answers=ANSWER_DAYS,
            feedback=FEEDBACK_DAYS,
            log=visit.words(log, cap=QUESTION_CAP, answers=ANSWER_DAYS),
        )
        await say(update.effective_message, text)

    async def forget(self, update: Update, context: VisitContext) -> None:
        """`/forget`: asks first."""
        visit = context.visit
        await say(update.effective_message, visit.words("forget_ask"), forgetting(visit.words))

    async def settings(self, update: Update, context: VisitContext) -> None:
        """`/settings`, or `/settings source WORDS`."""
        message = update.effective_message
        if message is None:
            return
        visit = context.visit
        field, _space, value = after_command(message).partition(" ")
        if field.lower() == "source":
            if not await self._may_set(update, visit):
                await say(message, visit.words("settings_admins"))
                return
            source = value.strip()[:_SOURCE_LIMIT] or None
            visit = await self._set(update, visit, replace(visit.preferences, source=source))
        shown, buttons = await self._settings(visit)
        await reply(message, shown, buttons)

    async def press(self, update: Update, context: VisitContext) -> None:
        """A button of /settings or /forget."""
        query = update.callback_query
        if query is None or query.message is None:
            return
        visit = context.visit
        action, *fields = (query.data or "").split(":")
        if action == "f":
            await self._forget(query, visit, fields)
        elif not await self._may_set(update, visit):
            await acknowledge(query, visit.words("settings_admins"))
        else:
            wanted = changed(visit.preferences, *fields) if len(fields) == 2 else None
            if wanted is None:
                await acknowledge(query, visit.words("forgotten"))
                return
            visit = await self._set(update, visit, wanted)
            await acknowledge(query, visit.words("settings_saved"), loud=False)
            shown, buttons = await self._settings(visit)
            await rewrite(query.get_bot(), visit.chat, query.message.message_id, shown, buttons)

    async def moved(self, update: Update, _: VisitContext) -> None:
        """A group became a supergroup, which has another id."""
        message = update.effective_message
        if message is not None and message.migrate_to_chat_id is not None:
            old, new = message.chat_id, message.migrate_to_chat_id
            await self._desk.keep(lambda: self._desk.state.move_chat(old, new), None)

    async def _forget(self, query: CallbackQuery, visit: Visit, fields: list[str]) -> None:
        """Whoever presses is forgotten, whoever asked."""
        person = query.from_user.id
        if fields == ["yes"]:
            await self._desk.keep(lambda: self._desk.state.forget(person), None)
        text = visit.words("forget_done" if fields == ["yes"] else "forget_kept")
        await acknowledge(query)
        if query.message is not None:
            await rewrite(query.get_bot(), visit.chat, query.message.message_id, Rendered(text))

    async def _may_set(self, update: Update, visit: Visit) -> bool:
        """In a group, its admins, also anonymous ones; the owners of the bot everywhere."""
        chat, user = update.effective_chat, update.effective_user
        if visit.private or visit.admin or chat is None:
            return True
        if user is None or user.id == _ANONYMOUS:
            return person_of(update) == chat.id
        try:
            member = await chat.get_member(user.id)
        except TelegramError:
            return False
        return member.status in (ChatMember.OWNER, ChatMember.ADMINISTRATOR)

    async def _set(self, update: Update, visit: Visit, wanted: Preferences) -> Visit:
        await self._desk.keep(lambda: self._desk.state.prefer(visit.chat, wanted), None)
        return await self._desk.visit(update)

    async def _settings(self, visit: Visit) -> tuple[Rendered, InlineKeyboardMarkup]:
        try:
            articles = await self._desk.look(lambda engine: engine.articles())
        except IndexUnavailable:
            articles = []
        source = visit.preferences.source
        note = visit.words("settings_source", source=source) if source else ""
        text = f"{visit.words('settings')}\n\n{note or visit.words('settings_source_none')}"
        spoken = sorted({info.language for info in articles if info.language})
        return Rendered(text), keyboard(visit.words, visit.preferences, spoken)

    async def _show(self, visit: Visit, message: Message, passage: Passage, username: str) -> None:
        place = Place.of(passage)
        state = self._desk.state
        key = await self._desk.keep(
            lambda: state.remember(
                visit.chat, visit.person, message.message_id, "", True, (place,)
            ),
            "",
        )
        url = passage.url if is_link(passage.url) else None
        buttons = under(visit.words, key, 0, (place,), username=username, url=url)
        sent = await reply(message, render_passage(passage, visit.words), buttons if key else None)
        await self._desk.keep(lambda: state.sent(key, sent.message_id), None)
