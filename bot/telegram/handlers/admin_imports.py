"""Material from admins: read, kept, built into the index, and told about."""

import asyncio
import logging
from collections import OrderedDict
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from telegram import InlineKeyboardButton, InlineKeyboardMarkup, Message, Update
from telegram.error import TelegramError

from bot.operations.import_sources import Outcomes, import_sources
from bot.processes.build_subprocess import Build
from bot.telegram.context.messages import acknowledge, attach, reply, rewrite, say
from bot.telegram.context.services import Desk, Visit, VisitContext
from bot.telegram.handlers.uploads import LARGEST_DOCUMENT, link_in, save_document, save_post
from bot.telegram.views.passage_message import render_text
from bot.text import one_line
from corpus.errors import QuotebotError
from corpus.place_result import Options

__all__ = ["Imports", "Progress"]

_EDIT_EVERY = 2.0  # seconds
_REMEMBERED = 100
_log = logging.getLogger(__name__)


class Imports:
    """Callbacks for what admins send; one import at a time, one build for all that waited."""

    def __init__(self, desk: Desk, build: Build | None, reading: Options) -> None:
        """`build` makes a new generation of the library; `reading` is how sources are read."""
        self._desk = desk
        self._build = build
        self._options = reading
        self._data = Path(desk.settings.quotebot_data)
        self._reading, self._building = asyncio.Lock(), asyncio.Lock()
        self._details: OrderedDict[tuple[int, int], str] = OrderedDict()
        self._wanted = self._done = 0

    async def material(self, update: Update, context: VisitContext) -> None:
        """A document, a link, or a forwarded post."""
        message = update.effective_message
        if message is None:
            return
        visit = context.visit
        if not visit.admin:
            await say(message, visit.words("declined"))
            return
        name = message.document.file_name if message.document else link_in(message)
        name = name or visit.words("import_post")
        note = await reply(message, render_text(visit.words("import_reading", name=name)))
        try:
            text, outcomes = await self._import(visit, message, note)
        except (QuotebotError, OSError, TelegramError) as error:
            _log.warning("an import failed: %s", error)
            text, outcomes = visit.words("import_failed", reason=visit.words.reason(error)), None
        button = None
        if outcomes is not None:
            self._remember(visit, note, outcomes)
            details = visit.words("import_details")
            button = InlineKeyboardMarkup([[InlineKeyboardButton(details, callback_data="d:0")]])
        await rewrite(note.get_bot(), note.chat_id, note.message_id, render_text(text), button)

    async def details(self, update: Update, context: VisitContext) -> None:
        """What was read and skipped, as a file."""
        query = update.callback_query
        if query is None or not isinstance(query.message, Message):
            return
        visit = context.visit
        text = self._details.get((visit.chat, query.message.message_id))
        if text is None or not visit.admin:
            await acknowledge(query, visit.words("forgotten"))
            return
        await acknowledge(query)
        await attach(query.message, text, "import.txt")

    async def rebuild(self, step: Callable[[str, int, int], None]) -> str:
        """Build the index; whoever comes while one is being built shares the next."""
        if self._build is None:
            raise QuotebotError("this bot cannot build: run `quotebot build`")
        self._wanted += 1
        mine = self._wanted
        async with self._building:
            if self._done < mine:
                upcoming = self._wanted
                await self._build(step)
                self._done = upcoming
            if await self._desk.look(lambda engine: engine.refresh()):
                _log.info("answering from generation %s", self._desk.engine.generation)
        return self._desk.engine.generation or ""

    async def _import(
        self, visit: Visit, message: Message, note: Message
    ) -> tuple[str, Outcomes | None]:
        source = await self._source(message)
        if source is None:
            return visit.words("import_too_big"), None
        async with self._reading:
            library = self._data / "library.db"
            outcomes = await asyncio.to_thread(import_sources, library, [source], self._options)
        if not outcomes.good:
            reason = outcomes.skipped[0].reason if outcomes.skipped else "?"
            said = visit.words("import_nothing", reason=visit.words.reason(reason))
            return said, outcomes
        counts = {what: outcomes.count(what) for what in ("added", "changed", "unchanged")}
        counts["skipped"] = len(outcomes.skipped)
        if not counts["added"] and not counts["changed"]:
            return visit.words("import_unchanged", **counts), outcomes
        async with Progress(visit, note) as step:
            await self.rebuild(step)
        return visit.words("import_done", **counts), outcomes

    async def _source(self, message: Message) -> str | None:
        """What the corpus room is to read; None for what Telegram won't give."""
        folder = self._data / "inbox"
        if message.document is not None:
            if (message.document.file_size or 0) > LARGEST_DOCUMENT:
                return None
            return str(await save_document(message.document, folder))
        return link_in(message) or str(await asyncio.to_thread(save_post, message, folder))

    def _remember(self, visit: Visit, note: Message, outcomes: Outcomes) -> None:
        lines = []
        for article, change in outcomes.stored:
            lines.append(f"{change}  {article.id}  {article.title}")
            lines += [
                f"    left out: {one_line(text)}" for text in getattr(article, "stripped", ())
            ]
        lines += [
            f"skipped  {error.source}: {visit.words.reason(error.reason)}"
            for error in outcomes.skipped
        ]
        self._details[note.chat_id, note.message_id] = "\n".join(lines) + "\n"
        while len(self._details) > _REMEMBERED:
            self._details.popitem(last=False)


class Progress:
    """Edits a message with what the build is at, every few seconds at most."""

    def __init__(self, visit: Visit, note: Message) -> None:
        """`note` is the message to edit."""
        self._visit, self._note = visit, note
        self._now = ("", 0, 0)
        self._task: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Callable[[str, int, int], None]:
        """What the build is to call."""
        self._task = asyncio.create_task(self._tell())
        return self._step

    async def __aexit__(self, *_: object) -> None:
        """No edit comes after this."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    def _step(self, what: str, done: int, total: int) -> None:
        self._now = (what, done, total)

    async def _tell(self) -> None:
        note, before = self._note, ""
        while True:
            await asyncio.sleep(_EDIT_EVERY)
            what, done, total = self._now
            percent = 100 * done // total if total else 0
            text = (
                self._visit.words(
                    "import_building", step=self._visit.words.step(what), percent=percent
                )
                if what
                else self._visit.words("import_starting")
            )
            if text != before:
                with suppress(TelegramError):
                    await rewrite(note.get_bot(), note.chat_id, note.message_id, render_text(text))
            before = text
