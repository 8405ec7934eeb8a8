"""Inline mode: quotes in any chat."""

import asyncio
from collections.abc import Sequence
from contextlib import suppress

from telegram import (
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    InlineQuery,
    InlineQueryResultArticle,
    InlineQueryResultsButton,
    InputTextMessageContent,
    LinkPreviewOptions,
    Update,
)
from telegram.error import BadRequest

from bot.chat.article_list import newest_first
from bot.chat.passage_ref import PassageRef
from bot.chat.ports import AnswerEngine
from bot.chat.rate_limits import PRESSES, Verdict
from bot.telegram.context.requester import BotContext, Requester
from bot.telegram.context.services import BotServices
from bot.telegram.views.keyboards import deep_link
from bot.telegram.views.passage_message import render_passage
from bot.text import in_a_row, is_link, one_line, shortened, snippet
from corpus.errors import QuotebotError
from index.answer import Passage
from index.article_text import passage_of

__all__ = ["InlineQueries"]

_PAGE = 10  # quotes
_MOST = 50  # quotes on all pages
_PAUSE = 0.25  # seconds without another letter before a query is answered
_CACHE_SECONDS = 30  # Telegram's cache; a rebuild shows after that
_LONGEST = 256  # characters of a query


class InlineQueries:
    """Callback for inline queries."""

    def __init__(self, services: BotServices, pause: float = _PAUSE) -> None:
        """A query is answered when nothing newer came within `pause` seconds."""
        self._services = services
        self._pause = pause
        self._latest: dict[int, str] = {}

    async def query(self, update: Update, context: BotContext) -> None:
        """Up to ten quotes; for an empty query the newest articles."""
        query = update.inline_query
        if query is None or not await self._is_latest(query):
            return
        requester = context.requester
        if await self._services.take(f"press {requester.person}", PRESSES) is not Verdict.GO:
            return
        offset = min(int(query.offset), _MOST) if query.offset.isdecimal() else 0
        text = query.query.strip()[:_LONGEST]
        try:
            answered, passages = await self._found(requester, text, offset + _PAGE + 1)
        except QuotebotError:
            await _hint(query, requester.t("inline_trouble"))
            return
        page = passages[offset : offset + _PAGE]
        if not page:
            await _hint(query, requester.t("inline_nothing"))
            return
        more = len(passages) > offset + _PAGE and offset + _PAGE < _MOST
        username = context.bot.username
        results = [_result(requester, passage, answered, username) for passage in page]
        with suppress(BadRequest):  # the person has typed on, and the query is too old
            await query.answer(
                results,
                cache_time=_CACHE_SECONDS,
                is_personal=True,  # in that person's language
                next_offset=str(offset + _PAGE) if more else "",
            )

    async def _is_latest(self, query: InlineQuery) -> bool:
        """Wait a little; False when the person has typed on meanwhile."""
        person = query.from_user.id
        self._latest[person] = query.id
        if query.query.strip() and self._pause:
            await asyncio.sleep(self._pause)
        if self._latest.get(person) != query.id:
            return False
        del self._latest[person]
        return True

    async def _found(
        self, requester: Requester, text: str, count: int
    ) -> tuple[bool, Sequence[Passage]]:
        """Whether the passages answer, and up to `count` of them."""
        if any(character.isalnum() for character in text):
            with self._services.load.question():
                answer = await self._services.ask(text, min(count, _MOST + 1), requester.filters)
            return answer.answered, answer.passages
        if text:
            return True, ()
        return True, await self._services.run_on_engine(lambda engine: _newest(engine, count))


def _newest(engine: AnswerEngine, count: int) -> list[Passage]:
    """The first paragraph of the newest articles."""
    found = []
    for info in newest_first(engine.articles())[:count]:
        article = engine.article(info.id)
        if article is not None and article.paragraphs:
            found.append(passage_of(article, next(iter(article.paragraphs))))
    return found


def _result(
    requester: Requester, passage: Passage, answered: bool, username: str
) -> InlineQueryResultArticle:
    t = requester.t
    ref = PassageRef.of(passage)
    link = deep_link(username, ref)
    heading = "" if answered else t("nearest")
    shown = render_passage(passage, t, heading=heading)
    when = t.when(passage.published, passage.updated)
    preview = snippet(passage.quote) or passage.text
    description = in_a_row(heading, when, shortened(one_line(preview), 120))
    buttons = [InlineKeyboardButton(t("more"), url=link)]
    if passage.url is not None and is_link(passage.url):
        buttons.append(InlineKeyboardButton(t("open"), url=passage.url))
    return InlineQueryResultArticle(
        id=ref.link,
        title=shortened(one_line(passage.title), 128) or t("untitled"),
        description=description,
        input_message_content=InputTextMessageContent(
            shown.text,
            entities=shown.entities,
            link_preview_options=LinkPreviewOptions(is_disabled=True),
        ),
        reply_markup=InlineKeyboardMarkup([buttons]),
    )


async def _hint(query: InlineQuery, text: str) -> None:
    """Answer without results, with a button that says why and opens the bot."""
    with suppress(BadRequest):
        await query.answer(
            [],
            cache_time=_CACHE_SECONDS,
            is_personal=True,
            button=InlineQueryResultsButton(text, start_parameter="inline"),
        )
