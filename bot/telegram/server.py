"""How the bot starts, serves Telegram and ends."""

import asyncio
import gc
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

from bot.log_setup import exception_site
from bot.monitoring.health_server import Readiness, watch
from bot.processes.build_subprocess import build_in_child
from bot.settings import Settings
from bot.telegram.application import Bot, build_bot
from bot.telegram.context.services import AnswerEngine, BotServices
from bot.telegram.transport.polling import (
    REJECTED,
    UNPARSED,
    AnyApplication,
    Poller,
    Stopped,
    unless_stopped,
)
from bot.telegram.transport.webhook import Webhook
from corpus.errors import QuotebotError, SettingsError
from index.embedding.model_sources import BUNDLED

__all__ = ["end_process", "keep_fresh", "run_bot", "serve", "take_turns"]

START_PAUSES = (1.0, 2.0, 3.0, 4.0)  # seconds between the tries to reach Telegram
_TRY_LASTS = 4.0  # seconds; five tries and their pauses stay within half a minute
_SWITCH = 1e-4  # seconds; with Python's 5e-3, a process that answers waits to be asked again
_FRESHNESS = 1.0  # seconds between looks for a newer generation
_TIDY_EVERY = 3_600.0  # seconds
_FINISH_WITHIN = 8.0  # seconds that running answers get when the bot stops; Docker kills after 10
_CONFIRM_WITHIN = 0.4
_THREADS_END_WITHIN = 0.2

_log = logging.getLogger(__name__)


def run_bot(settings: Settings, engine: AnswerEngine, threads: int = 1) -> None:
    """Serve Telegram until SIGTERM or SIGINT; the engine is asked in so many threads.

    Raises:
        SettingsError: no token, or one that Telegram refuses.
        QuotebotError: Telegram cannot be reached at start.
    """
    sys.setswitchinterval(_SWITCH)
    pool = ThreadPoolExecutor(threads, thread_name_prefix="ask")
    build = build_in_child(settings.quotebot_data, settings.embedding_model or BUNDLED)
    bot = build_bot(settings, engine, pool=pool, build=build)
    gc.collect()
    gc.freeze()  # what was loaded stays: no need to look through it again and again
    # Not asyncio.run: it waits for threads, and a name server may keep one for half a minute.
    loop = asyncio.new_event_loop()
    try:
        loop.run_until_complete(_until_signalled(bot))
    finally:
        loop.close()
        pool.shutdown(wait=False, cancel_futures=True)
        bot.services.close()


def take_turns() -> None:
    """Let who works finish a turn before who wakes up, here and in processes started from here.

    When many ask at once, that saves a tenth of the processor time. Linux alone can be told.
    """
    with suppress(AttributeError, OSError):
        os.sched_setscheduler(0, os.SCHED_BATCH, os.sched_param(0))


def end_process(code: int = 0) -> NoReturn:
    """Leave at once; Python alone would wait for a thread that is still at a long question."""
    for thread in threading.enumerate():
        if thread is not threading.current_thread() and not thread.daemon:
            thread.join(_THREADS_END_WITHIN)
            if thread.is_alive():
                logging.shutdown()
                sys.stdout.flush()
                sys.stderr.flush()
                os._exit(code)
    sys.exit(code)


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
    pauses: Sequence[float] = START_PAUSES,
    poll_pause: float = 1.0,
) -> None:
    """Connect, serve until `stop` is set, end.

    `pauses` are the seconds between tries to connect, `poll_pause` those after a failed poll.
    """
    application, settings, health = bot.application, bot.settings, bot.health
    source: Poller | Webhook = Poller(application, poll_pause, health)
    if settings.webhook_url:
        source = Webhook(application, settings, health)
    watched = None
    try:
        if settings.health_listen:
            watched = watch(settings.health_listen, Readiness(bot.services, health))
        await _connect(application, source, stop, pauses)
        await application.start()
        health.connected = True
        _log.info("serving Telegram as @%s", application.bot.username)
        async with _in_background(application, bot.services) as looked:
            # A question that waited for the bot must not be told that there is no index.
            await unless_stopped(stop, looked.wait())
            await source.run(stop)
    except Stopped:
        _log.info("stopping")
    finally:
        health.stopping = True
        await _finish(application, source)
        if watched is not None:
            watched.stop()


async def _connect(
    application: AnyApplication,
    source: Poller | Webhook,
    stop: asyncio.Event,
    pauses: Sequence[float],
) -> None:
    server = urlsplit(application.bot.base_url).hostname
    reason = ""
    for attempt, pause in enumerate((*pauses, None), start=1):
        try:
            async with asyncio.timeout(_TRY_LASTS):
                await unless_stopped(stop, _introduce(application, source))
        except InvalidToken:  # its text shows the token
            raise SettingsError(REJECTED) from None
        except (TelegramError, TimeoutError) as error:
            reason = str(error) or "no reply in time"
        except UNPARSED as error:
            reason = f"its reply makes no sense ({type(error).__name__})"
        else:
            return
        tries = len(pauses) + 1
        _log.warning(
            "Telegram (%s) can't be reached: %s; try %d of %d", server, reason, attempt, tries
        )
        if pause is not None:
            await unless_stopped(stop, asyncio.sleep(pause))
    raise QuotebotError(
        f"Telegram ({server}) can't be reached: {reason}; check the network and TELEGRAM_BASE_URL"
    )


async def _introduce(application: AnyApplication, source: Poller | Webhook) -> None:
    await application.initialize()
    if isinstance(source, Webhook):
        await source.register()
    else:
        await application.bot.delete_webhook()  # with one set, Telegram refuses to be polled


@asynccontextmanager
async def _in_background(
    application: AnyApplication, services: BotServices
) -> AsyncIterator[asyncio.Event]:
    """Keep things going meanwhile; the event is set when the index was looked for once."""
    looked = asyncio.Event()
    # A thread of its own: a newer generation must not wait behind slow questions.
    pool = ThreadPoolExecutor(1, thread_name_prefix="refresh")
    tasks = [
        asyncio.create_task(keep_fresh(services.engine, pool, looked)),
        asyncio.create_task(_keep_tidy(services)),
    ]
    if application.post_init is not None:
        tasks.append(asyncio.ensure_future(application.post_init(application)))
    try:
        yield looked
    finally:
        for task in tasks:
            task.cancel()
        pool.shutdown(wait=False, cancel_futures=True)


async def keep_fresh(
    engine: AnswerEngine, pool: Executor, looked: asyncio.Event, pause: float = _FRESHNESS
) -> None:
    """Take up newer generations for ever; a trouble is logged once, not at every look."""
    trouble = ""
    while True:
        try:
            taken_up = await asyncio.get_running_loop().run_in_executor(pool, engine.refresh)
            trouble = ""
        except Exception as error:  # noqa: BLE001  # whatever it is, the old one still answers
            taken_up, before = False, trouble
            trouble = str(error) if isinstance(error, QuotebotError) else exception_site(error)
            if trouble != before:
                _log.error("no newer index taken up: %s", trouble)
        looked.set()
        if taken_up:
            _log.info("answering from generation %s", engine.generation)
        await asyncio.sleep(pause)


async def _keep_tidy(services: BotServices) -> None:
    """Delete what is older than it may get, once an hour."""
    while True:
        await asyncio.sleep(_TIDY_EVERY)
        await services.keep(services.state.tidy, None)


async def _finish(application: AnyApplication, source: Poller | Webhook) -> None:
    """Let running answers out, then close; bounded, also when Telegram is away."""
    if application.running:
        with suppress(TimeoutError):
            async with asyncio.timeout(_CONFIRM_WITHIN):
                await source.confirm()
        with suppress(TimeoutError):
            async with asyncio.timeout(_FINISH_WITHIN):
                await application.stop()
    await application.shutdown()
    await application.bot.shutdown()  # the application skips it if it never came up
