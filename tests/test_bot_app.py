import asyncio
import logging
from concurrent.futures import ThreadPoolExecutor

import pytest
from fakes import FakeEngine, an_answer
from telegram.constants import InlineKeyboardButtonLimit

from bot.app import build_application
from bot.buttons import paging, parse_paging
from bot.serving import keep_fresh, run_bot
from bot.settings import Settings
from bot.state import AnswerStore
from corpus.errors import IndexUnavailable, SettingsError


def test_without_a_token_there_is_no_bot() -> None:
    with pytest.raises(SettingsError, match="TELEGRAM_BOT_TOKEN is not set"):
        build_application(Settings(), FakeEngine())
    with pytest.raises(SettingsError, match="TELEGRAM_BOT_TOKEN is not set"):
        run_bot(Settings(), FakeEngine())


def test_the_least_recently_used_answer_is_forgotten_first() -> None:
    store = AnswerStore(capacity=2)
    answers = [an_answer(question=str(number)) for number in range(3)]
    first, second = store.remember(answers[0]), store.remember(answers[1])
    assert store.recall(first) is answers[0]
    third = store.remember(answers[2])
    assert store.recall(second) is None
    assert store.recall(first) is answers[0]
    assert store.recall(third) is answers[2]


def test_what_a_button_sends_fits_and_can_be_read_again() -> None:
    key = AnswerStore().remember(an_answer())
    keyboard = paging(key, 500, 9_999)
    assert keyboard is not None
    for button, index in zip(keyboard.inline_keyboard[0], (499, 501), strict=True):
        assert isinstance(button.callback_data, str)
        assert len(button.callback_data.encode()) <= InlineKeyboardButtonLimit.MAX_CALLBACK_DATA
        assert parse_paging(button.callback_data) == (key, index)


async def test_a_newer_generation_is_taken_up_and_a_trouble_named_once(
    caplog: pytest.LogCaptureFixture,
) -> None:
    damaged = IndexUnavailable("the new generation is damaged")
    engine = FakeEngine()
    engine.newer = iter([damaged, damaged, ValueError("private"), True])
    with ThreadPoolExecutor(1) as pool, caplog.at_level(logging.INFO):
        task = asyncio.create_task(keep_fresh(engine, pool, asyncio.Event(), pause=0))
        await asyncio.to_thread(engine.refreshed.wait, 10)
        task.cancel()
    lines = [record.message for record in caplog.records if record.name == "bot.serving"]
    assert lines[0] == "no newer index taken up: the new generation is damaged"
    assert lines[1].startswith("no newer index taken up: ValueError in refresh")
    assert lines[2:] == ["answering from generation g1"]
