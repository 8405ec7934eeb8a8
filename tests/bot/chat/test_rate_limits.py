"""Who may ask, and how much."""

import asyncio
import threading
from pathlib import Path

import pytest

from bot.i18n.catalog import catalog_for
from index.answer import Answer
from tests.fakes import (
    ANN,
    GROUP,
    FakeEngine,
    an_answer,
    fake_bot,
    message_update,
    press_update,
)

say = catalog_for("en")


async def test_a_closed_bot_tells_strangers_their_id_and_serves_the_others(tmp_path: Path) -> None:
    async with fake_bot(tmp_path, allowed_ids=(8, -70), admin_ids=(99,)) as bot:
        assert (await bot.ask())["text"] == say("closed", id=7)
        await bot.feed(message_update("Anybody here?", {**GROUP, "id": -71}))
        assert len(bot.request.calls) == 1
        await bot.feed(press_update("p:x:1"))
        assert bot.request.named("answerCallbackQuery")[0]["text"] == say("closed", id=7)
        for number in range(5):
            await bot.ask(message_id=50 + number)
        assert len(bot.request.named("sendMessage")) == 3
        assert bot.engine.questions == []
        await bot.ask("/ask Where?", chat=GROUP)
        await bot.ask("When?", **{"from": {**ANN, "id": 99}})
        await bot.ask("Who?", **{"from": {**ANN, "id": 8}, "message_id": 43})
    assert bot.engine.questions == ["Where?", "When?", "Who?"]


async def test_somebody_who_asks_too_fast_is_warned_once(tmp_path: Path) -> None:
    async with fake_bot(tmp_path) as bot:
        for number in range(34):
            await bot.ask(f"When {number}?", message_id=number + 1)
    texts = [sent["text"] for sent in bot.request.named("sendMessage")]
    assert len(texts) == 31
    assert texts.count(say("slow_down")) == 1


async def test_one_question_of_a_person_runs_at_a_time(tmp_path: Path) -> None:
    running, most = 0, 0
    lock, go_on = threading.Lock(), threading.Event()

    def answer(question: str) -> Answer:
        nonlocal running, most
        with lock:
            running += 1
            most = max(most, running)
        go_on.wait(10)
        with lock:
            running -= 1
        return an_answer(question=question)

    async with fake_bot(tmp_path, FakeEngine(answer)) as bot:
        tasks = [
            asyncio.create_task(bot.feed(message_update(f"When {n}?", message_id=n + 1)))
            for n in range(24)
        ]
        async with asyncio.timeout(10):
            while sum(task.done() for task in tasks) < 3:  # noqa: ASYNC110
                await asyncio.sleep(0.01)
        go_on.set()
        await asyncio.gather(*tasks)
    texts = [sent["text"] for sent in bot.request.named("sendMessage")]
    assert most == 1
    assert texts.count(say("slow_down")) == 1
    assert len(texts) == 22  # one ran, twenty waited, three found the queue full


async def test_questions_are_logged_only_if_wanted(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level("INFO"):
        async with fake_bot(tmp_path, log_questions=False) as bot:
            await bot.ask("secret question")
            assert bot.bot.services.feedback.statistics(1).questions == 1
            assert bot.bot.services.feedback.slowest_questions(1, 1) == []  # of those with text
        assert "secret" not in caplog.text
        async with fake_bot(tmp_path / "b") as bot:
            await bot.ask("open\nquestion " + "x" * 400)
    assert "open\\nquestion" in caplog.text
    assert "x" * 286 in caplog.text
    assert "x" * 287 not in caplog.text
