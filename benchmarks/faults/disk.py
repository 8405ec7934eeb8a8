"""The disk is full, or the data folder is read-only."""

import os
import resource
from collections.abc import Callable
from multiprocessing.connection import Connection
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.faults.scene import (
    ANSWER,
    Outcome,
    engine_of,
    left_over,
    processes,
    publish,
    quoted,
)
from bot.backend import EmbeddedBackend
from bot.operations.import_sources import import_sources
from corpus.errors import QuotebotError
from index.storage.generation_store import EmbeddedStore

_NOBODY = 65534
_STORIES = 30
Work = Callable[[Path], object]


def run(seed: int, quick: bool) -> list[Outcome]:
    sizes = 5 if quick else 20
    return [
        full("disk full in `build`", rebuild, sizes),
        full("disk full in `build` of new text", build_anew, sizes),
        full("disk full in `add`", add, sizes),
        read_only(),
    ]


def rebuild(data: Path) -> None:
    """Build when all vectors are in the cache."""
    publish(data, 1, _STORIES)


def build_anew(data: Path) -> None:
    """Build when a third of the text must be embedded."""
    publish(data, 2, _STORIES)


def add(data: Path) -> None:
    """Add a file of a few hundred kilobytes."""
    outcomes = import_sources(EmbeddedBackend(data), [str(data.parent / "long.txt")])
    if outcomes.skipped:
        raise outcomes.skipped[0]


def rollback(data: Path) -> None:
    """Go back to the generation before."""
    EmbeddedStore(data).rollback()


def full(name: str, work: Work, sizes: int) -> Outcome:
    """Files cannot grow beyond a limit; try `sizes` limits, from 0 to almost enough."""
    outcome = Outcome(name, sizes)
    with TemporaryDirectory() as folder:
        data = Path(folder) / "data"
        publish(data, 1, _STORIES)
        line = "A long tale is told of the mill at the brook. " * 8
        (data.parent / "long.txt").write_text("Long\n\n" + f"{line}\n\n" * 1_000, "utf-8")
        files = [path for path in data.rglob("*") if path.is_file()]
        largest = max(path.stat().st_size for path in files)
        refused = 0
        for number in range(sizes):
            limit = round(largest * (number / sizes) ** 2)  # closer together near 0
            before = EmbeddedStore(data).current_name()
            said, code = in_child(work, data, limit=limit)
            refused += bool(said)
            outcome.bad += [f"{limit} bytes: {p}" for p in _unsound(data, said, code, before)]
        said, code = in_child(work, data)
        outcome.expect(said == "" and code == 0, f"with room again: {said or code}")
        outcome.note = f"of up to {largest:,} bytes; refused in one line at {refused}"
    return outcome


def read_only() -> Outcome:
    """Questions are answered; a build and a rollback give an error of one line."""
    outcome = Outcome("read-only data folder", 3)
    with TemporaryDirectory() as folder:
        data = Path(folder) / "data"
        publish(data, 1, _STORIES)
        publish(data, 2, _STORIES)
        Path(folder).chmod(0o755)
        entries = [data, *data.rglob("*")]
        for path in entries:
            path.chmod(0o555 if path.is_dir() else 0o444)
        said, code = in_child(_answer, data, unprivileged=True)
        outcome.expect((said, code) == ("", 0), f"asking: {said or code}")
        for work in (rebuild, rollback):
            before = EmbeddedStore(data).current_name()
            said, code = in_child(work, data, unprivileged=True)
            outcome.expect("ermission denied" in said, f"{work.__name__} says {said!r}")
            outcome.bad += _unsound(data, said, code, before)
        for path in entries:
            path.chmod(0o755)
    return outcome


def in_child(
    work: Work, data: Path, *, limit: int | None = None, unprivileged: bool = False
) -> tuple[str, int | None]:
    """The error that a child reports ("" for none), and its exit code."""
    ours, theirs = processes.Pipe()
    child = processes.Process(target=_child, args=(work, data, theirs, limit, unprivileged))
    child.start()
    theirs.close()
    try:
        said = str(ours.recv())
    except EOFError:
        said = "it crashed"
    child.join()
    return said, child.exitcode


def _child(work: Work, data: Path, out: Connection, limit: int | None, unprivileged: bool) -> None:
    os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
    if limit is not None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, resource.RLIM_INFINITY))
    if unprivileged and os.geteuid() == 0:
        _answer(data)  # imports what it needs: user nobody may not be able to read Python's files
        os.setuid(_NOBODY)
    try:
        work(data)
    except (AssertionError, QuotebotError) as error:
        out.send(str(error))
    else:
        out.send("")


def _answer(data: Path) -> None:
    if quoted(engine_of(data)) != ANSWER:
        raise AssertionError("another answer")


def _unsound(data: Path, said: str, code: int | None, before: str | None) -> list[str]:
    """What is wrong after a build that was refused, or was not."""
    problems = [] if code == 0 else [f"exit code {code}, {said!r}"]
    if "\n" in said:
        problems.append(f"more than a line: {said!r}")
    if said and EmbeddedStore(data).current_name() != before:
        problems.append(f"refused ({said}), but something changed")
    if quoted(engine_of(data)) != ANSWER:
        problems.append("the answer is gone")
    problems += [f"{name} is damaged" for name in EmbeddedStore(data).damage()]
    return problems + [f"left {name}" for name in left_over(data)]
