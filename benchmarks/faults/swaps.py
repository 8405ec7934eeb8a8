"""Generations change while readers ask: every answer must come from one whole generation."""

import re
from collections.abc import Callable
from multiprocessing.connection import Connection
from multiprocessing.synchronize import Event
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.faults.scene import Outcome, engine_of, processes
from corpus import Article
from index.engine.engine import Engine
from index.indexing.builder import build
from tests.fake_index import FakeEmbedder, an_article


def run(seed: int, quick: bool) -> list[Outcome]:
    return [swap("readers during swaps", 2 if quick else 8, 5 if quick else 50)]


def numbered(number: int) -> list[Article]:
    """Articles whose ids, titles and texts contain a number."""
    return [
        an_article(
            f"Fox {n} of {number}", *(f"Fox {n}.{p} likes number {number}." for p in range(4)),
            id=f"{n}-of-{number}",
        )
        for n in range(3)
    ]  # fmt: skip


def publish(data: Path, number: int) -> None:
    build(numbered(number), str(number), FakeEmbedder(), data)


def swap(name: str, readers: int, swaps: int) -> Outcome:
    """Build again and again, while processes use each new generation and ask without pause."""
    outcome = Outcome(name)
    stop = processes.Event()
    with TemporaryDirectory() as folder:
        data = Path(folder)
        publish(data, 0)
        pipes, children = [], []
        for _ in range(readers):
            ours, theirs = processes.Pipe()
            child = processes.Process(target=_read, args=(data, stop, theirs))
            child.start()
            theirs.close()
            ours.recv()  # it has answered once
            pipes.append(ours)
            children.append(child)
        for number in range(1, swaps + 1):
            publish(data, number)
        stop.set()
        taken = 0
        for pipe, child in zip(pipes, children, strict=True):
            try:
                asked, found, bad = pipe.recv()
            except EOFError:
                asked, found, bad = 0, 0, ["it crashed"]
            child.join()
            outcome.cases += asked
            outcome.bad += bad
            taken += found
    outcome.note = f"answers to {readers} readers during {swaps} swaps, {taken} of them taken up"
    return outcome


def _read(data: Path, stop: Event, out: Connection) -> None:
    engine = engine_of(data)
    out.send(mixed(engine))
    out.send(ask_until(engine, stop.is_set))


def ask_until(engine: Engine, done: Callable[[], bool]) -> tuple[int, int, list[str]]:
    """Ask until the end, and once after it; counts of answers and generations, and errors."""
    asked, taken, bad = 0, 0, []
    last = False
    while not last:
        last = done()
        try:
            taken += engine.refresh()
            bad += [str(engine.problem)] if engine.problem else []
            bad += mixed(engine)
        except Exception as error:  # noqa: BLE001  # any error counts
            bad.append(repr(error))
        asked += 1
    return asked, taken, bad


def mixed(engine: Engine) -> list[str]:
    """Answers that come from several generations, or from none."""
    passages = engine.ask("which number does the fox like", k=10).passages
    shown = [
        (p.article_id, p.title, p.text, *(also.article_id for also in p.also_in)) for p in passages
    ]
    numbers = {re.findall(r"\d+", part)[-1] for parts in shown for part in parts}
    return [] if len(numbers) == 1 else [f"mixed: {shown}"]
