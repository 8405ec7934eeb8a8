"""CURRENT is damaged, generations are deleted under a running engine, the clock is set back."""

import asyncio
import shutil
import statistics
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from unittest.mock import patch

from benchmarks.faults.scene import ANSWER, Outcome, engine_of, publish, quoted
from bot.telegram.server import keep_fresh
from corpus.errors import IndexUnavailable
from index.engine.engine import Engine
from index.storage.generation_store import EmbeddedStore

_NAME = "20261124T101500Z-000-3f9a1c2b"
CONTENTS: dict[str, bytes | None] = {
    "missing": None,
    "empty": b"",
    "a line break": b"\n",
    "garbage": b"\xff\x00\xfe garbage",
    "another name": b"nowhere\n",
    "a generation that isn't there": f"{_NAME}\n".encode(),
    "a path out of the folder": f"../../{_NAME}\n".encode(),
    "an absolute path": b"/etc/passwd\n",
    "an unfinished build": b".building-0badcafe\n",
    "two names": f"{_NAME}\n{_NAME}\n".encode(),
    "a name in other digits": "٢٠٢٦١١٢٤T101500Z-000-3f9a1c2b\n".encode(),
    "a megabyte of zeros": bytes(1_000_000),
}


def run(seed: int, quick: bool) -> list[Outcome]:
    return [nonsense(), vanished(), clock(), taken_up(3 if quick else 30)]


def nonsense() -> Outcome:
    """With any content of CURRENT, the newest whole generation answers; a build repairs it."""
    outcome = Outcome("CURRENT is nonsense", len(CONTENTS))
    with TemporaryDirectory() as folder:
        data = Path(folder)
        publish(data, 1)
        for name, content in CONTENTS.items():
            newest = publish(data, 2)
            current = data / "CURRENT"
            current.unlink()
            if content is not None:
                current.write_bytes(content)
            engine = engine_of(data)
            outcome.expect(engine.generation == newest, f"{name}: {engine.generation} serves")
            outcome.expect(bool(engine.problem), f"{name}: not noticed")
            outcome.expect("CURRENT" in EmbeddedStore(data).damage(), f"{name}: not verified")
            publish(data, 2)
            outcome.expect(not EmbeddedStore(data).damage(), f"{name}: not mended")
    return outcome


def vanished() -> Outcome:
    """An engine goes on answering after its files are deleted, and uses the next generation."""
    outcome = Outcome("generations deleted under a running engine")
    deleted: dict[str, Callable[[Path], object]] = {
        "the generation": lambda data: shutil.rmtree(
            EmbeddedStore(data).path(EmbeddedStore(data).current_name() or "")
        ),
        "all generations": lambda data: shutil.rmtree(data / "generations"),
        "CURRENT": lambda data: (data / "CURRENT").unlink(),
        "everything": lambda data: [shutil.rmtree(data), data.mkdir()],
    }
    for name, delete in deleted.items():
        outcome.cases += 1
        with TemporaryDirectory() as folder:
            data = Path(folder) / "data"
            publish(data, 1)
            publish(data, 2)
            engine = engine_of(data)
            delete(data)
            for _ in range(2):
                outcome.expect(quoted(engine) == ANSWER, f"{name}: another answer")
                try:
                    engine.refresh()
                except IndexUnavailable:
                    continue
            built = publish(data, 3)
            engine.refresh()
            outcome.expect(engine.generation == built, f"{name}: the next build isn't taken up")
            outcome.expect(quoted(engine) == ANSWER, f"{name}: another answer after the build")
    return outcome


def clock() -> Outcome:
    """Generations are in the order in which they were built, also when the clock is wrong."""
    outcome = Outcome("the clock goes back and forth")
    years = (2026, 2001, 2001, 2099, 2026, 1999)
    with TemporaryDirectory() as folder:
        data = Path(folder)
        engine, before = None, None
        for version, year in enumerate(years):
            outcome.cases += 1
            with patch(
                "index.storage.generation_store._now", lambda y=year: datetime(y, 1, 1, tzinfo=UTC)
            ):
                built = publish(data, version)
            engine = engine or engine_of(data)
            engine.refresh()
            wanted = [name for name in (before, built) if name]
            outcome.expect(EmbeddedStore(data).names() == wanted, f"{year}: not the newest two")
            outcome.expect(engine.generation == built, f"{year}: {engine.generation} serves")
            before = built
        back = EmbeddedStore(data).rollback()
        outcome.expect(back != built, "rollback goes nowhere")
        many = [f"20990101T000000Z-{number:03d}-00000000" for number in (2, 999, 1000, 10_000)]
        for name in many:
            EmbeddedStore(data).path(name).mkdir()
        outcome.expect(
            [n for n in EmbeddedStore(data).names() if n in many] == many, "1000 before 999"
        )
    return outcome


def taken_up(builds: int) -> Outcome:
    """Measure how long a running bot takes until it answers from a new generation."""
    outcome = Outcome("a running bot takes up a build", builds)
    with TemporaryDirectory() as folder:
        data = Path(folder)
        publish(data, 0)
        seconds = asyncio.run(_taken_up(data, engine_of(data), builds))
    outcome.expect(max(seconds) < 2, f"{max(seconds):.2f} s")
    outcome.note = f"median {statistics.median(seconds):.2f} s, at most {max(seconds):.2f} s"
    return outcome


async def _taken_up(data: Path, engine: Engine, builds: int) -> list[float]:
    seconds = []
    with ThreadPoolExecutor(1) as pool:
        fresh = asyncio.create_task(keep_fresh(engine, pool, asyncio.Event()))
        for version in range(1, builds + 1):
            built = await asyncio.to_thread(publish, data, version)
            started = time.perf_counter()
            while engine.generation != built:  # noqa: ASYNC110  # it tells nobody
                await asyncio.sleep(0.01)
            seconds.append(time.perf_counter() - started)
        fresh.cancel()
    return seconds
