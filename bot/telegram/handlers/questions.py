"""Questions: new ones, edited ones, and those that follow up."""

import asyncio
import logging
from dataclasses import replace
from datetime import timedelta

from telegram import InlineKeyboardMarkup, Message, Update

from bot.chat.passage_ref import PassageRef
from bot.chat.rate_limits import NOTICE, QueueFull, Verdict
from bot.i18n.catalog import small_talk
from bot.storage.chat_store import SavedAnswer
from bot.telegram.context.messages import reply, rewrite, say, typing
from bot.telegram.context.question_parsing import Asked, after_command, asked, quotable
from bot.telegram.context.services import BotContext, BotServices, Requester
from bot.telegram.views.keyboards import link_under, nearest, under
from bot.telegram.views.passage_message import Rendered, render_answer
from bot.text import encodable, is_link
from corpus.errors import IndexUnavailable, QuotebotError
from index.answer import Answer, Filters
from index.engine.follow_up import Context

__all__ = ["Answering"]

_EDITED_WITHIN = timedelta(minutes=10)
LONGEST_QUESTION = 1_000  # characters; a real question is a tenth of that
_log = logging.getLogger(__name__)


class Answering:
    """Callbacks for messages."""

    def __init__(self, services: BotServices) -> None:
        """Everything shared is on the desk."""
        self._services = services

    async def message(self, update: Update, context: BotContext) -> None:
        """Words in a private chat, or addressed to the bot elsewhere."""
        message = update.effective_message
        found = message and asked(message, context.bot.id, context.bot.username)
        if message is None or not found:
            return
        requester = context.requester
        if not await self._is_comment(requester, message):
            await self._take(requester, message, found)

    async def command(self, update: Update, context: BotContext) -> None:
        """`/ask question`; without a question, it asks what the message above says."""
        message = update.effective_message
        if message is None:
            return
        requester = context.requester
        above = message.reply_to_message
        question = after_command(message)
        if not question and above is not None and not _is_ours(above):
            question = encodable(above.text or above.caption or "")
        else:
            above = message
        if question:
            await self._take(requester, message, Asked(question, above))
        else:
            await say(message, requester.t("ask_usage"))

    async def edited(self, update: Update, context: BotContext) -> None:
        """An edited question gets its answer edited; other edits are none of our business."""
        message = update.edited_message or update.edited_channel_post
        if message is None:
            return
        found = asked(message, context.bot.id, context.bot.username)
        command = (message.text or "").split(maxsplit=1)[:1]
        if command and command[0].startswith("/"):
            ours = command[0].lower() in ("/ask", f"/ask@{context.bot.username}".lower())
            found = Asked(after_command(message), message) if ours else None
        if found is not None and found.message is message:
            requester = context.requester
            if not await self._is_comment(requester, message):
                await self._take(requester, message, found, edited=True)

    async def _take(
        self, requester: Requester, message: Message, found: Asked, *, edited: bool = False
    ) -> None:
        """Answer when it is a question and its turn has come."""
        if not any(character.isalnum() for character in found.text):
            if not edited:
                await say(message, requester.t("ask_in_words"))
            return
        courtesy = small_talk().get(found.text.casefold().strip(" .,!…)"))
        if courtesy is not None:
            await say(message, requester.t(courtesy))
            return
        if len(found.text) > LONGEST_QUESTION:
            await say(message, requester.t("too_long", limit=LONGEST_QUESTION))
            return
        began = asyncio.get_running_loop().time()
        try:
            async with self._services.turns.of(requester.person):
                verdict = await self._answer(requester, message, found, edited, began)
        except QueueFull:
            verdict = await self._services.take(f"queue {requester.person}", NOTICE)
            verdict = Verdict.WARN if verdict is Verdict.GO else Verdict.SILENT
        if verdict is Verdict.WARN:
            await say(message, requester.t("slow_down" if requester.private else "slow_down_group"))

    async def _answer(
        self, requester: Requester, message: Message, found: Asked, edited: bool, began: float
    ) -> Verdict:
        """Answer if the limits allow it; whether they did."""
        with self._services.asking():
            verdict, before, talked = await self._begin(requester, message)
            if verdict is not Verdict.GO:
                return verdict
            if before is not None and before.question == found.text and before.message is not None:
                return verdict  # sent twice, or something else about the message was edited
            unanswered = before is None or before.message is None
            if edited and unanswered and not _is_recent(message):
                return verdict
            answer = await self._ask(requester, message, found, talked)
        if answer is None:
            return verdict
        key, shown, keyboard = await self._prepare(requester, message, answer, found)
        sent = await self._put(message, found, before if edited else None, shown, keyboard)
        seconds = asyncio.get_running_loop().time() - began
        await self._services.note(requester, answer, seconds, key, sent)
        return verdict

    async def _begin(
        self, requester: Requester, message: Message
    ) -> tuple[Verdict, SavedAnswer | None, Context | None]:
        """What the limits say, the answer to the message if it has one, what was talked about."""
        state, chat, number = self._services.state, requester.chat, message.message_id

        def begin() -> tuple[Verdict, SavedAnswer | None, Context | None]:
            with state.writing():
                verdict = self._services.admitted(requester)
                return verdict, state.answer_to(chat, number), state.context(chat, requester.person)

        return await self._services.keep(begin, (Verdict.GO, None, None))

    async def _ask(
        self, requester: Requester, message: Message, found: Asked, talked: Context | None
    ) -> Answer | None:
        """The engine's answer; troubles are told here."""
        try:
            article = await self._replied_to(requester, message)
            filters, context = requester.filters, talked
            if article is not None:
                filters, context = replace(filters or Filters(), article=article), None
            async with typing(message):
                return await self._services.ask(found.text, requester.passages, filters, context)
        except QuotebotError as error:
            self._services.metrics.failed.inc()
            _log.error("a question could not be answered: %s", error)
            no_index = isinstance(error, IndexUnavailable)
            await say(message, requester.t("no_index" if no_index else "trouble"))
            return None

    async def _replied_to(self, requester: Requester, message: Message) -> str | None:
        """The article of the quote that the message replies to: only that one is asked then."""
        state, above = self._services.state, message.reply_to_message
        if above is None:
            return None
        kept = await self._services.keep(
            lambda: state.answer_in(requester.chat, above.message_id), None
        )
        if kept is not None and kept.places:
            return kept.places[min(kept.shown, len(kept.places) - 1)].article
        if link := link_under(above):  # of an inline quote, or of an answer that was forgotten
            passage = await self._services.linked(link)
            return passage.article_id if passage is not None else None
        return None

    async def _prepare(
        self, requester: Requester, message: Message, answer: Answer, found: Asked
    ) -> tuple[str, Rendered, InlineKeyboardMarkup | None]:
        """Remember the answer; the message to send, and what stands under it."""
        places = tuple(PassageRef.of(passage) for passage in answer.passages)

        state = self._services.state

        def remember() -> str:
            with state.writing():
                if answer.answered:
                    context = Context.of(found.text, answer.passages[0])
                    state.talked(requester.chat, requester.person, context)
                return state.remember(
                    requester.chat,
                    requester.person,
                    message.message_id,
                    found.text,
                    answer.answered,
                    places,
                )

        key = await self._services.keep(remember, "")
        if not places:
            return key, render_answer(answer, t=requester.t), None
        if not answer.answered:
            return (
                key,
                Rendered(requester.t("no_answer")),
                nearest(requester.t, key) if key else None,
            )
        url = answer.passages[0].url
        keyboard = under(
            requester.t,
            key,
            0,
            places,
            username=message.get_bot().username,
            url=url if is_link(url) else None,
        )
        return key, render_answer(answer, t=requester.t), keyboard if key else None

    async def _put(
        self,
        message: Message,
        found: Asked,
        before: SavedAnswer | None,
        shown: Rendered,
        keyboard: InlineKeyboardMarkup | None,
    ) -> int:
        """Edit the answer that is there, or send one; id of its message."""
        old = before.message if before is not None else None
        if old is not None and await rewrite(
            message.get_bot(), message.chat_id, old, shown, keyboard
        ):
            return old
        sent = await reply(found.message, shown, keyboard, quotable(found.text, found.message))
        return sent.message_id

    async def _is_comment(self, requester: Requester, message: Message) -> bool:
        """Whether this is what somebody has to say about a bad quote; if so, keep it."""
        above, records = message.reply_to_message, self._services.records
        if above is None:
            return False
        about = await self._services.keep(
            lambda: records.prompted(requester.chat, above.message_id), None
        )
        if about is None:
            return False
        text = encodable(message.text or message.caption or "").strip()
        await self._services.keep(
            lambda: records.comment(about[0], requester.person, about[1], text), None
        )
        await say(message, requester.t("thanks_bad"))
        return True


def _is_ours(message: Message) -> bool:
    return message.from_user is not None and message.from_user.id == message.get_bot().id


def _is_recent(message: Message) -> bool:
    """Whether a message that got no answer was edited while somebody still waits for one."""
    return message.edit_date is not None and message.edit_date - message.date <= _EDITED_WITHIN
