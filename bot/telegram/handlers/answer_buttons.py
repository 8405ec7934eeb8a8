"""Presses of the buttons under an answer."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from functools import wraps

from telegram import ForceReply, InlineKeyboardMarkup

from bot.chat.passage_ref import with_surroundings
from bot.chat.records import Rating, SavedAnswer
from bot.telegram.context.button_router import Press
from bot.telegram.context.messages import acknowledge, change_keyboard, reply, rewrite
from bot.telegram.context.requester import Requester
from bot.telegram.context.services import BotServices
from bot.telegram.views.keyboards import (
    BAD_REASONS,
    MOST_SURROUNDINGS,
    answer_keyboard,
    reason_keyboard,
)
from bot.telegram.views.passage_message import Rendered, render_passage, render_to
from corpus.errors import IndexUnavailable
from index.answer import Passage
from index.engine.follow_up import Context

__all__ = ["AnswerButtons"]

_Shown = tuple[Rendered, InlineKeyboardMarkup]
_AnswerMethod = Callable[["AnswerButtons", Press, SavedAnswer, int], Awaitable[None]]


def _on_answer(method: _AnswerMethod) -> Callable[["AnswerButtons", Press], Awaitable[None]]:
    """Call the method with the saved answer of the button, and the position of the passage.

    If the answer is no longer saved, or has no such passage, the bot says so instead.
    """

    @wraps(method)
    async def guarded(self: "AnswerButtons", press: Press) -> None:
        requester, index = press.requester, press.data.number(1)
        saved = await self.saved_answer(press.data.field(0))
        if saved is None or press.message.chat.id != requester.chat:
            await acknowledge(press.query, requester.t("forgotten"))
        elif index >= len(saved.passages):
            await acknowledge(press.query, requester.t("gone"))
        else:
            await method(self, press, saved, index)

    return guarded


class AnswerButtons:
    """One method for each kind of button."""

    def __init__(self, services: BotServices) -> None:
        """Use the storage and the engine of `services`."""
        self._services = services

    async def saved_answer(self, key: str) -> SavedAnswer | None:
        """The answer under a key; None when it is no longer saved, or the storage fails."""
        return await self._services.run_on_store(lambda: self._services.chats.get_answer(key), None)

    @_on_answer
    async def show(self, press: Press, saved: SavedAnswer, index: int) -> None:
        """Show a passage in place; the third field is how many paragraphs to show around it."""
        passage = await self._passage(press, saved, index)
        if passage is None:
            return
        await acknowledge(press.query)
        count = min(press.data.number(2), MOST_SURROUNDINGS)
        shown, keyboard = await self._rendered(press, saved, index, passage, count)
        await self._save_position(press.requester, saved, index, passage)
        await rewrite(
            press.query.get_bot(),
            press.requester.chat,
            press.message.message_id,
            shown,
            keyboard,
        )

    @_on_answer
    async def send(self, press: Press, saved: SavedAnswer, index: int) -> None:
        """Send a passage as a new message, with buttons of its own."""
        passage = await self._passage(press, saved, index)
        if passage is None:
            return
        await acknowledge(press.query)
        copy = await self._copied(press.requester, saved)
        shown, keyboard = await self._rendered(press, copy, index, passage, 0)
        await self._save_position(press.requester, copy, index, passage)
        if press.full_message is not None:
            sent = await reply(press.full_message, shown, keyboard)
            await self._services.run_on_store(
                lambda: self._services.chats.set_message(copy.key, sent.message_id), None
            )

    @_on_answer
    async def rate_good(self, press: Press, saved: SavedAnswer, index: int) -> None:
        """The quote is good."""
        await self._rate(press.requester, saved, index, Rating.GOOD)
        await acknowledge(press.query, press.requester.t("thanks"), loud=False)

    @_on_answer
    async def rate_bad(self, press: Press, saved: SavedAnswer, index: int) -> None:
        """The quote is bad; ask why. It counts as bad also when no reason is given."""
        await self._rate(press.requester, saved, index, Rating.UNSAID)
        await acknowledge(press.query, press.requester.t("why"), loud=False)
        await change_keyboard(press.query, reason_keyboard(press.requester.t, saved.key, index))

    @_on_answer
    async def give_reason(self, press: Press, saved: SavedAnswer, index: int) -> None:
        """Why the quote is bad: save it, and put the old buttons back."""
        requester = press.requester
        rating = BAD_REASONS.get(press.data.field(2))
        if rating is None:
            await acknowledge(press.query, requester.t("forgotten"))
            return
        await self._rate(requester, saved, index, rating)
        await acknowledge(press.query, requester.t("thanks_bad"), loud=False)
        passage = await self._services.passages.by_ref(saved.passages[index])
        if passage is not None:
            _, keyboard = await self._rendered(press, saved, index, passage, 0)
            await change_keyboard(press.query, keyboard)
        if rating is Rating.OTHER:
            await self._ask_for_comment(press, saved, index)

    async def _passage(self, press: Press, saved: SavedAnswer, index: int) -> Passage | None:
        """The passage; None when it is not in the index, and the bot has said so."""
        try:
            passage = await self._services.passages.by_ref(saved.passages[index])
        except IndexUnavailable:
            await acknowledge(press.query, press.requester.t("no_index"))
            return None
        if passage is None:
            await acknowledge(press.query, press.requester.t("gone"))
        return passage

    async def _copied(self, requester: Requester, saved: SavedAnswer) -> SavedAnswer:
        """The answer saved once more, for a message of its own."""
        chats = self._services.chats
        key = await self._services.run_on_store(
            lambda: chats.save_answer(
                requester.chat,
                requester.person,
                None,
                saved.question,
                saved.answered,
                saved.passages,
            ),
            saved.key,
        )
        return replace(saved, key=key)

    async def _save_position(
        self, requester: Requester, saved: SavedAnswer, index: int, passage: Passage
    ) -> None:
        """Save which passage is shown now: the next question may follow up on it."""
        chats = self._services.chats

        def save() -> None:
            with chats.unit_of_work():
                chats.set_position(saved.key, index)
                context = Context.of(saved.question, passage)
                chats.set_context(requester.chat, requester.person, context)

        await self._services.run_on_store(save, None)

    async def _rendered(
        self, press: Press, saved: SavedAnswer, index: int, passage: Passage, count: int
    ) -> _Shown:
        """The message and its buttons, with `count` paragraphs around the passage."""
        t = press.requester.t
        if count:
            article = await self._services.run_on_engine(
                lambda engine: engine.article(passage.article_id)
            )
            passage = with_surroundings(article, passage, count) if article else passage
        shown = render_passage(
            passage,
            t,
            heading="" if saved.answered else t("nearest"),
            position=t.position(index, len(saved.passages)),
        )
        keyboard = answer_keyboard(
            t,
            saved.key,
            index,
            saved.passages,
            username=press.query.get_bot().username,
            url=passage.url,
            surroundings=count,
        )
        return shown, keyboard

    async def _ask_for_comment(self, press: Press, saved: SavedAnswer, index: int) -> None:
        requester, message = press.requester, press.full_message
        if message is None:
            return
        text = requester.t("why_tell")
        shown = Rendered(text) if requester.private else render_to(press.query.from_user, text)
        # In a group, only the person who is named is asked to reply.
        prompt = await reply(message, shown, ForceReply(selective=not requester.private))
        await self._services.run_on_store(
            lambda: self._services.feedback.set_prompt(
                requester.chat, prompt.message_id, saved.key, index
            ),
            None,
        )

    async def _rate(
        self, requester: Requester, saved: SavedAnswer, index: int, rating: Rating
    ) -> None:
        ref = saved.passages[index]
        await self._services.run_on_store(
            lambda: self._services.feedback.set_rating(
                saved.key, requester.person, index, ref, rating
            ),
            None,
        )
