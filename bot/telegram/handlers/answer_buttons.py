"""Presses of the buttons under an answer."""

from dataclasses import replace

from telegram import CallbackQuery, ForceReply, InlineKeyboardMarkup, Message, Update

from bot.chat.rate_limits import PRESSES, Verdict
from bot.storage.chat_store import SavedAnswer
from bot.storage.feedback_store import GOOD, REASONS, UNSAID
from bot.telegram.context.messages import acknowledge, change_keyboard, reply, rewrite
from bot.telegram.context.services import BotContext, BotServices, Requester
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

    def __init__(self, services: BotServices) -> None:
        """Everything shared is on the desk."""
        self._services = services

    async def press(self, update: Update, context: BotContext) -> None:
        """A button under an answer: look the answer up, then do what the button says."""
        query = update.callback_query
        if query is None:
            return
        requester = context.requester
        action, key, *rest = (query.data or "").split(":")
        numbers = [int(field) for field in rest if field.isdecimal() and len(field) < 6]
        kept = await self._services.keep(lambda: self._services.state.recall(key), None)
        if await self._services.take(f"press {requester.person}", PRESSES) is not Verdict.GO:
            await acknowledge(query, requester.t("slow_down"), loud=False)
        elif kept is None or query.message is None or query.message.chat.id != requester.chat:
            await acknowledge(query, requester.t("forgotten"))
        else:
            index = numbers[0] if numbers else 0
            if index >= len(kept.places):
                await acknowledge(query, requester.t("gone"))
                return
            await self._do(action, query, requester, kept, index, rest)

    async def unknown(self, update: Update, context: BotContext) -> None:
        """A button that we never made, or made in another version."""
        if update.callback_query is not None:
            requester = context.requester
            await acknowledge(update.callback_query, requester.t("forgotten"))

    async def _do(
        self,
        action: str,
        query: CallbackQuery,
        requester: Requester,
        kept: SavedAnswer,
        index: int,
        rest: list[str],
    ) -> None:
        if action in "pmno":
            wide = rest[1] if action == "m" and len(rest) > 1 else "0"
            count = min(int(wide), WIDEST) if wide.isdecimal() and len(wide) < 3 else 0
            await self._show(query, requester, kept, index, count, fresh=action == "o")
        elif action == "g":
            await self._judge(requester, kept, index, GOOD)
            await acknowledge(query, requester.t("thanks"), loud=False)
        elif action == "b":
            await self._judge(requester, kept, index, UNSAID)  # some never say why
            await acknowledge(query, requester.t("why"), loud=False)
            await change_keyboard(query, bad(requester.t, kept.key, index))
        elif action == "r" and len(rest) > 1 and rest[1] in REASONS:
            await self._why(query, requester, kept, index, rest[1])
        else:
            await acknowledge(query, requester.t("forgotten"))

    async def _show(
        self,
        query: CallbackQuery,
        requester: Requester,
        kept: SavedAnswer,
        index: int,
        count: int,
        *,
        fresh: bool,
    ) -> None:
        """Another passage, or more around it, in place or as a new message."""
        try:
            passage = await self._services.passage(kept.places[index])
        except IndexUnavailable:
            await acknowledge(query, requester.t("no_index"))
            return
        if passage is None:
            await acknowledge(query, requester.t("gone"))
            return
        await acknowledge(query)
        message = query.message
        if fresh:
            kept = await self._copied(requester, kept)
        shown, keyboard = await self._shown(query, requester, kept, index, passage, count)

        def remember() -> None:
            self._services.state.turned(kept.key, index)
            context = Context.of(kept.question, passage)
            self._services.state.talked(requester.chat, requester.person, context)

        await self._services.keep(remember, None)
        if not fresh and message is not None:
            await rewrite(query.get_bot(), requester.chat, message.message_id, shown, keyboard)
        elif isinstance(message, Message):
            sent = await reply(message, shown, keyboard)
            await self._services.keep(
                lambda: self._services.state.sent(kept.key, sent.message_id), None
            )

    async def _copied(self, requester: Requester, kept: SavedAnswer) -> SavedAnswer:
        """The answer once more, for a message of its own."""
        state = self._services.state
        key = await self._services.keep(
            lambda: state.remember(
                requester.chat, requester.person, None, kept.question, kept.answered, kept.places
            ),
            kept.key,
        )
        return replace(kept, key=key)

    async def _shown(
        self,
        query: CallbackQuery,
        requester: Requester,
        kept: SavedAnswer,
        index: int,
        passage: Passage,
        count: int,
    ) -> _Shown:
        if count:
            article = await self._services.look(lambda engine: engine.article(passage.article_id))
            passage = around(article, passage, count) if article else passage
        shown = render_passage(
            passage,
            requester.t,
            heading="" if kept.answered else requester.t("nearest"),
            position=requester.t.position(index, len(kept.places)),
        )
        keyboard = under(
            requester.t,
            kept.key,
            index,
            kept.places,
            username=query.get_bot().username,
            url=passage.url if is_link(passage.url) else None,
            around=count,
        )
        return shown, keyboard

    async def _why(
        self, query: CallbackQuery, requester: Requester, kept: SavedAnswer, index: int, code: str
    ) -> None:
        """A reason was given: keep it, and put the old buttons back."""
        await self._judge(requester, kept, index, REASONS[code])
        await acknowledge(query, requester.t("thanks_bad"), loud=False)
        passage = await self._services.passage(kept.places[index])
        if passage is not None:
            _, keyboard = await self._shown(query, requester, kept, index, passage, 0)
            await change_keyboard(query, keyboard)
        if REASONS[code] == "other" and isinstance(query.message, Message):
            text = requester.t("why_tell")
            shown = Rendered(text) if requester.private else render_to(query.from_user, text)
            # In a group, only whoever is named is asked to reply.
            prompt = await reply(query.message, shown, ForceReply(selective=not requester.private))
            number = prompt.message_id
            await self._services.keep(
                lambda: self._services.records.prompt(requester.chat, number, kept.key, index), None
            )

    async def _judge(
        self, requester: Requester, kept: SavedAnswer, index: int, verdict: str
    ) -> None:
        place = kept.places[index]
        await self._services.keep(
            lambda: self._services.records.judge(kept.key, requester.person, index, place, verdict),
            None,
        )
