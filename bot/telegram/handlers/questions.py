"""Questions: new ones, edited ones and follow-ups."""

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from telegram import InlineKeyboardMarkup, Message

from bot.chat.passage_ref import PassageRef
from bot.chat.rate_limits import NOTICE, QueueFull, Verdict
from bot.chat.records import SavedAnswer
from bot.i18n.catalog import small_talk
from bot.telegram.context.guards import on_message, say_if_limited
from bot.telegram.context.messages import reply, rewrite, say, typing
from bot.telegram.context.question_parsing import (
    ParsedQuestion,
    after_command,
    parse_question,
    quotable,
)
from bot.telegram.context.requester import BotContext, Requester
from bot.telegram.context.services import BotServices
from bot.telegram.views.keyboards import answer_keyboard, deep_link_in, nearest_keyboard
from bot.telegram.views.passage_message import Rendered, render_answer
from bot.text import encodable
from corpus.errors import IndexUnavailable, QuotebotError
from index.answer import Answer, Filters
from index.engine.follow_up import Context

__all__ = ["Questions"]

_EDITED_WITHIN = timedelta(minutes=10)  # in which an edit can turn a message into a question
_LONGEST_QUESTION = 1_000  # characters; a real question is a tenth of that
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Before:
    """What the storage says before a question is asked.

    `answer` is the last answer to the same message, which has been edited or delivered twice;
    `context` is the question before, for follow-ups.
    """

    verdict: Verdict
    answer: SavedAnswer | None = None
    context: Context | None = None

    @property
    def shown_in(self) -> int | None:
        """The message that shows the last answer to the same message."""
        return self.answer.message if self.answer is not None else None


class Questions:
    """Callbacks for messages."""

    def __init__(self, services: BotServices) -> None:
        """Use the engine, the storage and the limits of `services`."""
        self._services = services

    @on_message
    async def message(self, message: Message, context: BotContext) -> None:
        """Text in a private chat, or addressed to the bot elsewhere."""
        question = parse_question(message, context.bot.id, context.bot.username)
        if question and not await self._is_comment(context.requester, message):
            await self._take(context.requester, message, question)

    @on_message
    async def command(self, message: Message, context: BotContext) -> None:
        """`/ask question`; without a question, it asks the text of the message replied to."""
        source = message
        text = after_command(message)
        replied = message.reply_to_message
        if not text and replied is not None and not _is_ours(replied):
            source = replied
            text = encodable(replied.text or replied.caption or "")
        if text:
            await self._take(context.requester, message, ParsedQuestion(text, source))
        else:
            await say(message, context.requester.t("ask_usage"))

    @on_message
    async def edited(self, message: Message, context: BotContext) -> None:
        """An edited question gets its answer edited; other edits are ignored."""
        question = parse_question(message, context.bot.id, context.bot.username)
        command = (message.text or "").split(maxsplit=1)[:1]
        if command and command[0].startswith("/"):
            ours = command[0].lower() in ("/ask", f"/ask@{context.bot.username}".lower())
            question = ParsedQuestion(after_command(message), message) if ours else None
        if question is None or question.message is not message:
            return
        if not await self._is_comment(context.requester, message):
            await self._take(context.requester, message, question, edited=True)

    async def _take(
        self,
        requester: Requester,
        message: Message,
        question: ParsedQuestion,
        *,
        edited: bool = False,
    ) -> None:
        """Reply to small talk and to text that is no question; queue and answer a question."""
        if not any(character.isalnum() for character in question.text):
            if not edited:
                await say(message, requester.t("ask_in_words"))
            return
        reply_name = small_talk().get(question.text.casefold().strip(" .,!…)"))
        if reply_name is not None:
            await say(message, requester.t(reply_name))
            return
        if len(question.text) > _LONGEST_QUESTION:
            await say(message, requester.t("too_long", limit=_LONGEST_QUESTION))
            return
        began = asyncio.get_running_loop().time()
        try:
            async with self._services.queue.slot(requester.person):
                verdict = await self._answer(requester, message, question, edited, began)
        except QueueFull:
            verdict = await self._services.take(f"queue {requester.person}", NOTICE)
            verdict = Verdict.WARN if verdict is Verdict.GO else Verdict.SILENT
        await say_if_limited(requester, message, verdict)

    async def _answer(
        self,
        requester: Requester,
        message: Message,
        question: ParsedQuestion,
        edited: bool,
        began: float,
    ) -> Verdict:
        """Answer if the limits allow it; their verdict. `began` is a time of the event loop."""
        with self._services.load.question():
            before = await self._look_up(requester, message)
            if before.verdict is not Verdict.GO:
                return before.verdict
            shown_in = before.shown_in
            if (
                before.answer is not None
                and before.answer.question == question.text
                and shown_in is not None
            ):
                return before.verdict  # delivered twice, or the edit did not change the question
            if edited and shown_in is None and not _is_recent(message):
                return before.verdict
            answer = await self._ask(requester, message, question, before.context)
        if answer is None:
            return before.verdict
        refs = tuple(PassageRef.of(passage) for passage in answer.passages)
        key = await self._save(requester, message, question, answer, refs)
        shown, keyboard = _rendered(requester, key, answer, refs, message.get_bot().username)
        old = shown_in if edited else None
        sent = await self._show(message, question, old, shown, keyboard)
        seconds = asyncio.get_running_loop().time() - began
        await self._services.record_answer(requester, answer, seconds, key, sent)
        return before.verdict

    async def _look_up(self, requester: Requester, message: Message) -> _Before:
        """Take a token of the limits, and read what is saved, in one transaction."""
        chats, chat = self._services.chats, requester.chat

        def look_up() -> _Before:
            with chats.unit_of_work():
                return _Before(
                    self._services.take_question(requester),
                    chats.answer_to_question(chat, message.message_id),
                    chats.context(chat, requester.person),
                )

        return await self._services.run_on_store(look_up, _Before(Verdict.GO))

    async def _ask(
        self,
        requester: Requester,
        message: Message,
        question: ParsedQuestion,
        context: Context | None,
    ) -> Answer | None:
        """The engine's answer; None when it fails, and the bot has said so."""
        try:
            article = await self._replied_to(requester, message)
            filters = requester.filters
            if article is not None:
                filters, context = replace(filters or Filters(), article=article), None
            async with typing(message, self._services.background):
                return await self._services.ask(question.text, requester.passages, filters, context)
        except QuotebotError as error:
            self._services.metrics.failed.inc()
            _log.error("a question could not be answered: %s", error)
            no_index = isinstance(error, IndexUnavailable)
            await say(message, requester.t("no_index" if no_index else "trouble"))
            return None

    async def _replied_to(self, requester: Requester, message: Message) -> str | None:
        """The id of the article that the message replies to: only that article may answer."""
        chats, replied = self._services.chats, message.reply_to_message
        if replied is None:
            return None
        saved = await self._services.run_on_store(
            lambda: chats.answer_in_message(requester.chat, replied.message_id), None
        )
        if saved is not None and saved.passages:
            return saved.passages[min(saved.shown, len(saved.passages) - 1)].article
        if link := deep_link_in(replied):  # an inline quote, or an answer that was deleted
            passage = await self._services.passages.by_link(link)
            return passage.article_id if passage is not None else None
        return None

    async def _save(
        self,
        requester: Requester,
        message: Message,
        question: ParsedQuestion,
        answer: Answer,
        refs: Sequence[PassageRef],
    ) -> str:
        """Save the answer and the context for follow-ups; its key, empty if the storage fails."""
        chats = self._services.chats

        def save() -> str:
            with chats.unit_of_work():
                if answer.answered:
                    context = Context.of(question.text, answer.passages[0])
                    chats.set_context(requester.chat, requester.person, context)
                return chats.save_answer(
                    requester.chat,
                    requester.person,
                    message.message_id,
                    question.text,
                    answer.answered,
                    refs,
                )

        return await self._services.run_on_store(save, "")

    async def _show(
        self,
        message: Message,
        question: ParsedQuestion,
        old: int | None,
        shown: Rendered,
        keyboard: InlineKeyboardMarkup | None,
    ) -> int:
        """Edit the `old` message of the bot, or send a new one; the id of the message."""
        if old is not None and await rewrite(
            message.get_bot(), message.chat_id, old, shown, keyboard
        ):
            return old
        quote = quotable(question.text, question.message)
        sent = await reply(question.message, shown, keyboard, quote)
        return sent.message_id

    async def _is_comment(self, requester: Requester, message: Message) -> bool:
        """Whether this is a comment on a bad quote, which the bot asked for; if so, save it."""
        replied, feedback = message.reply_to_message, self._services.feedback
        if replied is None:
            return False
        prompt = await self._services.run_on_store(
            lambda: feedback.prompt(requester.chat, replied.message_id), None
        )
        if prompt is None:
            return False
        text = encodable(message.text or message.caption or "").strip()
        key, passage = prompt
        await self._services.run_on_store(
            lambda: feedback.add_comment(key, requester.person, passage, text), None
        )
        await say(message, requester.t("thanks_bad"))
        return True


def _rendered(
    requester: Requester, key: str, answer: Answer, refs: Sequence[PassageRef], username: str
) -> tuple[Rendered, InlineKeyboardMarkup | None]:
    """The message for an answer, and its buttons; without a key there are none."""
    t = requester.t
    if not answer.passages:
        return render_answer(answer, t=t), None
    if not answer.answered:
        return Rendered(t("no_answer")), nearest_keyboard(t, key) if key else None
    if not key:
        return render_answer(answer, t=t), None
    keyboard = answer_keyboard(t, key, 0, refs, username=username, url=answer.passages[0].url)
    return render_answer(answer, t=t), keyboard


def _is_ours(message: Message) -> bool:
    return message.from_user is not None and message.from_user.id == message.get_bot().id


def _is_recent(message: Message) -> bool:
    """Whether a message was edited soon enough to be answered as a new question."""
    return message.edit_date is not None and message.edit_date - message.date <= _EDITED_WITHIN
