"""Commands of the people in ADMIN_IDS."""

import asyncio
import time
from contextlib import suppress

from telegram import Message
from telegram.error import TelegramError

from bot.chat.records import Comment
from bot.operations.question_clusters import cluster_questions, format_clusters
from bot.operations.status import Status, collect_status
from bot.telegram.context.guards import admins_only
from bot.telegram.context.messages import attach, reply, rewrite, say
from bot.telegram.context.question_parsing import after_command
from bot.telegram.context.requester import BotContext, Requester
from bot.telegram.context.services import BotServices
from bot.telegram.handlers.admin_imports import AdminImports, Progress
from bot.telegram.views.passage_message import render_text
from bot.text import one_line
from corpus.errors import QuotebotError

__all__ = ["AdminCommands"]

_DAYS = 30  # that /stats covers
_SLOWEST = 10  # questions listed


class AdminCommands:
    """Callbacks for commands that only admins may use."""

    def __init__(self, services: BotServices, imports: AdminImports) -> None:
        """`imports` builds the index, so that no two builds run at once."""
        self._services = services
        self._imports = imports

    @admins_only
    async def status(self, message: Message, context: BotContext) -> None:
        """`/status`"""
        requester = context.requester
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

    @admins_only
    async def stats(self, message: Message, context: BotContext) -> None:
        """`/stats`: figures, and a file with questions and comments."""
        requester = context.requester
        feedback = self._services.feedback
        figures = await self._services.run_on_store(lambda: feedback.statistics(_DAYS), None)
        if figures is None:
            await say(message, requester.t("trouble"))
            return
        reasons = ", ".join(
            f"{requester.t(f'why_{name}').rstrip('…')} {count}"
            for name, count in figures.bad.most_common()
        )
        text = requester.t(
            "stats",
            days=_DAYS,
            questions=figures.questions,
            answered=100 * figures.answered // max(1, figures.questions),
            good=figures.good,
            bad=figures.bad.total(),
            reasons=reasons or requester.t("stats_none"),
            slowest=round(figures.slowest),
            p95=round(figures.p95),
        )
        await say(message, text)
        report = await self._question_report(requester)
        if report:
            await attach(message, report, "questions.txt", requester.t("stats_file"))

    @admins_only
    async def reindex(self, message: Message, context: BotContext) -> None:
        """`/reindex`: build the index anew; questions are answered meanwhile."""
        await self._rebuild(context.requester, message)

    @admins_only
    async def remove(self, message: Message, context: BotContext) -> None:
        """`/remove ID...`"""
        requester = context.requester
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

    @admins_only
    async def ban(self, message: Message, context: BotContext) -> None:
        """`/ban ID`: no more answers for them; the same command again lifts the ban."""
        requester = context.requester
        wanted = after_command(message).removeprefix("-")
        if not wanted.isdecimal() or len(wanted) > 15:
            await say(message, requester.t("ban_usage"))
            return
        person = int(after_command(message))
        if person in self._services.settings.admin_ids:
            await say(message, requester.t("ban_admin"))
            return
        banned = await self._services.run_on_store(
            lambda: self._services.chats.toggle_ban(person), None
        )
        name = "trouble" if banned is None else "banned" if banned else "unbanned"
        await say(message, requester.t(name, id=person))

    async def _rebuild(self, requester: Requester, message: Message) -> None:
        note = await reply(message, render_text(requester.t("import_starting")))
        try:
            async with Progress(requester, note) as step:
                text = requester.t("reindex_done", name=await self._imports.rebuild(step))
        except QuotebotError as error:
            text = requester.t("import_failed", reason=requester.t.reason(error))
        with suppress(TelegramError):
            await rewrite(note.get_bot(), note.chat_id, note.message_id, render_text(text))

    async def _question_report(self, requester: Requester) -> str:
        """The unanswered questions, similar ones together; the slowest; comments on bad quotes."""
        feedback, run_on_store = self._services.feedback, self._services.run_on_store
        unanswered = await run_on_store(lambda: feedback.unanswered_questions(_DAYS), list[str]())
        slowest = await run_on_store(
            lambda: feedback.slowest_questions(_DAYS, _SLOWEST), list[tuple[float, str]]()
        )
        comments = await run_on_store(lambda: feedback.comments(_DAYS), list[Comment]())
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
        return collect_status(self._services.backend, verify=False)

    def _remove(self, ids: list[str]) -> list[str]:
        with self._services.backend.open_library() as library:
            return [entry.title for entry in library.remove(ids)]
