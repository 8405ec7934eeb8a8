"""Questions answered in processes of their own; a small program stands in for the engine."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress
from pathlib import Path

import pytest

from bot.backend import EmbeddedBackend
from bot.processes.answer_pool import AnswerPool
from corpus.errors import IndexUnavailable, QuotebotError
from index.indexing.builder import build
from tests.fake_index import FakeEmbedder, an_article
from tests.source import ROOT

PROGRAM = (sys.executable, "-m", "tests.answering_program")
ARTICLES = [an_article("Fox", "The red fox sleeps in the barn. It wakes at noon.")]


def answerers(data: Path, count: int = 2) -> closing[AnswerPool]:
    build(ARTICLES, "1", FakeEmbedder(), data)
    return closing(AnswerPool(EmbeddedBackend(data), count, PROGRAM))


def processes(data: Path, generation: str | None) -> list[int]:
    """Those that were ever started for a generation."""
    return [
        int(path.suffix[1:]) for path in data.glob(f"{generation}.*") if path.suffix[1:].isdigit()
    ]


def alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    return True


def running(process: int) -> bool:
    """Whether it runs, also if nobody has read the status of one that has ended."""
    with suppress(OSError):
        stat = Path(f"/proc/{process}/stat").read_text()
        return stat.rpartition(")")[2].split()[0] != "Z"
    return alive(process) if not Path("/proc/self").exists() else False


def wait_until(true: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 20
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.005)


def test_questions_are_answered_side_by_side_with_all_that_was_asked_for(tmp_path: Path) -> None:
    with answerers(tmp_path) as engine, ThreadPoolExecutor(1) as pool:
        assert engine.refresh()
        assert not engine.refresh()
        slow = pool.submit(engine.ask, "wait")
        wait_until((tmp_path / "waiting").exists)
        assert engine.ask("who?", k=3, crowded=True).question == "who? 3 True"
        assert engine.ask("when?").question == "when? 5 False"
        assert not slow.done()
        (tmp_path / "go").touch()
        assert slow.result(20).question == "wait 5 False"
        assert [info.title for info in engine.articles()] == ["Fox"]
        assert len(processes(tmp_path, engine.generation)) == 2


def test_without_an_index_nothing_is_started(tmp_path: Path) -> None:
    with closing(AnswerPool(EmbeddedBackend(tmp_path), 1, PROGRAM)) as engine:
        with pytest.raises(IndexUnavailable, match="quotebot build"):
            engine.refresh()
        with pytest.raises(IndexUnavailable, match="quotebot build"):
            engine.ask("who?")
    assert not processes(tmp_path, "*Z-*")


def test_a_process_that_ends_is_replaced_and_its_question_asked_again(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with answerers(tmp_path) as engine:
        engine.refresh()
        assert engine.ask("die once").question == "die once 5 False"
        for process in processes(tmp_path, engine.generation):
            if alive(process):
                os.kill(process, signal.SIGKILL)
        assert engine.ask("who?").question == "who? 5 False"
    assert "has ended with 9; another one takes its place" in caplog.text


def test_a_question_that_ends_processes_harms_only_itself(tmp_path: Path) -> None:
    with answerers(tmp_path, 1) as engine:
        engine.refresh()
        with pytest.raises(QuotebotError, match="has ended"):
            engine.ask("die")
        with pytest.raises(IndexUnavailable, match="not now"):
            engine.ask("fail")
        assert engine.ask("who?").question == "who? 5 False"


def test_what_cannot_begin_says_why_and_the_old_ones_go_on(tmp_path: Path) -> None:
    with answerers(tmp_path) as engine:
        engine.refresh()
        first = engine.generation
        (tmp_path / "refuse").touch()
        build(ARTICLES, "2", FakeEmbedder(), tmp_path)
        with pytest.raises(IndexUnavailable, match="no such generation"):
            engine.refresh()
        assert engine.generation == first
        assert engine.ask("who?").answered
        (tmp_path / "refuse").unlink()
        (tmp_path / "die").touch()
        build(ARTICLES, "3", FakeEmbedder(), tmp_path)
        with pytest.raises(QuotebotError, match="has ended with 3 before it was ready"):
            engine.refresh()
        assert engine.ask("who?").answered


def test_a_new_generation_is_taken_up_while_an_old_one_still_answers(tmp_path: Path) -> None:
    with answerers(tmp_path) as engine, ThreadPoolExecutor(1) as pool:
        engine.refresh()
        old = processes(tmp_path, engine.generation)
        slow = pool.submit(engine.ask, "wait")
        wait_until((tmp_path / "waiting").exists)
        build(ARTICLES, "2", FakeEmbedder(), tmp_path)
        assert engine.refresh()
        new = processes(tmp_path, engine.generation)
        assert len(new) == 2
        assert engine.ask("who?").answered
        assert all(map(alive, [*old, *new]))
        (tmp_path / "go").touch()
        assert slow.result(20).answered
        assert not any(map(alive, old))
        build(ARTICLES, "3", FakeEmbedder(), tmp_path)
        assert engine.refresh()
        assert not any(map(alive, new))


def test_at_the_end_no_process_is_left_not_even_a_busy_one(tmp_path: Path) -> None:
    with ThreadPoolExecutor(1) as pool:
        with answerers(tmp_path) as engine:
            engine.refresh()
            slow = pool.submit(engine.ask, "wait")
            wait_until((tmp_path / "waiting").exists)
        with pytest.raises(QuotebotError):
            slow.result(20)
    assert not any(map(alive, processes(tmp_path, "*Z-*")))
    with pytest.raises(QuotebotError, match="stopping"):
        engine.ask("who?")


def test_questions_that_wait_at_the_end_are_refused(tmp_path: Path) -> None:
    with ThreadPoolExecutor(4) as pool:
        with answerers(tmp_path, 1) as engine:
            engine.refresh()
            waiting = [pool.submit(engine.ask, "wait") for _ in range(4)]
            wait_until((tmp_path / "waiting").exists)
        for each in waiting:
            with pytest.raises(QuotebotError, match="stopping"):
                each.result(20)


KILLED = """
import os, signal, sys
from pathlib import Path
from threading import Thread
from bot.backend import EmbeddedBackend
from bot.processes.answer_pool import AnswerPool

data = Path(sys.argv[1])
engine = AnswerPool(EmbeddedBackend(data), 2, (sys.executable, "-m", "tests.answering_program"))
engine.refresh()
Thread(target=engine.ask, args=("wait",), daemon=True).start()
while not (data / "waiting").exists():
    pass
os.kill(os.getpid(), signal.SIGKILL)
"""


def test_no_process_outlives_a_bot_that_is_killed(tmp_path: Path) -> None:
    build(ARTICLES, "1", FakeEmbedder(), tmp_path)
    killed = subprocess.run([sys.executable, "-c", KILLED, str(tmp_path)], cwd=ROOT, check=False)
    assert killed.returncode == -signal.SIGKILL
    idle_and_busy = processes(tmp_path, "*Z-*")
    assert len(idle_and_busy) == 2
    (tmp_path / "go").touch()  # a question is finished first
    wait_until(lambda: not any(map(running, idle_and_busy)))
