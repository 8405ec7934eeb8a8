"""The bot as a server: it starts, serves Telegram, and ends."""

import asyncio
import logging
import os
import signal
import sys
import threading
from collections.abc import AsyncIterator, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import asynccontextmanager, suppress
from typing import NoReturn
from urllib.parse import urlsplit

from telegram.error import InvalidToken, TelegramError

from bot.chat.ports import AnswerEngine
from bot.error_codes import Code
from bot.http.http_server import HttpServer
from bot.log_setup import exception_site
from bot.monitoring.health_server import Readiness, start_health_server
from bot.processes.build_subprocess import build_in_child
from bot.processes.tuning import freeze_loaded_objects
from bot.settings import Settings
from bot.telegram.application import Bot, build_bot
from bot.telegram.context.services import BotServices
from bot.telegram.transport.polling import (
    REJECTED,
    UNPARSED,
    AnyApplication,
    Poller,
    Stopped,
    unless_stopped,
)
from bot.telegram.transport.webhook import Webhook
from corpus.errors import QuotebotError, Reason, SettingsError
from index.embedding.model_sources import BUNDLED

__all__ = ["end_process", "keep_fresh", "run_bot", "serve"]

_START_PAUSES = (1.0, 2.0, 3.0, 4.0)  # seconds between the tries to reach Telegram
_TRY_SECONDS = 4.0  # for each try; five tries and their pauses stay within half a minute
_REFRESH_SECONDS = 1.0  # between checks for a newer generation
_PURGE_SECONDS = 3_600.0  # between deletions of old records
_CONFIRM_SECONDS = 0.4  # to confirm the updates that were taken, when the bot stops
_FINISH_SECONDS = 8.0  # for running answers when the bot stops; Docker kills it after 10
_THREAD_SECONDS = 0.2  # for each thread that still runs when the process ends

_log = logging.getLogger(__name__)


def run_bot(settings: Settings, engine: AnswerEngine, threads: int = 1) -> None:
    """Serve Telegram until SIGTERM or SIGINT; up to `threads` threads ask the engine at once.

    Raises:
        SettingsError: there is no token, Telegram refuses it, or nothing can listen at an address.
        QuotebotError: Telegram cannot be reached at start.
    """
    pool = ThreadPoolExecutor(threads, thread_name_prefix="ask")
    build = build_in_child(settings.quotebot_data, settings.embedding_model or BUNDLED)
    bot = build_bot(settings, engine, pool=pool, build=build)
    freeze_loaded_objects()
    # Not asyncio.run: it waits for threads, and a name server may hold one for half a minute.
    loop = asyncio.new_event_loop()
    try:
        loop.run_until_complete(_until_signalled(bot))
    finally:
        loop.close()
        pool.shutdown(wait=False, cancel_futures=True)
        bot.services.close()


async def _until_signalled(bot: Bot) -> None:
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        with suppress(NotImplementedError):  # Windows
            asyncio.get_running_loop().add_signal_handler(number, stop.set)
    try:
        await serve(bot, stop=stop)
    finally:
        left = asyncio.all_tasks() - {asyncio.current_task()}
        for task in left:
            task.cancel()
        await asyncio.gather(*left, return_exceptions=True)


async def serve(
    bot: Bot,
    *,
    stop: asyncio.Event,
    pauses: Sequence[float] = _START_PAUSES,
    poll_pause: float = 1.0,
) -> None:
    """Connect, serve until `stop` is set, end.

    `pauses` are the seconds between the tries to connect, `poll_pause` those after a failed poll.
    Raises what `run_bot` raises.
    """
    application, settings, health = bot.application, bot.settings, bot.health
    source: Poller | Webhook = Poller(application, poll_pause, health, bot.services.storage.leader)
    if settings.webhook_url:
        source = Webhook(application, settings, health)
    health_server = None
    try:
        if settings.health_listen:
            health_server = await _start_health_server(settings.health_listen, bot)
        await _connect(application, source, stop, pauses)
        await application.start()
        health.connected = True
        _log.info("serving Telegram as @%s", application.bot.username)
        async with _in_background(application, bot.services) as index_checked:
            # The first question must not be answered with "no index" while the index is loading.
            await unless_stopped(stop, index_checked.wait())
            await source.run(stop)
    except Stopped:
        _log.info("stopping")
    finally:
        health.stopping = True
        await _finish(application, source)
        if health_server is not None:
            await health_server.stop()


async def _start_health_server(address: str, bot: Bot) -> HttpServer:
    services = bot.services
    readiness = Readiness(
        bot.health, lambda: services.engine.generation, services.metrics, services.started
    )
    return await start_health_server(address, readiness.problem, readiness.metrics)


async def _connect(
    application: AnyApplication,
    source: Poller | Webhook,
    stop: asyncio.Event,
    pauses: Sequence[float],
) -> None:
    server = urlsplit(application.bot.base_url).hostname
    reason: Reason | str = ""
    tries = len(pauses) + 1
    for attempt, pause in enumerate((*pauses, None), start=1):
        try:
            async with asyncio.timeout(_TRY_SECONDS):
                await unless_stopped(stop, _log_in(application, source))
        except InvalidToken:  # its text shows the token
            raise SettingsError(REJECTED) from None
        except (TelegramError, TimeoutError) as error:
            reason = str(error) or Code.NO_REPLY_IN_TIME()
        except UNPARSED as error:
            reason = Code.REPLY_MAKES_NO_SENSE(kind=type(error).__name__)
        else:
            return
        _log.warning(
            "Telegram (%s) can't be reached: %s; try %d of %d", server, reason, attempt, tries
        )
        if pause is not None:
            await unless_stopped(stop, asyncio.sleep(pause))
    raise QuotebotError(Code.TELEGRAM_UNREACHABLE(server=server, reason=reason))


async def _log_in(application: AnyApplication, source: Poller | Webhook) -> None:
    """Check the token, and set the webhook or delete it."""
    await application.initialize()
    if isinstance(source, Webhook):
        await source.register()
    else:
        await application.bot.delete_webhook()  # with one set, Telegram refuses to be polled


@asynccontextmanager
async def _in_background(
    application: AnyApplication, services: BotServices
) -> AsyncIterator[asyncio.Event]:
    """While the bot serves, use newer generations, delete old records, and set the menus.

    The event is set after the first check for an index.
    """
    index_checked = asyncio.Event()
    # A thread of its own: a newer generation must not wait behind slow questions.
    pool = ThreadPoolExecutor(1, thread_name_prefix="refresh")
    tasks = [
        asyncio.create_task(keep_fresh(services.engine, pool, index_checked)),
        asyncio.create_task(_keep_purging(services)),
    ]
    if application.post_init is not None:
        tasks.append(asyncio.ensure_future(application.post_init(application)))
    try:
        yield index_checked
    finally:
        for task in tasks:
            task.cancel()
        pool.shutdown(wait=False, cancel_futures=True)


async def keep_fresh(
    engine: AnswerEngine, pool: Executor, checked: asyncio.Event, pause: float = _REFRESH_SECONDS
) -> None:
    """Check for a newer generation every `pause` seconds, for ever, and use it.

    `checked` is set after the first check. An error is logged once, not at every check.
    """
    last = ""
    while True:
        try:
            changed = await asyncio.get_running_loop().run_in_executor(pool, engine.refresh)
            last = ""
        except Exception as error:  # noqa: BLE001  # a bug: the old generation still answers
            changed = False
            problem = str(error) if isinstance(error, QuotebotError) else exception_site(error)
            if problem != last:
                _log.error("the newer index cannot be used: %s", problem)
            last = problem
        checked.set()
        if changed:
            _log.info("answering from generation %s", engine.generation)
        await asyncio.sleep(pause)


async def _keep_purging(services: BotServices) -> None:
    """Delete records that are older than the limits allow, once an hour."""
    while True:
        await asyncio.sleep(_PURGE_SECONDS)
        await services.run_on_store(services.chats.purge, None)


async def _finish(application: AnyApplication, source: Poller | Webhook) -> None:
    """Wait until running answers are sent, then close; the waits have limits."""
    if application.running:
        with suppress(TimeoutError):
            async with asyncio.timeout(_CONFIRM_SECONDS):
                await source.confirm()
        with suppress(TimeoutError):
            async with asyncio.timeout(_FINISH_SECONDS):
                await application.stop()
    await application.shutdown()
    await application.bot.shutdown()  # `application.shutdown` skips it without `initialize`


def end_process(code: int = 0) -> NoReturn:
    """End the process, also while a thread waits for the answer to a long question.

    Python itself would wait for that thread.
    """
    for thread in threading.enumerate():
        if thread is not threading.current_thread() and not thread.daemon:
            thread.join(_THREAD_SECONDS)
            if thread.is_alive():
                logging.shutdown()
                sys.stdout.flush()
                sys.stderr.flush()
                os._exit(code)
    sys.exit(code)
