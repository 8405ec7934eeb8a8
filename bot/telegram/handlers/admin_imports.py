"""Imports by admins: what they send is read, stored, built into the index, and reported."""

import asyncio
import logging
from collections import OrderedDict
from contextlib import suppress

from telegram import Message
from telegram.error import TelegramError

from bot.error_codes import Code
from bot.operations.import_sources import Outcomes, import_sources
from bot.processes.build_subprocess import Build
from bot.telegram.context.button_router import Press
from bot.telegram.context.guards import on_message
from bot.telegram.context.messages import acknowledge, attach, reply, rewrite, say
from bot.telegram.context.requester import BotContext, Requester
from bot.telegram.context.services import BotServices
from bot.telegram.handlers.uploads import LARGEST_DOCUMENT, link_in, save_document, save_post
from bot.telegram.views.keyboards import details_keyboard
from bot.telegram.views.passage_message import render_text
from bot.text import one_line
from corpus.errors import QuotebotError
from corpus.place_result import ReadOptions
from index.progress import ProgressCallback

__all__ = ["AdminImports", "Progress"]

_EDIT_EVERY = 2.0  # seconds
_REMEMBERED = 100  # imports whose details can be asked for
_log = logging.getLogger(__name__)


class AdminImports:
    """Callbacks for imports: one import at a time, and one build for all that wait for it."""

    def __init__(self, services: BotServices, build: Build | None, reading: ReadOptions) -> None:
        """`build` builds a new generation; `reading` are the options for reading sources."""
        self._services = services
        self._build = build
        self._options = reading
        self._reading, self._building = asyncio.Lock(), asyncio.Lock()
        self._details: OrderedDict[tuple[int, int], str] = OrderedDict()
        # Calls of `rebuild` are numbered; the finished builds hold those up to `_last_built`.
        self._last_call = self._last_built = 0

    @on_message
    async def material(self, message: Message, context: BotContext) -> None:
        """A document, a link, or a forwarded post."""
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
        keyboard = None
        if outcomes is not None:
            self._remember(requester, note, outcomes)
            keyboard = details_keyboard(requester.t)
        await rewrite(note.get_bot(), note.chat_id, note.message_id, render_text(text), keyboard)

    async def details(self, press: Press) -> None:
        """Send what was read and skipped, as a file."""
        requester, message = press.requester, press.full_message
        text = self._details.get((requester.chat, press.message.message_id))
        if text is None or message is None or not requester.admin:
            await acknowledge(press.query, requester.t("forgotten"))
            return
        await acknowledge(press.query)
        await attach(message, text, "import.txt")

    async def rebuild(self, step: ProgressCallback) -> str:
        """Build the index; the name of the new generation. Raises QuotebotError.

        Calls during a build share the next build.
        """
        if self._build is None:
            raise QuotebotError(Code.CANNOT_BUILD())
        self._last_call += 1
        this_call = self._last_call
        async with self._building:
            if self._last_built < this_call:
                last_call = self._last_call
                await self._build(step)
                self._last_built = last_call
            if await self._services.run_on_engine(lambda engine: engine.refresh()):
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
                import_sources, self._services.backend, [source], self._options
            )
        if not outcomes.any_readable:
            skipped = outcomes.skipped
            reason = requester.t.reason(skipped[0].reason) if skipped else "?"
            return requester.t("import_nothing", reason=reason), outcomes
        counts = {what: outcomes.count(what) for what in ("added", "changed", "unchanged")}
        counts["skipped"] = len(outcomes.skipped)
        if not counts["added"] and not counts["changed"]:
            return requester.t("import_unchanged", **counts), outcomes
        async with Progress(requester, note) as step:
            await self.rebuild(step)
        return requester.t("import_done", **counts), outcomes

    async def _source(self, message: Message) -> str | None:
        """The path or address to import; None for a document too large to get from Telegram."""
        folder = self._services.backend.paths.inbox
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
    """Edits a message to show how far the build is, every few seconds at most."""

    def __init__(self, requester: Requester, note: Message) -> None:
        """`note` is the message to edit."""
        self._requester, self._note = requester, note
        self._now: tuple[str, int, int | None] = ("", 0, None)
        self._task: asyncio.Task[None] | None = None

    async def __aenter__(self) -> ProgressCallback:
        """The function that the build calls at each step."""
        self._task = asyncio.create_task(self._edit_repeatedly())
        return self._step

    async def __aexit__(self, *_: object) -> None:
        """Stop editing."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    def _step(self, what: str, done: int, total: int | None) -> None:
        self._now = (what, done, total)

    async def _edit_repeatedly(self) -> None:
        note, before = self._note, ""
        while True:
            await asyncio.sleep(_EDIT_EVERY)
            what, done, total = self._now
            percent = 100 * done // total if total else 0
            text = (
                self._requester.t(
                    "import_building", step=self._requester.t.step(what), percent=percent
                )
                if what
                else self._requester.t("import_starting")
            )
            if text != before:
                with suppress(TelegramError):
                    await rewrite(note.get_bot(), note.chat_id, note.message_id, render_text(text))
            before = text
