"""Lists of passages and articles, and whole articles: /search, /sources, /article."""

from collections.abc import Sequence

from telegram import InlineKeyboardButton, InlineKeyboardMarkup, Message

from bot.chat.article_list import find_articles, newest_first
from bot.chat.passage_ref import PassageRef
from bot.telegram.context.button_router import Press
from bot.telegram.context.guards import on_message, say_if_limited
from bot.telegram.context.messages import acknowledge, reply, rewrite, say
from bot.telegram.context.question_parsing import after_command
from bot.telegram.context.requester import BotContext, Requester
from bot.telegram.context.services import BotServices
from bot.telegram.views.article_pages import article_page
from bot.telegram.views.callback_data import Action, CallbackData
from bot.telegram.views.keyboards import number_keyboard, page_row
from bot.telegram.views.passage_message import ListEntry, Rendered, render_list
from bot.text import in_a_row, one_line, shortened, snippet, source_name
from corpus.errors import IndexUnavailable
from index.answer import Answer
from index.article_text import ArticleInfo, article_hash

__all__ = ["ArticleBrowser"]

_Shown = tuple[Rendered, InlineKeyboardMarkup | None]
_MOST_FOUND = 10  # passages or articles in a list of results
_PAGE = 10  # articles
_LONGEST_SEARCH = 1_000  # characters
_QUESTION_SHOWN = 100  # characters


class ArticleBrowser:
    """Callbacks for lists and whole articles."""

    def __init__(self, services: BotServices) -> None:
        """Use the engine, the storage and the limits of `services`."""
        self._services = services

    @on_message
    async def search(self, message: Message, context: BotContext) -> None:
        """`/search words`: the passages as a list."""
        requester = context.requester
        wanted = after_command(message)[:_LONGEST_SEARCH]
        if not any(character.isalnum() for character in wanted):
            await say(message, requester.t("search_usage"))
            return
        if await self._is_limited(requester, message):
            return
        try:
            with self._services.load.question():
                answer = await self._services.ask(wanted, _MOST_FOUND, requester.filters)
        except IndexUnavailable:
            await say(message, requester.t("no_index"))
            return
        if answer.passages:
            key = await self._save(requester, wanted, answer)
            shown, keyboard = _search_results(requester, wanted, answer, key)
            await reply(message, shown, keyboard)
        else:
            name = shortened(one_line(wanted), _QUESTION_SHOWN)
            await say(message, requester.t("search_nothing", question=name))

    @on_message
    async def sources(self, message: Message, context: BotContext) -> None:
        """`/sources`: all articles, newest first."""
        requester = context.requester
        if not await self._is_limited(requester, message):
            await reply(message, *await self._article_list(requester, 0))

    @on_message
    async def article(self, message: Message, context: BotContext) -> None:
        """`/article words`, or the beginning of an id: shows the article."""
        requester = context.requester
        wanted = one_line(after_command(message))
        if not wanted:
            await say(message, requester.t("article_usage"))
        elif not await self._is_limited(requester, message):
            found = find_articles(await self._articles(), wanted)
            if not found:
                await say(message, requester.t("article_none"))
            elif len(found) == 1:
                await reply(message, *await self._page(requester, article_hash(found[0].id), 0))
            else:
                heading = requester.t("article_several")
                await reply(message, *_listed(requester, heading, found[:_MOST_FOUND], 0, []))

    async def press_list(self, press: Press) -> None:
        """Another page of the list of articles."""
        page = press.data.number(0)
        await self._show(press, await self._article_list(press.requester, page), new=False)

    async def press_article(self, press: Press) -> None:
        """A page of an article; the first one, opened from a list, as a new message."""
        fields = press.data.fields
        page = press.data.number(len(fields) - 1)
        shown = await self._page(press.requester, press.data.field(0), page)
        await self._show(press, shown, new=len(fields) == 2)

    async def _show(self, press: Press, shown: _Shown, *, new: bool) -> None:
        text, keyboard = shown
        if not text.text:
            await acknowledge(press.query, press.requester.t("gone"))
            return
        await acknowledge(press.query)
        if new and press.full_message is not None:
            await reply(press.full_message, text, keyboard)
        else:
            bot, chat = press.query.get_bot(), press.requester.chat
            await rewrite(bot, chat, press.message.message_id, text, keyboard)

    async def _is_limited(self, requester: Requester, message: Message) -> bool:
        verdict = await self._services.check_limits(requester)
        return await say_if_limited(requester, message, verdict)

    async def _save(self, requester: Requester, wanted: str, answer: Answer) -> str:
        """The key of the saved passages; empty when the storage fails."""
        refs = tuple(PassageRef.of(passage) for passage in answer.passages)
        return await self._services.run_on_store(
            lambda: self._services.chats.save_answer(
                requester.chat, requester.person, None, wanted, True, refs
            ),
            "",
        )

    async def _articles(self) -> list[ArticleInfo]:
        try:
            return await self._services.run_on_engine(
                lambda engine: newest_first(engine.articles())
            )
        except IndexUnavailable:
            return []

    async def _article_list(self, requester: Requester, page: int) -> _Shown:
        articles = await self._articles()
        if not articles:
            return Rendered(requester.t("sources_empty")), None
        pages = -(-len(articles) // _PAGE)
        page = min(page, pages - 1)
        heading = requester.t("sources_heading", count=len(articles))
        if pages > 1:
            heading += f" ({requester.t.position(page, pages)})"
        shown = articles[page * _PAGE : (page + 1) * _PAGE]
        turning = page_row(requester.t, page, pages, Action.LIST_ARTICLES)
        return _listed(requester, heading, shown, page * _PAGE, turning)

    async def _page(self, requester: Requester, digest: str, page: int) -> _Shown:
        """A page of the article whose id has that hash; an empty message when it is gone."""
        try:
            article = await self._services.passages.article_by_hash(digest)
        except IndexUnavailable:
            article = None
        if article is None:
            return Rendered(""), None
        shown, pages = article_page(article, page, requester.t, with_id=requester.admin)
        page = min(page, pages - 1)
        turning = page_row(requester.t, page, pages, Action.SHOW_ARTICLE, digest, "page")
        return shown, InlineKeyboardMarkup([turning]) if turning else None


def _search_results(requester: Requester, wanted: str, answer: Answer, key: str) -> _Shown:
    """A list of passages; each number sends one. Without a key there are no buttons."""
    t = requester.t
    entries = [
        ListEntry(
            number,
            passage.title,
            passage.url,
            in_a_row(
                t.when(passage.published, passage.updated),
                source_name(passage.url, passage.source),
            ),
            snippet(passage.quote),
        )
        for number, passage in enumerate(answer.passages, 1)
    ]
    name = shortened(one_line(wanted), _QUESTION_SHOWN)
    shown = render_list(t("search_heading", question=name), entries, t)
    numbers = [
        (entry.number, CallbackData.of(Action.SEND_PASSAGE, key, entry.number - 1))
        for entry in entries
    ]
    return shown, number_keyboard(numbers) if key else None


def _listed(
    requester: Requester,
    heading: str,
    articles: Sequence[ArticleInfo],
    before: int,
    turning: list[InlineKeyboardButton],
) -> _Shown:
    """A list of articles, numbered after `before` others; admins also see the ids."""
    entries, opening = [], []
    for number, info in enumerate(articles, before + 1):
        line = in_a_row(
            requester.t.when(info.published, info.updated),
            source_name(info.url, info.source),
            f"id {shortened(one_line(info.id), 64)}" if requester.admin else "",
        )
        entries.append(ListEntry(number, info.title, info.url, line))
        opening.append((number, CallbackData.of(Action.SHOW_ARTICLE, article_hash(info.id), 0)))
    return render_list(heading, entries, requester.t), number_keyboard(opening, turning)
