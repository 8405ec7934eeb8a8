"""Looking around: /search, /sources, /article."""

from collections.abc import Sequence
from datetime import date

from telegram import InlineKeyboardButton, InlineKeyboardMarkup, Message, Update

from bot.chat.passage_ref import Place, article_hash
from bot.chat.rate_limits import PRESSES, Verdict
from bot.telegram.context.messages import acknowledge, reply, rewrite, say
from bot.telegram.context.question_parsing import after_command
from bot.telegram.context.services import Desk, Visit, VisitContext
from bot.telegram.views.article_pages import article_page
from bot.telegram.views.keyboards import numbers, pager
from bot.telegram.views.passage_message import Entry, Rendered, render_list
from bot.text import in_a_row, one_line, shortened, snippet, source_name
from corpus.errors import IndexUnavailable
from index.storage.generation import ArticleInfo

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

    def __init__(self, desk: Desk) -> None:
        """Everything shared is on the desk."""
        self._desk = desk

    async def search(self, update: Update, context: VisitContext) -> None:
        """`/search words`: the passages as a list."""
        message = update.effective_message
        if message is None:
            return
        visit = context.visit
        wanted = after_command(message)[:1_000]
        if not any(character.isalnum() for character in wanted):
            await say(message, visit.words("search_usage"))
            return
        if await self._stopped(visit, message):
            return
        try:
            with self._desk.asking():
                answer = await self._desk.ask(wanted, _FOUND, visit.filters)
        except IndexUnavailable:
            await say(message, visit.words("no_index"))
            return
        name = shortened(one_line(wanted), _QUESTION_SHOWN)
        if not answer.passages:
            await say(message, visit.words("search_nothing", question=name))
            return
        places = tuple(Place.of(passage) for passage in answer.passages)
        state = self._desk.state
        key = await self._desk.keep(
            lambda: state.remember(visit.chat, visit.person, None, wanted, True, places), ""
        )
        entries = [
            Entry(
                number,
                passage.title,
                passage.url,
                in_a_row(
                    visit.words.when(passage.published, passage.updated),
                    source_name(passage.url, passage.source),
                ),
                snippet(passage.quote),
            )
            for number, passage in enumerate(answer.passages, 1)
        ]
        heading = visit.words("search_heading", question=name)
        buttons = numbers([(n, ("o", key, n - 1)) for n in range(1, len(entries) + 1)])
        await reply(message, render_list(heading, entries, visit.words), buttons if key else None)

    async def sources(self, update: Update, context: VisitContext) -> None:
        """`/sources`: all articles, newest first."""
        message = update.effective_message
        if message is None:
            return
        visit = context.visit
        if not await self._stopped(visit, message):
            await reply(message, *await self._sources(visit, 0))

    async def article(self, update: Update, context: VisitContext) -> None:
        """`/article words`, or the beginning of an id: reads the article."""
        message = update.effective_message
        if message is None:
            return
        visit = context.visit
        wanted = one_line(after_command(message)).casefold()
        if not wanted:
            await say(message, visit.words("article_usage"))
        elif not await self._stopped(visit, message):
            found = await self._matching(wanted)
            if not found:
                await say(message, visit.words("article_none"))
            elif len(found) == 1:
                await reply(message, *await self._page(visit, article_hash(found[0].id), 0))
            else:
                heading = visit.words("article_several")
                await reply(message, *_listed(visit, heading, found[:_FOUND], 0, []))

    async def press(self, update: Update, context: VisitContext) -> None:
        """A page of the sources or of an article; one from a list comes as a new message."""
        query = update.callback_query
        if query is None or query.message is None:
            return
        visit = context.visit
        if await self._desk.take(f"press {visit.person}", PRESSES) is not Verdict.GO:
            await acknowledge(query, visit.words("slow_down"), loud=False)
            return
        action, *fields = (query.data or "").split(":")
        page = int(fields[-1]) if fields[-1].isdecimal() and len(fields[-1]) < 6 else 0
        shown, buttons = (
            await self._sources(visit, page)
            if action == "l"
            else await self._page(visit, fields[0], page)
        )
        if not shown.text:
            await acknowledge(query, visit.words("gone"))
            return
        await acknowledge(query)
        fresh = action == "a" and len(fields) == 2
        if fresh and isinstance(query.message, Message):
            await reply(query.message, shown, buttons)
        else:
            await rewrite(query.get_bot(), visit.chat, query.message.message_id, shown, buttons)

    async def _stopped(self, visit: Visit, message: Message) -> bool:
        verdict = await self._desk.admit(visit)
        if verdict is Verdict.WARN:
            await say(message, visit.words("slow_down" if visit.private else "slow_down_group"))
        return verdict is not Verdict.GO

    async def _articles(self) -> list[ArticleInfo]:
        try:
            return await self._desk.look(lambda engine: newest_first(engine.articles()))
        except IndexUnavailable:
            return []

    async def _matching(self, wanted: str) -> list[ArticleInfo]:
        """Articles with all the words in the title, or an id that begins so."""
        articles = await self._articles()
        words = wanted.split()
        by_id = [info for info in articles if info.id.casefold() == wanted]
        return by_id or [
            info
            for info in articles
            if all(word in info.title.casefold() for word in words)
            or (len(wanted) >= 4 and info.id.casefold().startswith(wanted))
        ]

    async def _sources(self, visit: Visit, page: int) -> _Shown:
        articles = await self._articles()
        if not articles:
            return Rendered(visit.words("sources_empty")), None
        pages = -(-len(articles) // _PAGE)
        page = min(page, pages - 1)
        heading = visit.words("sources_heading", count=len(articles))
        if pages > 1:
            heading += f" ({visit.words.position(page, pages)})"
        shown = articles[page * _PAGE : (page + 1) * _PAGE]
        return _listed(visit, heading, shown, page * _PAGE, pager(visit.words, page, pages, "l"))

    async def _page(self, visit: Visit, digest: str, page: int) -> _Shown:
        """A page of an article; an empty message when it is gone."""
        try:
            article = await self._desk.article(digest)
        except IndexUnavailable:
            article = None
        if article is None:
            return Rendered(""), None
        shown, pages = article_page(article, page, visit.words, with_id=visit.admin)
        turning = pager(visit.words, min(page, pages - 1), pages, "a", digest, "page")
        return shown, InlineKeyboardMarkup([turning]) if turning else None


def _listed(
    visit: Visit,
    heading: str,
    articles: Sequence[ArticleInfo],
    before: int,
    turning: list[InlineKeyboardButton],
) -> _Shown:
    """A list of articles; admins see the ids."""
    entries, opening = [], []
    for number, info in enumerate(articles, before + 1):
        line = in_a_row(
            visit.words.when(info.published, info.updated),
            source_name(info.url, info.source),
            f"id {shortened(one_line(info.id), 64)}" if visit.admin else "",
        )
        entries.append(Entry(number, info.title, info.url, line))
        opening.append((number, ("a", article_hash(info.id), 0)))
    return render_list(heading, entries, visit.words), numbers(opening, turning)
