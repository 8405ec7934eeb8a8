"""Questions: new ones, edited ones, and those that follow up."""

import asyncio
import logging
from dataclasses import replace
from datetime import timedelta

from telegram import InlineKeyboardMarkup, Message, Update

from bot.chat.passage_ref import Place
from bot.chat.rate_limits import NOTICE, QueueFull, Verdict
from bot.i18n.catalog import courtesies
from bot.storage.chat_store import Kept
from bot.telegram.context.messages import reply, rewrite, say, typing
from bot.telegram.context.question_parsing import Asked, after_command, asked, quotable
from bot.telegram.context.services import Desk, Visit, VisitContext
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

    def __init__(self, desk: Desk) -> None:
        """Everything shared is on the desk."""
        self._desk = desk

    async def message(self, update: Update, context: VisitContext) -> None:
        """Words in a private chat, or addressed to the bot elsewhere."""
        message = update.effective_message
        found = message and asked(message, context.bot.id, context.bot.username)
        if message is None or not found:
            return
        visit = context.visit
        if not await self._is_comment(visit, message):
            await self._take(visit, message, found)

    async def command(self, update: Update, context: VisitContext) -> None:
        """`/ask question`; without a question, it asks what the message above says."""
        message = update.effective_message
        if message is None:
            return
        visit = context.visit
        above = message.reply_to_message
        question = after_command(message)
        if not question and above is not None and not _is_ours(above):
            question = encodable(above.text or above.caption or "")
        else:
            above = message
        if question:
            await self._take(visit, message, Asked(question, above))
        else:
            await say(message, visit.words("ask_usage"))

    async def edited(self, update: Update, context: VisitContext) -> None:
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
            visit = context.visit
            if not await self._is_comment(visit, message):
                await self._take(visit, message, found, edited=True)

    async def _take(
        self, visit: Visit, message: Message, found: Asked, *, edited: bool = False
    ) -> None:
        """Answer when it is a question and its turn has come."""
        if not any(character.isalnum() for character in found.text):
            if not edited:
                await say(message, visit.words("ask_in_words"))
            return
        courtesy = courtesies().get(found.text.casefold().strip(" .,!…)"))
        if courtesy is not None:
            await say(message, visit.words(courtesy))
            return
        if len(found.text) > LONGEST_QUESTION:
            await say(message, visit.words("too_long", limit=LONGEST_QUESTION))
            return
        began = asyncio.get_running_loop().time()
        try:
            async with self._desk.turns.of(visit.person):
                verdict = await self._answer(visit, message, found, edited, began)
        except QueueFull:
            verdict = await self._desk.take(f"queue {visit.person}", NOTICE)
            verdict = Verdict.WARN if verdict is Verdict.GO else Verdict.SILENT
        if verdict is Verdict.WARN:
            await say(message, visit.words("slow_down" if visit.private else "slow_down_group"))

    async def _answer(
        self, visit: Visit, message: Message, found: Asked, edited: bool, began: float
    ) -> Verdict:
        """Answer if the limits allow it; whether they did."""
        with self._desk.asking():
            verdict, before, talked = await self._begin(visit, message)
            if verdict is not Verdict.GO:
                return verdict
            if before is not None and before.question == found.text and before.message is not None:
                return verdict  # sent twice, or something else about the message was edited
            unanswered = before is None or before.message is None
            if edited and unanswered and not _is_recent(message):
                return verdict
            answer = await self._ask(visit, message, found, talked)
        if answer is None:
            return verdict
        key, shown, keyboard = await self._prepare(visit, message, answer, found)
        sent = await self._put(message, found, before if edited else None, shown, keyboard)
        seconds = asyncio.get_running_loop().time() - began
        await self._desk.note(visit, answer, seconds, key, sent)
        return verdict

    async def _begin(
        self, visit: Visit, message: Message
    ) -> tuple[Verdict, Kept | None, Context | None]:
        """What the limits say, the answer to the message if it has one, what was talked about."""
        state, chat, number = self._desk.state, visit.chat, message.message_id

        def begin() -> tuple[Verdict, Kept | None, Context | None]:
            with state.writing():
                verdict = self._desk.admitted(visit)
                return verdict, state.answer_to(chat, number), state.context(chat, visit.person)

        return await self._desk.keep(begin, (Verdict.GO, None, None))

    async def _ask(
        self, visit: Visit, message: Message, found: Asked, talked: Context | None
    ) -> Answer | None:
        """The engine's answer; troubles are told here."""
        try:
            article = await self._replied_to(visit, message)
            filters, context = visit.filters, talked
            if article is not None:
                filters, context = replace(filters or Filters(), article=article), None
            async with typing(message):
                return await self._desk.ask(found.text, visit.passages, filters, context)
        except QuotebotError as error:
            self._desk.metrics.failed += 1
            _log.error("a question could not be answered: %s", error)
            no_index = isinstance(error, IndexUnavailable)
            await say(message, visit.words("no_index" if no_index else "trouble"))
            return None

    async def _replied_to(self, visit: Visit, message: Message) -> str | None:
        """The article of the quote that the message replies to: only that one is asked then."""
        state, above = self._desk.state, message.reply_to_message
        if above is None:
            return None
        kept = await self._desk.keep(lambda: state.answer_in(visit.chat, above.message_id), None)
        if kept is not None and kept.places:
            return kept.places[min(kept.shown, len(kept.places) - 1)].article
        if link := link_under(above):  # of an inline quote, or of an answer that was forgotten
            passage = await self._desk.linked(link)
            return passage.article_id if passage is not None else None
        return None

    async def _prepare(
        self, visit: Visit, message: Message, answer: Answer, found: Asked
    ) -> tuple[str, Rendered, InlineKeyboardMarkup | None]:
        """Remember the answer; the message to send, and what stands under it."""
        places = tuple(Place.of(passage) for passage in answer.passages)

        state = self._desk.state

        def remember() -> str:
            with state.writing():
                if answer.answered:
                    context = Context.of(found.text, answer.passages[0])
                    state.talked(visit.chat, visit.person, context)
                return state.remember(
                    visit.chat, visit.person, message.message_id, found.text, answer.answered,
                    places,
                )  # fmt: skip

        key = await self._desk.keep(remember, "")
        if not places:
            return key, render_answer(answer, words=visit.words), None
        if not answer.answered:
            return (
                key,
                Rendered(visit.words("no_answer")),
                nearest(visit.words, key) if key else None,
            )
        url = answer.passages[0].url
        keyboard = under(
            visit.words,
            key,
            0,
            places,
            username=message.get_bot().username,
            url=url if is_link(url) else None,
        )
        return key, render_answer(answer, words=visit.words), keyboard if key else None

    async def _put(
        self,
        message: Message,
        found: Asked,
        before: Kept | None,
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

    async def _is_comment(self, visit: Visit, message: Message) -> bool:
        """Whether this is what somebody has to say about a bad quote; if so, keep it."""
        above, records = message.reply_to_message, self._desk.records
        if above is None:
            return False
        about = await self._desk.keep(lambda: records.prompted(visit.chat, above.message_id), None)
        if about is None:
            return False
        text = encodable(message.text or message.caption or "").strip()
        await self._desk.keep(lambda: records.comment(about[0], visit.person, about[1], text), None)
        await say(message, visit.words("thanks_bad"))
        return True


def _is_ours(message: Message) -> bool:
    return message.from_user is not None and message.from_user.id == message.get_bot().id


def _is_recent(message: Message) -> bool:
    """Whether a message that got no answer was edited while somebody still waits for one."""
    return message.edit_date is not None and message.edit_date - message.date <= _EDITED_WITHIN
