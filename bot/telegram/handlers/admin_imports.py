"""Material from admins: read, kept, built into the index, and told about."""

import asyncio
import logging
from collections import OrderedDict
from contextlib import suppress

from telegram import InlineKeyboardButton, InlineKeyboardMarkup, Message, Update
from telegram.error import TelegramError

from bot.data_paths import DataPaths
from bot.operations.import_sources import Outcomes, import_sources
from bot.processes.build_subprocess import Build
from bot.telegram.context.messages import acknowledge, attach, reply, rewrite, say
from bot.telegram.context.services import BotContext, BotServices, Requester
from bot.telegram.handlers.uploads import LARGEST_DOCUMENT, link_in, save_document, save_post
from bot.telegram.views.passage_message import render_text
from bot.text import one_line
from corpus.errors import QuotebotError
from corpus.place_result import ReadOptions
from index.progress import ProgressCallback

__all__ = ["Imports", "Progress"]

_EDIT_EVERY = 2.0  # seconds
_REMEMBERED = 100
_log = logging.getLogger(__name__)


class Imports:
    """Callbacks for what admins send; one import at a time, one build for all that waited."""

    def __init__(self, services: BotServices, build: Build | None, reading: ReadOptions) -> None:
        """`build` makes a new generation of the library; `reading` is how sources are read."""
        self._services = services
        self._build = build
        self._options = reading
        self._paths = DataPaths(services.settings.quotebot_data)
        self._reading, self._building = asyncio.Lock(), asyncio.Lock()
        self._details: OrderedDict[tuple[int, int], str] = OrderedDict()
        self._wanted = self._done = 0

    async def material(self, update: Update, context: BotContext) -> None:
        """A document, a link, or a forwarded post."""
        message = update.effective_message
        if message is None:
            return
        requester = context.requester
        if not requester.admin:
            await say(message, requester.t("declined"))
            return
        name = message.document.file_name if message.document else link_in(message)
        name = name or requester.t("import_post")
        note = await reply(message, render_text(requester.t("import_reading", name=name)))
        try:
            text, outcomes = await self._import(requester, message, note)
        except (QuotebotError, OSError, TelegramError) as error:
            _log.warning("an import failed: %s", error)
            text, outcomes = requester.t("import_failed", reason=requester.t.reason(error)), None
        button = None
        if outcomes is not None:
            self._remember(requester, note, outcomes)
            details = requester.t("import_details")
            button = InlineKeyboardMarkup([[InlineKeyboardButton(details, callback_data="d:0")]])
        await rewrite(note.get_bot(), note.chat_id, note.message_id, render_text(text), button)

    async def details(self, update: Update, context: BotContext) -> None:
        """What was read and skipped, as a file."""
        query = update.callback_query
        if query is None or not isinstance(query.message, Message):
            return
        requester = context.requester
        text = self._details.get((requester.chat, query.message.message_id))
        if text is None or not requester.admin:
            await acknowledge(query, requester.t("forgotten"))
            return
        await acknowledge(query)
        await attach(query.message, text, "import.txt")

    async def rebuild(self, step: ProgressCallback) -> str:
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
            if await self._services.look(lambda engine: engine.refresh()):
                _log.info("answering from generation %s", self._services.engine.generation)
        return self._services.engine.generation or ""

    async def _import(
        self, requester: Requester, message: Message, note: Message
    ) -> tuple[str, Outcomes | None]:
        source = await self._source(message)
        if source is None:
            return requester.t("import_too_big"), None
        async with self._reading:
            outcomes = await asyncio.to_thread(
                import_sources, self._paths.library, [source], self._options
            )
        if not outcomes.any_readable:
            reason = outcomes.skipped[0].reason if outcomes.skipped else "?"
            said = requester.t("import_nothing", reason=requester.t.reason(reason))
            return said, outcomes
        counts = {what: outcomes.count(what) for what in ("added", "changed", "unchanged")}
        counts["skipped"] = len(outcomes.skipped)
        if not counts["added"] and not counts["changed"]:
            return requester.t("import_unchanged", **counts), outcomes
        async with Progress(requester, note) as step:
            await self.rebuild(step)
        return requester.t("import_done", **counts), outcomes

    async def _source(self, message: Message) -> str | None:
        """What the corpus room is to read; None for what Telegram won't give."""
        folder = self._paths.inbox
        if message.document is not None:
            if (message.document.file_size or 0) > LARGEST_DOCUMENT:
                return None
            return str(await save_document(message.document, folder))
        return link_in(message) or str(await asyncio.to_thread(save_post, message, folder))

    def _remember(self, requester: Requester, note: Message, outcomes: Outcomes) -> None:
        lines = []
        for article, change in outcomes.stored:
            lines.append(f"{change}  {article.id}  {article.title}")
            lines += [
                f"    left out: {one_line(text)}" for text in getattr(article, "stripped", ())
            ]
        lines += [
            f"skipped  {error.source}: {requester.t.reason(error.reason)}"
            for error in outcomes.skipped
        ]
        self._details[note.chat_id, note.message_id] = "\n".join(lines) + "\n"
        while len(self._details) > _REMEMBERED:
            self._details.popitem(last=False)


class Progress:
    """Edits a message with what the build is at, every few seconds at most."""

    def __init__(self, requester: Requester, note: Message) -> None:
        """`note` is the message to edit."""
        self._visit, self._note = requester, note
        self._now: tuple[str, int, int | None] = ("", 0, None)
        self._task: asyncio.Task[None] | None = None

    async def __aenter__(self) -> ProgressCallback:
        """What the build is to call."""
        self._task = asyncio.create_task(self._tell())
        return self._step

    async def __aexit__(self, *_: object) -> None:
        """No edit comes after this."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    def _step(self, what: str, done: int, total: int | None) -> None:
        self._now = (what, done, total)

    async def _tell(self) -> None:
        note, before = self._note, ""
        while True:
            await asyncio.sleep(_EDIT_EVERY)
            what, done, total = self._now
            percent = 100 * done // total if total else 0
            text = (
                self._visit.t("import_building", step=self._visit.t.step(what), percent=percent)
                if what
                else self._visit.t("import_starting")
            )
            if text != before:
                with suppress(TelegramError):
                    await rewrite(note.get_bot(), note.chat_id, note.message_id, render_text(text))
            before = text
