"""Fetching updates by long polling.

python-telegram-bot's own Updater stops for good, unseen, when a token is revoked, and while it
shuts down asks Telegram once more, however long that takes. This loop ends when it is told to, says
once what is wrong, and raises what cannot heal.
"""

import asyncio
import logging
import warnings
from collections.abc import Coroutine
from contextlib import suppress
from datetime import timedelta
from typing import Any, TypeVar

from telegram import Update
from telegram.error import Conflict, InvalidToken, RetryAfter, TelegramError, TimedOut
from telegram.ext import Application

from bot.error_codes import Code
from bot.log_setup import exception_site
from bot.monitoring.health_server import Health
from bot.telegram.transport.rate_limiter import seconds_to_wait
from corpus.errors import SettingsError

__all__ = [
    "REJECTED",
    "UNPARSED",
    "WANTED",
    "AnyApplication",
    "Poller",
    "Stopped",
    "unless_stopped",
]

REJECTED = Code.TOKEN_REJECTED()
WANTED = [
    Update.MESSAGE,
    Update.EDITED_MESSAGE,
    Update.CHANNEL_POST,
    Update.EDITED_CHANNEL_POST,
    Update.INLINE_QUERY,
    Update.CALLBACK_QUERY,
]
"""The kinds of updates that Telegram is asked for; it sends no others then."""
_LONG_POLL = timedelta(seconds=25)
_LONGEST_PAUSE = 15.0  # seconds between tries while Telegram is away
_SILENCE = 60.0  # seconds before a trouble that comes and goes is logged again
# What python-telegram-bot raises over a reply that is JSON but not what it should be.
UNPARSED = (AttributeError, KeyError, TypeError, ValueError)

AnyApplication = Application[Any, Any, Any, Any, Any, Any]
_T = TypeVar("_T")
_log = logging.getLogger(__name__)


class Stopped(Exception):  # not an error: somebody asked the bot to stop
    """The work was given up because the bot is to stop."""


async def unless_stopped(stop: asyncio.Event, work: Coroutine[Any, Any, _T]) -> _T:
    """Result of `work`; as soon as `stop` is set, work is cancelled and Stopped raised."""
    task, stopping = asyncio.create_task(work), asyncio.create_task(stop.wait())
    try:
        await asyncio.wait((task, stopping), return_when=asyncio.FIRST_COMPLETED)
        if task.done():
            return task.result()
        raise Stopped
    finally:
        task.cancel()
        stopping.cancel()
        await asyncio.gather(task, stopping, return_exceptions=True)


class Poller:
    """Brings updates from Telegram into the application's queue."""

    def __init__(
        self,
        application: AnyApplication,
        first_pause: float = 1.0,
        health: Health | None = None,
    ) -> None:
        """After a failure it pauses for `first_pause` seconds, after the next for twice as long.

        Troubles show in `health`.
        """
        self._application = application
        self._health = health or Health()
        self._first_pause = first_pause
        self._failures = 0
        self._offset: int | None = None
        self._trouble = ""  # logged, and not over yet
        self._logged, self._logged_at = "", 0.0

    async def run(self, stop: asyncio.Event) -> None:
        """Fetch until `stop` is set (raises Stopped) or the token is refused (SettingsError)."""
        while True:
            try:
                updates = await unless_stopped(stop, self._fetch())
            except InvalidToken:
                raise SettingsError(REJECTED) from None
            except (TelegramError, *UNPARSED) as error:
                await unless_stopped(stop, asyncio.sleep(self._complain(error)))
            else:
                self._recovered()
                for update in updates:
                    await self._application.update_queue.put(update)

    async def confirm(self) -> None:
        """Tell Telegram which updates were taken, so that they don't come again after a restart."""
        if self._offset is not None:
            with suppress(TelegramError):
                await self._application.bot.get_updates(
                    offset=self._offset, timeout=timedelta(0), allowed_updates=WANTED
                )

    async def _fetch(self) -> list[Update]:
        # After a trouble a short poll tells at once that it is over.
        wait = timedelta(0) if self._health.trouble else _LONG_POLL
        try:
            updates = await self._application.bot.get_updates(
                offset=self._offset, timeout=wait, allowed_updates=WANTED
            )
        except UNPARSED as error:
            _log.warning("an update makes no sense: %s", exception_site(error))
            return await self._fetch_one_by_one()
        if updates:
            self._offset = updates[-1].update_id + 1
        return list(updates)

    async def _fetch_one_by_one(self) -> list[Update]:
        """Skip what cannot be parsed; otherwise it would come back for ever."""
        bot = self._application.bot
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # that it has a method which parses
            raw = await bot.do_api_request(
                "getUpdates", {"offset": self._offset, "timeout": 0, "allowed_updates": WANTED}
            )
        updates = []
        for item in raw:
            self._offset = item["update_id"] + 1
            with suppress(*UNPARSED):
                updates.append(Update.de_json(item, bot))
        return updates

    def _complain(self, error: Exception) -> float:
        """Log a trouble when it is new; say how long to wait before the next try."""
        if isinstance(error, Conflict):
            trouble = (
                "another program fetches the updates of this bot: "
                "stop it, or give one of the two a token of its own"
            )
        else:
            reason = str(error) if isinstance(error, TelegramError) else exception_site(error)
            trouble = f"no updates from Telegram ({reason}); trying on"
        if not isinstance(error, TimedOut):  # a long poll that no reply came to is no trouble yet
            self._health.trouble = trouble
        self._log_unless_recent(trouble)
        if isinstance(error, RetryAfter):
            return seconds_to_wait(error)
        if isinstance(error, TimedOut):  # that has already taken its time
            return 0.0
        self._failures += 1
        return min(self._first_pause * 2.0 ** (self._failures - 1), _LONGEST_PAUSE)

    def _log_unless_recent(self, trouble: str) -> None:
        now = asyncio.get_running_loop().time()
        recent = trouble == self._logged and now - self._logged_at < _SILENCE
        if trouble != self._trouble and not recent:
            _log.error("%s", trouble)
            self._trouble = self._logged = trouble
            self._logged_at = now

    def _recovered(self) -> None:
        if self._trouble:
            _log.info("updates from Telegram again")
        self._trouble, self._failures, self._health.trouble = "", 0, ""
