import asyncio
import logging
from concurrent.futures import ThreadPoolExecutor

import pytest

from bot.settings import Settings
from bot.telegram.application import build_bot
from bot.telegram.server import keep_fresh, run_bot
from corpus.errors import IndexUnavailable, SettingsError
from tests.fakes import FakeEngine
from tests.reasons import a_reason


def test_without_a_token_there_is_no_bot() -> None:
    with pytest.raises(SettingsError, match="TELEGRAM_BOT_TOKEN is not set"):
        build_bot(Settings(), FakeEngine())
    with pytest.raises(SettingsError, match="TELEGRAM_BOT_TOKEN is not set"):
        run_bot(Settings(), FakeEngine())


async def test_a_newer_generation_is_taken_up_and_a_trouble_named_once(
    caplog: pytest.LogCaptureFixture,
) -> None:
    damaged = IndexUnavailable(a_reason("the new generation is damaged"))
    engine = FakeEngine()
    engine.newer = iter([damaged, damaged, ValueError("private"), True])
    with ThreadPoolExecutor(1) as pool, caplog.at_level(logging.INFO):
        task = asyncio.create_task(keep_fresh(engine, pool, asyncio.Event(), pause=0))
        await asyncio.to_thread(engine.refreshed.wait, 10)
        task.cancel()
    lines = [record.message for record in caplog.records if record.name == "bot.telegram.server"]
    assert lines[0] == "the newer index cannot be used: the new generation is damaged"
    assert lines[1].startswith("the newer index cannot be used: ValueError in refresh")
    assert lines[2:] == ["answering from generation g1"]
