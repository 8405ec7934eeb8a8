"""kill -9 at any moment of a build, and of an `add` with its build."""

import os
import random
import signal
import sqlite3
import time
from collections.abc import Callable, Iterable
from contextlib import closing
from multiprocessing.process import BaseProcess
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.faults.scene import (
    ANSWER,
    Outcome,
    articles,
    engine_of,
    left_over,
    processes,
    publish,
    quoted,
)
from bot.backend import EmbeddedBackend
from bot.operations.build import build_library
from bot.operations.import_sources import import_sources
from index.indexing.builder import build
from index.storage.generation_store import EmbeddedStore
from tests.fake_index import FakeEmbedder

Work = Callable[[Path, int], None]
_STORIES = 60  # enough new text for a few batches of embedding
_LATEST = 1.05  # of the time that the work takes undisturbed


class _Counting(FakeEmbedder):
    """An embedder that counts its texts in a file, before their vectors are cached."""

    def __init__(self, log: Path) -> None:
        super().__init__()
        self._log = log

    def embed_passages(self, texts):  # type: ignore[no-untyped-def]
        vectors = super().embed_passages(texts)
        with self._log.open("a") as log:
            log.write(f"{len(texts)}\n")
        return vectors


def run(seed: int, quick: bool) -> list[Outcome]:
    kills = 5 if quick else 200
    return [
        kill_at_random("kill -9 of `build`", building, kills, seed),
        kill_at_random("kill -9 of `add` with its build", adding, kills, seed),
        kill_at_each_step(
            "kill -9 at each sync and rename of `build`", range(1, 100, 7 if quick else 1)
        ),
    ]


def building(data: Path, version: int) -> None:
    """Build the next version."""
    embedder = _Counting(data / "embedded.log")
    build(articles(version, _STORIES), str(version), embedder, data)


def adding(data: Path, version: int) -> None:
    """Run `quotebot add` with a changed file."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
    backend = EmbeddedBackend(data)
    import_sources(backend, [str(_source(data, version))])
    build_library(backend, lambda: _Counting(data / "embedded.log"))


def kill_at_random(name: str, work: Work, kills: int, seed: int) -> Outcome:
    """Kill the work at random moments; after each kill, ask, then run the work to its end."""
    outcome = Outcome(name, kills)
    chance = random.Random(f"{name} {seed}")
    with TemporaryDirectory() as folder:
        data = Path(folder) / "data"
        _prepare(data, work)
        lasts = min(_to_its_end(work, data, n) for n in (1, 2))  # the first one warms up
        running = engine_of(data)
        published = unfinished = most_lost = 0
        for n in range(3, 3 + kills):
            before = EmbeddedStore(data).current_name()
            embedded, kept = _embedded(data), _kept(data)
            child = _started(work, data, n)
            child.join(chance.uniform(0, _LATEST * lasts))
            child.kill()
            child.join()
            calls = _embedded(data)[len(embedded) :]
            lost = max(0, sum(calls) - len(_kept(data) - kept))
            outcome.expect(lost <= max(calls, default=0), f"{n}: {lost} vectors lost")
            most_lost = max(most_lost, lost)
            published += EmbeddedStore(data).current_name() != before
            unfinished += bool(left_over(data))
            running.refresh()
            outcome.expect(quoted(running) == ANSWER, f"{n}: the running engine says otherwise")
            outcome.expect(quoted(engine_of(data)) == ANSWER, f"{n}: a new engine says otherwise")
            outcome.expect(not EmbeddedStore(data).damage(), f"{n}: damaged after the kill")
            took = _to_its_end(work, data, n)
            outcome.expect(took > 0, f"{n}: the next build failed")
            outcome.expect(not left_over(data), f"{n}: left {left_over(data)}")
        outcome.note = (
            f"{published} after the new generation was current, {unfinished} left an unfinished"
            f" directory, at most {most_lost} vectors lost; work takes {lasts:.2f} s"
        )
    return outcome


def kill_at_each_step(name: str, steps: Iterable[int]) -> Outcome:
    """Let a build kill itself before its n-th step, for every n."""
    outcome = Outcome(name)
    with TemporaryDirectory() as folder:
        data = Path(folder)
        publish(data, 0)
        running = engine_of(data)
        for step in steps:
            child = _started(_ends_itself, data, step)
            child.join()
            if child.exitcode == 0:
                break
            outcome.cases += 1
            outcome.expect(child.exitcode == -signal.SIGKILL, f"{step}: exit {child.exitcode}")
            running.refresh()
            for engine in (running, engine_of(data)):
                outcome.expect(quoted(engine) == ANSWER, f"{step}: another answer")
            outcome.expect(not EmbeddedStore(data).damage(), f"{step}: damaged")
            publish(data, step)
            outcome.expect(not left_over(data), f"{step}: left {left_over(data)}")
            outcome.expect(len(EmbeddedStore(data).names()) == 2, f"{step}: not two are kept")
    return outcome


def _ends_itself(data: Path, step: int) -> None:
    left = step

    def before(act: Callable[..., object]) -> Callable[..., object]:
        def acting(*arguments: object) -> object:
            nonlocal left
            left -= 1
            if not left:
                os.kill(os.getpid(), signal.SIGKILL)
            return act(*arguments)

        return acting

    os.fsync, os.rename, os.replace = before(os.fsync), before(os.rename), before(os.replace)
    publish(data, step)


def _prepare(data: Path, work: Work) -> None:
    if work is building:
        publish(data, 0, _STORIES)
        return
    with EmbeddedBackend(data).open_library() as library:
        with library.transaction():
            for article in articles(0, _STORIES):
                library.add(article)
        build(library.articles(), library.revision, FakeEmbedder(), data)


def _source(data: Path, version: int) -> Path:
    path = data.parent / "visits.txt"
    tales = (f"Visit {version}.{n} was to the mill of brook{n}. It rained." for n in range(200))
    path.write_text("The visits\n\n" + "\n\n".join(tales) + "\n", "utf-8")
    return path


def _started(work: Work, data: Path, version: int) -> BaseProcess:
    child = processes.Process(target=work, args=(data, version))
    child.start()
    return child


def _to_its_end(work: Work, data: Path, version: int) -> float:
    """Run the work to its end; the seconds that it took, 0 when it failed."""
    started = time.perf_counter()
    child = _started(work, data, version)
    child.join()
    return time.perf_counter() - started if child.exitcode == 0 else 0.0


def _embedded(data: Path) -> list[int]:
    log = data / "embedded.log"
    return [int(line) for line in log.read_text().splitlines()] if log.exists() else []


def _kept(data: Path) -> set[bytes]:
    """The keys of the vectors in the cache."""
    with closing(sqlite3.connect(data / "vectors.db")) as cache:
        blobs = [texts for (texts,) in cache.execute("SELECT texts FROM batches")]
    return {blob[i : i + 16] for blob in blobs for i in range(0, len(blob), 16)}
