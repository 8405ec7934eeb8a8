"""A bot that serves in the event loop of the test, over real HTTP on loopback."""

import asyncio
import urllib.error
import urllib.request
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from tempfile import TemporaryDirectory
from typing import Any

from prometheus_client.parser import text_string_to_metric_families

from bot.chat.ports import AnswerEngine
from bot.i18n.catalog import catalog_for
from bot.processes.build_subprocess import Build
from bot.settings import Settings
from bot.telegram.application import build_bot
from bot.telegram.server import serve
from corpus.place_result import ReadOptions
from tests.bot_api import BotApi
from tests.fakes import TOKEN

say = catalog_for("en")


@asynccontextmanager
async def served(
    base_url: str,
    engine: AnswerEngine,
    token: str = TOKEN,
    *,
    interval: float = 0,
    build: Build | None = None,
    reading: ReadOptions | None = None,
    tries: int = 3,
    **settings: object,
) -> AsyncIterator["asyncio.Task[None]"]:
    """A bot that serves in this event loop until the block ends."""
    stop = asyncio.Event()
    with ThreadPoolExecutor(2) as pool, TemporaryDirectory() as data:
        values: dict[str, Any] = {"quotebot_data": data, "log_questions": False, **settings}
        chosen = Settings(telegram_bot_token=token, telegram_base_url=base_url, **values)
        bot = build_bot(
            chosen,
            engine,
            pool=pool,
            interval=interval,
            build=build,
            debounce=0.01,
            reading=reading,
        )
        task = asyncio.create_task(serve(bot, stop=stop, pauses=(0,) * (tries - 1), poll_pause=0))
        try:
            yield task
        finally:
            stop.set()
            await asyncio.wait([task])
            bot.services.close()
    if task.exception() is None:
        assert bot.application.running is False


async def calls(telegram: BotApi, method: str, count: int = 1) -> list[dict[str, object]]:
    return await asyncio.to_thread(telegram.wait_for, method, count)


def arrived(telegram: BotApi, asked: int) -> int:
    """How many answers to a message are in the chat; apologies do not count."""
    return sum(
        m["from"]["is_bot"]
        and (m.get("reply_parameters") or {}).get("message_id") == asked
        and m["text"] != say("trouble")
        for m in telegram.messages.values()
    )


async def eventually(true: Callable[[], object], seconds: float = 8) -> None:
    async with asyncio.timeout(seconds):
        while not true():  # noqa: ASYNC110  # the server is in threads
            await asyncio.sleep(0.01)


def get(port: int, path: str) -> tuple[int, str]:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=5) as reply:
            return reply.status, reply.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


def samples(metrics: str) -> dict[str, float]:
    """The figures of /metrics by name and labels, as Prometheus reads them."""
    found = {}
    for family in text_string_to_metric_families(metrics):
        for sample in family.samples:
            labels = ",".join(f'{name}="{value}"' for name, value in sample.labels.items())
            found[f"{sample.name}{{{labels}}}" if labels else sample.name] = sample.value
    return found


async def listening(port: int) -> None:
    """Wait until a server listens at the port."""
    async with asyncio.timeout(10):
        while True:
            try:
                _, writer = await asyncio.open_connection("127.0.0.1", port)
            except OSError:
                await asyncio.sleep(0.01)
            else:
                writer.close()
                return


async def readiness(port: int, status: int, seconds: float = 8) -> None:
    """Wait until /readyz has that status."""
    async with asyncio.timeout(seconds):
        while (await asyncio.to_thread(get, port, "/readyz"))[0] != status:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
