"""Fetching updates by long polling.

python-telegram-bot's own Updater stops for good, without a message, when a token is revoked. At
shutdown it calls Telegram once more and waits for the reply. This loop stops at once, logs each
problem once, and raises an error when trying again is no use.
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

from bot.chat.ports import Leader
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
"""The kinds of updates that the bot asks for; Telegram sends no others."""
_LONG_POLL = timedelta(seconds=25)
_LOOK_FOR_LEADER_EVERY = 1.0  # seconds
_LONGEST_PAUSE = 15.0  # seconds between tries while Telegram is away
_SILENCE = 60.0  # seconds until the same trouble is logged again
# What python-telegram-bot raises over a reply that is JSON but not what it should be.
UNPARSED = (AttributeError, KeyError, TypeError, ValueError)

AnyApplication = Application[Any, Any, Any, Any, Any, Any]
_T = TypeVar("_T")
_log = logging.getLogger(__name__)


class Stopped(Exception):  # not an error
    """The bot was told to stop, by a signal."""


async def unless_stopped(stop: asyncio.Event, work: Coroutine[Any, Any, _T]) -> _T:
    """Result of `work`. As soon as `stop` is set, cancels `work` and raises Stopped."""
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
        leader: Leader | None = None,
    ) -> None:
        """After a failure, pause for `first_pause` seconds; after each further one, twice as long.

        Problems are written to `health`. Updates are fetched only while `leader` is held: Telegram
        allows only one program at a time to fetch.
        """
        self._application = application
        self._health = health or Health()
        self._leader = leader
        self._first_pause = first_pause
        self._failures = 0
        self._offset: int | None = None
        self._trouble = ""  # the one that was logged and is not over
        self._logged, self._logged_at = "", 0.0

    async def run(self, stop: asyncio.Event) -> None:
        """Fetch until `stop` is set (raises Stopped) or the token is refused (SettingsError)."""
        while True:
            while self._leader is not None and not self._leader.held():
                await unless_stopped(stop, asyncio.sleep(_LOOK_FOR_LEADER_EVERY))
            try:
                updates = await unless_stopped(stop, self._fetch())
            except InvalidToken:
                raise SettingsError(REJECTED) from None
            except (TelegramError, *UNPARSED) as error:
                await unless_stopped(stop, asyncio.sleep(self._report(error)))
            else:
                self._recovered()
                for update in updates:
                    await self._application.update_queue.put(update)

    async def confirm(self) -> None:
        """Confirm the updates so far, so that Telegram does not send them after a restart."""
        if self._offset is not None:
            with suppress(TelegramError):
                await self._application.bot.get_updates(
                    offset=self._offset, timeout=timedelta(0), allowed_updates=WANTED
                )

    async def _fetch(self) -> list[Update]:
        # After a failure, a short poll shows at once whether Telegram is back.
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
        """Skip updates that cannot be parsed; otherwise Telegram would repeat them for ever."""
        bot = self._application.bot
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # it advises another method, which cannot skip
            raw = await bot.do_api_request(
                "getUpdates", {"offset": self._offset, "timeout": 0, "allowed_updates": WANTED}
            )
        updates = []
        for item in raw:
            self._offset = item["update_id"] + 1
            with suppress(*UNPARSED):
                updates.append(Update.de_json(item, bot))
        return updates

    def _report(self, error: Exception) -> float:
        """Log the error if it is a new one; how many seconds to wait before the next try."""
        if isinstance(error, Conflict):
            trouble = (
                "another program fetches the updates of this bot: "
                "stop it, or give one of the two a token of its own"
            )
        else:
            reason = str(error) if isinstance(error, TelegramError) else exception_site(error)
            trouble = f"no updates from Telegram ({reason}); trying on"
        if not isinstance(error, TimedOut):  # a long poll without a reply is no problem yet
            self._health.trouble = trouble
        self._log_unless_recent(trouble)
        if isinstance(error, RetryAfter):
            return seconds_to_wait(error)
        if isinstance(error, TimedOut):  # it has already waited
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
