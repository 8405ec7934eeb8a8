"""Presses of the buttons under an answer."""

from dataclasses import replace

from telegram import CallbackQuery, ForceReply, InlineKeyboardMarkup, Message, Update

from bot.chat.rate_limits import PRESSES, Verdict
from bot.storage.chat_store import Kept
from bot.storage.feedback_store import GOOD, REASONS, UNSAID
from bot.telegram.context.messages import acknowledge, change_keyboard, reply, rewrite
from bot.telegram.context.services import Desk, Visit, VisitContext
from bot.telegram.views.keyboards import WIDEST, bad, under
from bot.telegram.views.passage_message import Rendered, around, render_passage, render_to
from bot.text import is_link
from corpus.errors import IndexUnavailable
from index.answer import Passage
from index.engine.follow_up import Context

__all__ = ["Pressing"]

_Shown = tuple[Rendered, InlineKeyboardMarkup]


class Pressing:
    """One method for what all of them share, one for each kind of button."""

    def __init__(self, desk: Desk) -> None:
        """Everything shared is on the desk."""
        self._desk = desk

    async def press(self, update: Update, context: VisitContext) -> None:
        """A button under an answer: look the answer up, then do what the button says."""
        query = update.callback_query
        if query is None:
            return
        visit = context.visit
        action, key, *rest = (query.data or "").split(":")
        numbers = [int(field) for field in rest if field.isdecimal() and len(field) < 6]
        kept = await self._desk.keep(lambda: self._desk.state.recall(key), None)
        if await self._desk.take(f"press {visit.person}", PRESSES) is not Verdict.GO:
            await acknowledge(query, visit.words("slow_down"), loud=False)
        elif kept is None or query.message is None or query.message.chat.id != visit.chat:
            await acknowledge(query, visit.words("forgotten"))
        else:
            index = numbers[0] if numbers else 0
            if index >= len(kept.places):
                await acknowledge(query, visit.words("gone"))
                return
            await self._do(action, query, visit, kept, index, rest)

    async def unknown(self, update: Update, context: VisitContext) -> None:
        """A button that we never made, or made in another version."""
        if update.callback_query is not None:
            visit = context.visit
            await acknowledge(update.callback_query, visit.words("forgotten"))

    async def _do(
        self,
        action: str,
        query: CallbackQuery,
        visit: Visit,
        kept: Kept,
        index: int,
        rest: list[str],
    ) -> None:
        if action in "pmno":
            wide = rest[1] if action == "m" and len(rest) > 1 else "0"
            count = min(int(wide), WIDEST) if wide.isdecimal() and len(wide) < 3 else 0
            await self._show(query, visit, kept, index, count, fresh=action == "o")
        elif action == "g":
            await self._judge(visit, kept, index, GOOD)
            await acknowledge(query, visit.words("thanks"), loud=False)
        elif action == "b":
            await self._judge(visit, kept, index, UNSAID)  # some never say why
            await acknowledge(query, visit.words("why"), loud=False)
            await change_keyboard(query, bad(visit.words, kept.key, index))
        elif action == "r" and len(rest) > 1 and rest[1] in REASONS:
            await self._why(query, visit, kept, index, rest[1])
        else:
            await acknowledge(query, visit.words("forgotten"))

    async def _show(
        self,
        query: CallbackQuery,
        visit: Visit,
        kept: Kept,
        index: int,
        count: int,
        *,
        fresh: bool,
    ) -> None:
        """Another passage, or more around it, in place or as a new message."""
        try:
            passage = await self._desk.passage(kept.places[index])
        except IndexUnavailable:
            await acknowledge(query, visit.words("no_index"))
            return
        if passage is None:
            await acknowledge(query, visit.words("gone"))
            return
        await acknowledge(query)
        message = query.message
        if fresh:
            kept = await self._copied(visit, kept)
        shown, keyboard = await self._shown(query, visit, kept, index, passage, count)

        def remember() -> None:
            self._desk.state.turned(kept.key, index)
            context = Context.of(kept.question, passage)
            self._desk.state.talked(visit.chat, visit.person, context)

        await self._desk.keep(remember, None)
        if not fresh and message is not None:
            await rewrite(query.get_bot(), visit.chat, message.message_id, shown, keyboard)
        elif isinstance(message, Message):
            sent = await reply(message, shown, keyboard)
            await self._desk.keep(lambda: self._desk.state.sent(kept.key, sent.message_id), None)

    async def _copied(self, visit: Visit, kept: Kept) -> Kept:
        """The answer once more, for a message of its own."""
        state = self._desk.state
        key = await self._desk.keep(
            lambda: state.remember(
                visit.chat, visit.person, None, kept.question, kept.answered, kept.places
            ),
            kept.key,
        )
        return replace(kept, key=key)

    async def _shown(
        self,
        query: CallbackQuery,
        visit: Visit,
        kept: Kept,
        index: int,
        passage: Passage,
        count: int,
    ) -> _Shown:
        if count:
            article = await self._desk.look(lambda engine: engine.article(passage.article_id))
            passage = around(article, passage, count) if article else passage
        shown = render_passage(
            passage,
            visit.words,
            heading="" if kept.answered else visit.words("nearest"),
            position=visit.words.position(index, len(kept.places)),
        )
        keyboard = under(
            visit.words,
            kept.key,
            index,
            kept.places,
            username=query.get_bot().username,
            url=passage.url if is_link(passage.url) else None,
            around=count,
        )
        return shown, keyboard

    async def _why(
        self, query: CallbackQuery, visit: Visit, kept: Kept, index: int, code: str
    ) -> None:
        """A reason was given: keep it, and put the old buttons back."""
        await self._judge(visit, kept, index, REASONS[code])
        await acknowledge(query, visit.words("thanks_bad"), loud=False)
        passage = await self._desk.passage(kept.places[index])
        if passage is not None:
            _, keyboard = await self._shown(query, visit, kept, index, passage, 0)
            await change_keyboard(query, keyboard)
        if REASONS[code] == "other" and isinstance(query.message, Message):
            text = visit.words("why_tell")
            shown = Rendered(text) if visit.private else render_to(query.from_user, text)
            # In a group, only whoever is named is asked to reply.
            prompt = await reply(query.message, shown, ForceReply(selective=not visit.private))
            number = prompt.message_id
            await self._desk.keep(
                lambda: self._desk.records.prompt(visit.chat, number, kept.key, index), None
            )

    async def _judge(self, visit: Visit, kept: Kept, index: int, verdict: str) -> None:
        place = kept.places[index]
        await self._desk.keep(
            lambda: self._desk.records.judge(kept.key, visit.person, index, place, verdict), None
        )
