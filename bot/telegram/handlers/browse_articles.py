"""Looking around: /search, /sources, /article."""

from collections.abc import Sequence
from datetime import date

from telegram import InlineKeyboardButton, InlineKeyboardMarkup, Message, Update

from bot.chat.passage_ref import PassageRef, article_hash
from bot.chat.rate_limits import PRESSES, Verdict
from bot.telegram.context.messages import acknowledge, reply, rewrite, say
from bot.telegram.context.question_parsing import after_command
from bot.telegram.context.services import BotContext, BotServices, Requester
from bot.telegram.views.article_pages import article_page
from bot.telegram.views.keyboards import numbers, pager
from bot.telegram.views.passage_message import Entry, Rendered, render_list
from bot.text import in_a_row, one_line, shortened, snippet, source_name
from corpus.errors import IndexUnavailable
from index.article_text import ArticleInfo

__all__ = ["Browsing", "newest_first"]

_Shown = tuple[Rendered, InlineKeyboardMarkup | None]
_FOUND = 10
_PAGE = 10
_QUESTION_SHOWN = 100


def newest_first(articles: Sequence[ArticleInfo]) -> list[ArticleInfo]:
    """Articles by date, those without one last; of the same day the later added first."""
    ordered = [*articles]
    ordered.reverse()
    ordered.sort(key=lambda info: info.published or info.updated or date.min, reverse=True)
    return ordered


class Browsing:
    """Callbacks for lists and whole articles."""

    def __init__(self, services: BotServices) -> None:
        """Everything shared is on the desk."""
        self._services = services

    async def search(self, update: Update, context: BotContext) -> None:
        """`/search words`: the passages as a list."""
        message = update.effective_message
        if message is None:
            return
        requester = context.requester
        wanted = after_command(message)[:1_000]
        if not any(character.isalnum() for character in wanted):
            await say(message, requester.t("search_usage"))
            return
        if await self._stopped(requester, message):
            return
        try:
            with self._services.asking():
                answer = await self._services.ask(wanted, _FOUND, requester.filters)
        except IndexUnavailable:
            await say(message, requester.t("no_index"))
            return
        name = shortened(one_line(wanted), _QUESTION_SHOWN)
        if not answer.passages:
            await say(message, requester.t("search_nothing", question=name))
            return
        places = tuple(PassageRef.of(passage) for passage in answer.passages)
        state = self._services.state
        key = await self._services.keep(
            lambda: state.remember(requester.chat, requester.person, None, wanted, True, places), ""
        )
        entries = [
            Entry(
                number,
                passage.title,
                passage.url,
                in_a_row(
                    requester.t.when(passage.published, passage.updated),
                    source_name(passage.url, passage.source),
                ),
                snippet(passage.quote),
            )
            for number, passage in enumerate(answer.passages, 1)
        ]
        heading = requester.t("search_heading", question=name)
        buttons = numbers([(n, ("o", key, n - 1)) for n in range(1, len(entries) + 1)])
        await reply(message, render_list(heading, entries, requester.t), buttons if key else None)

    async def sources(self, update: Update, context: BotContext) -> None:
        """`/sources`: all articles, newest first."""
        message = update.effective_message
        if message is None:
            return
        requester = context.requester
        if not await self._stopped(requester, message):
            await reply(message, *await self._sources(requester, 0))

    async def article(self, update: Update, context: BotContext) -> None:
        """`/article words`, or the beginning of an id: reads the article."""
        message = update.effective_message
        if message is None:
            return
        requester = context.requester
        wanted = one_line(after_command(message)).casefold()
        if not wanted:
            await say(message, requester.t("article_usage"))
        elif not await self._stopped(requester, message):
            found = await self._matching(wanted)
            if not found:
                await say(message, requester.t("article_none"))
            elif len(found) == 1:
                await reply(message, *await self._page(requester, article_hash(found[0].id), 0))
            else:
                heading = requester.t("article_several")
                await reply(message, *_listed(requester, heading, found[:_FOUND], 0, []))

    async def press(self, update: Update, context: BotContext) -> None:
        """A page of the sources or of an article; one from a list comes as a new message."""
        query = update.callback_query
        if query is None or query.message is None:
            return
        requester = context.requester
        if await self._services.take(f"press {requester.person}", PRESSES) is not Verdict.GO:
            await acknowledge(query, requester.t("slow_down"), loud=False)
            return
        action, *fields = (query.data or "").split(":")
        page = int(fields[-1]) if fields[-1].isdecimal() and len(fields[-1]) < 6 else 0
        shown, buttons = (
            await self._sources(requester, page)
            if action == "l"
            else await self._page(requester, fields[0], page)
        )
        if not shown.text:
            await acknowledge(query, requester.t("gone"))
            return
        await acknowledge(query)
        fresh = action == "a" and len(fields) == 2
        if fresh and isinstance(query.message, Message):
            await reply(query.message, shown, buttons)
        else:
            await rewrite(query.get_bot(), requester.chat, query.message.message_id, shown, buttons)

    async def _stopped(self, requester: Requester, message: Message) -> bool:
        verdict = await self._services.admit(requester)
        if verdict is Verdict.WARN:
            await say(message, requester.t("slow_down" if requester.private else "slow_down_group"))
        return verdict is not Verdict.GO

    async def _articles(self) -> list[ArticleInfo]:
        try:
            return await self._services.look(lambda engine: newest_first(engine.articles()))
        except IndexUnavailable:
            return []

    async def _matching(self, wanted: str) -> list[ArticleInfo]:
        """Articles with all the words in the title, or an id that begins so."""
        articles = await self._articles()
        title_words = wanted.split()
        by_id = [info for info in articles if info.id.casefold() == wanted]
        return by_id or [
            info
            for info in articles
            if all(word in info.title.casefold() for word in title_words)
            or (len(wanted) >= 4 and info.id.casefold().startswith(wanted))
        ]

    async def _sources(self, requester: Requester, page: int) -> _Shown:
        articles = await self._articles()
        if not articles:
            return Rendered(requester.t("sources_empty")), None
        pages = -(-len(articles) // _PAGE)
        page = min(page, pages - 1)
        heading = requester.t("sources_heading", count=len(articles))
        if pages > 1:
            heading += f" ({requester.t.position(page, pages)})"
        shown = articles[page * _PAGE : (page + 1) * _PAGE]
        return _listed(
            requester, heading, shown, page * _PAGE, pager(requester.t, page, pages, "l")
        )

    async def _page(self, requester: Requester, digest: str, page: int) -> _Shown:
        """A page of an article; an empty message when it is gone."""
        try:
            article = await self._services.article(digest)
        except IndexUnavailable:
            article = None
        if article is None:
            return Rendered(""), None
        shown, pages = article_page(article, page, requester.t, with_id=requester.admin)
        turning = pager(requester.t, min(page, pages - 1), pages, "a", digest, "page")
        return shown, InlineKeyboardMarkup([turning]) if turning else None


def _listed(
    requester: Requester,
    heading: str,
    articles: Sequence[ArticleInfo],
    before: int,
    turning: list[InlineKeyboardButton],
) -> _Shown:
    """A list of articles; admins see the ids."""
    entries, opening = [], []
    for number, info in enumerate(articles, before + 1):
        line = in_a_row(
            requester.t.when(info.published, info.updated),
            source_name(info.url, info.source),
            f"id {shortened(one_line(info.id), 64)}" if requester.admin else "",
        )
        entries.append(Entry(number, info.title, info.url, line))
        opening.append((number, ("a", article_hash(info.id), 0)))
    return render_list(heading, entries, requester.t), numbers(opening, turning)
