"""Commands of the people in ADMIN_IDS."""

import asyncio
import time
from contextlib import suppress

from telegram import Message, Update
from telegram.error import TelegramError

from bot.data_paths import DataPaths
from bot.operations.question_clusters import cluster_questions, format_clusters
from bot.operations.status import Status, collect_status
from bot.storage.feedback_store import Comment
from bot.telegram.context.messages import attach, reply, rewrite, say
from bot.telegram.context.question_parsing import after_command
from bot.telegram.context.services import BotContext, BotServices, Requester
from bot.telegram.handlers.admin_imports import Imports, Progress
from bot.telegram.views.passage_message import render_text
from bot.text import one_line
from corpus import Library
from corpus.errors import QuotebotError

__all__ = ["Admin"]

_DAYS = 30
_SLOWEST = 10


class Admin:
    """Callbacks for commands that others are told are not for them."""

    def __init__(self, services: BotServices, imports: Imports) -> None:
        """Builds go through `imports`, so that they don't get into each other's way."""
        self._services = services
        self._imports = imports
        self._paths = DataPaths(services.settings.quotebot_data)

    async def status(self, update: Update, context: BotContext) -> None:
        """`/status`"""
        requester, message = await self._admin(update, context)
        if message is None:
            return
        try:
            found = await asyncio.to_thread(self._status)
        except QuotebotError as error:
            await say(message, requester.t("problem", problem=requester.t.reason(error)))
            return
        text = requester.t(
            "status",
            articles=found.articles,
            generation=self._services.engine.generation or "–",
            built=found.index.created if found.index else "–",
            model=found.index.model if found.index else "–",
            hours=round((time.monotonic() - self._services.started) / 3_600, 1),
        )
        if found.problem:
            text += "\n" + requester.t("problem", problem=requester.t.reason(found.problem))
        await reply(message, render_text(text))

    async def stats(self, update: Update, context: BotContext) -> None:
        """`/stats`: figures, and a file of what people asked and wrote."""
        requester, message = await self._admin(update, context)
        if message is None:
            return
        records = self._services.records
        figures = await self._services.keep(lambda: records.figures(_DAYS), None)
        if figures is None:
            await say(message, requester.t("trouble"))
            return
        reasons = ", ".join(
            f"{requester.t(f'why_{name}').rstrip('…')} {count}"
            for name, count in figures.reasons.most_common()
        )
        text = requester.t(
            "stats",
            days=_DAYS,
            questions=figures.questions,
            answered=100 * figures.answered // max(1, figures.questions),
            good=figures.good,
            bad=figures.reasons.total(),
            reasons=reasons or requester.t("stats_none"),
            slowest=round(figures.slowest),
            p95=round(figures.p95),
        )
        await say(message, text)
        told = await self._told(requester)
        if told:
            await attach(message, told, "questions.txt", requester.t("stats_file"))

    async def reindex(self, update: Update, context: BotContext) -> None:
        """`/reindex`: build anew, answering meanwhile."""
        requester, message = await self._admin(update, context)
        if message is not None:
            await self._rebuild(requester, message)

    async def remove(self, update: Update, context: BotContext) -> None:
        """`/remove ID...`"""
        requester, message = await self._admin(update, context)
        if message is None:
            return
        ids = after_command(message).split()
        if not ids:
            await say(message, requester.t("remove_usage"))
            return
        try:
            titles = await asyncio.to_thread(self._remove, ids)
        except QuotebotError as error:
            await reply(message, render_text(requester.t.reason(error)))
            return
        await reply(message, render_text(requester.t("removed", title=", ".join(titles))))
        await self._rebuild(requester, message)

    async def ban(self, update: Update, context: BotContext) -> None:
        """`/ban ID`: no more answers; once more lifts it."""
        requester, message = await self._admin(update, context)
        if message is None:
            return
        wanted = after_command(message).removeprefix("-")
        if not wanted.isdecimal() or len(wanted) > 15:
            await say(message, requester.t("ban_usage"))
            return
        person = int(after_command(message))
        if person in self._services.settings.admin_ids:
            await say(message, requester.t("ban_admin"))
            return
        banned = await self._services.keep(lambda: self._services.state.ban(person), None)
        name = "trouble" if banned is None else "banned" if banned else "unbanned"
        await say(message, requester.t(name, id=person))

    async def _admin(self, update: Update, context: BotContext) -> tuple[Requester, Message | None]:
        """The message, if it is an admin's; others are told."""
        requester = context.requester
        if requester.admin:
            return requester, update.effective_message
        if requester.private:
            await say(update.effective_message, requester.t("admin_only"))
        return requester, None

    async def _rebuild(self, requester: Requester, message: Message) -> None:
        note = await reply(message, render_text(requester.t("import_starting")))
        try:
            async with Progress(requester, note) as step:
                text = requester.t("reindex_done", name=await self._imports.rebuild(step))
        except QuotebotError as error:
            text = requester.t("import_failed", reason=requester.t.reason(error))
        with suppress(TelegramError):
            await rewrite(note.get_bot(), note.chat_id, note.message_id, render_text(text))

    async def _told(self, requester: Requester) -> str:
        """The unanswered questions, similar ones together; the slowest; what people wrote."""
        records = self._services.records
        unanswered = await self._services.keep(lambda: records.unanswered(_DAYS), list[str]())
        slowest = await self._services.keep(
            lambda: records.slowest(_DAYS, _SLOWEST), list[tuple[float, str]]()
        )
        comments = await self._services.keep(lambda: records.comments(_DAYS), list[Comment]())
        parts = {
            "stats_unanswered": format_clusters(
                await asyncio.to_thread(cluster_questions, unanswered)
            ),
            "stats_slowest": "".join(f"{ms:.0f} ms  {one_line(text)}\n" for ms, text in slowest),
            "stats_comments": "".join(
                f"{comment.article} ¶ {comment.paragraph + 1}: {one_line(comment.text)}\n"
                for comment in comments
            ),
        }
        return "\n".join(
            f"{requester.t(heading)}\n\n{text}" for heading, text in parts.items() if text.strip()
        )

    def _status(self) -> Status:
        return collect_status(self._paths, verify=False)

    def _remove(self, ids: list[str]) -> list[str]:
        with Library.open(self._paths.library) as library:
            return [entry.title for entry in library.remove(ids)]
