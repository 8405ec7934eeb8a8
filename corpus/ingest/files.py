"""One file, or what comes on stdin, to a Reading."""

import hashlib
import os
import stat
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from corpus.article import Article
from corpus.errors import UnreadableSource
from corpus.outcome import Hints, Pointer, ReaderOutput, from_line
from corpus.place_result import READING, PlaceResult, Recall, Stamp
from corpus.readers import KNOWN_SUFFIXES, Reader, find_reader, is_risky, name_of
from corpus.sandbox.worker_pool import Task, WorkerPool
from corpus.source_name import printable, reason

__all__ = ["LARGEST_FILE", "STDIN", "group_output", "read_data", "read_files", "read_stdin"]

LARGEST_FILE = 64 * 1024 * 1024  # bytes
PIECE = 4096  # bytes
STDIN = "-"


def read_files(
    paths: Sequence[Path], root: str, hints: Hints, workers: WorkerPool, recall: Recall,
    *, in_folder: bool,
) -> list[Callable[[], PlaceResult]]:  # fmt: skip
    """Read files in two steps: waiting now, working in the functions that are returned.

    Several threads may wait side by side; the work is best done in one. Every failure is an error
    in the Reading.
    """
    seen = [_look(path, root, hints, recall, in_folder=in_folder) for path in paths]
    answers = iter(workers.lines([one.task for one in seen if isinstance(one, _Risky)]))
    return [one.answered(next(answers)) if isinstance(one, _Risky) else one for one in seen]


@dataclass(frozen=True, slots=True)
class _Risky:
    """A file that a child process is to read."""

    root: str
    task: Task
    stamp: Stamp

    def answered(self, lines: list[bytes]) -> Callable[[], PlaceResult]:
        def work() -> PlaceResult:
            found = [from_line(line) for line in lines]
            return group_output(self.root, self.task.source, found, self.stamp)

        return work


def _look(
    path: Path, root: str, hints: Hints, recall: Recall, *, in_folder: bool
) -> Callable[[], PlaceResult] | _Risky:
    place = printable(str(path))
    try:
        if place != str(path):
            raise UnreadableSource(
                place, "its name holds characters that cannot be shown: rename it"
            )
        data, stamp = _bytes(path)
        if recall(place) == stamp:
            return lambda: PlaceResult(root, place, stamp=stamp, unchanged=True)
        reader = find_reader(data, place, hints.media_type)
        suffix = path.suffix
        if in_folder and suffix.lower() not in KNOWN_SUFFIXES:
            raise UnreadableSource(place, f"unknown kind of file ({suffix})")
    except UnreadableSource as error:
        refused = error
    except OSError as error:
        refused = UnreadableSource(place, reason(error))
    else:
        if is_risky(reader):
            return _Risky(root, Task(data, place, hints, name_of(reader)), stamp)
        return lambda: group_output(root, place, _read_here(reader, data, place, hints), stamp)
    return lambda: PlaceResult(root, place, errors=(refused,))


def read_stdin(hints: Hints, workers: WorkerPool) -> PlaceResult:
    """Read what comes on stdin; it has no name, so its content gives it one."""
    data = sys.stdin.buffer.read(LARGEST_FILE + 1)
    if len(data) > LARGEST_FILE:
        size = LARGEST_FILE // (1024 * 1024)
        return PlaceResult(
            STDIN, STDIN, errors=(UnreadableSource("stdin", f"more than {size} MiB"),)
        )
    place = f"stdin-{hashlib.sha256(data).hexdigest()[:12]}"
    return group_output(STDIN, place, read_data(data, place, hints, workers), None)


def read_data(data: bytes, place: str, hints: Hints, workers: WorkerPool) -> list[ReaderOutput]:
    """Everything in some bytes, errors included; risky formats are read in a child process."""
    try:
        reader = find_reader(data, place, hints.media_type)
    except UnreadableSource as error:
        return [error]
    if not is_risky(reader):
        return _read_here(reader, data, place, hints)
    (lines,) = workers.lines([Task(data, place, hints, name_of(reader))])
    return [from_line(line) for line in lines]


def _read_here(reader: Reader, data: bytes, place: str, hints: Hints) -> list[ReaderOutput]:
    found: list[ReaderOutput] = []
    try:
        found.extend(reader.read(data, place, hints))
    except UnreadableSource as error:
        found.append(error)
    return found


def group_output(
    root: str, place: str, found: list[ReaderOutput], stamp: Stamp | None, *, rolling: bool = False
) -> PlaceResult:
    """Sort what was found by its kind."""
    articles = tuple(one for one in found if isinstance(one, Article))
    errors = tuple(one for one in found if isinstance(one, UnreadableSource))
    pointers = tuple(one for one in found if isinstance(one, Pointer))
    return PlaceResult(root, place, articles, errors, stamp, rolling=rolling, pointers=pointers)


def _bytes(path: Path) -> tuple[bytes, Stamp]:
    # Not blocking: opening a pipe that nobody writes to would wait for ever.
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    with os.fdopen(descriptor, "rb") as file:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            raise UnreadableSource(str(path), "not a regular file")
        # Asked for as much as there may be, it would make room for that first.
        data = file.read(min(max(status.st_size, PIECE), LARGEST_FILE) + 1)
        if len(data) > status.st_size:  # it has grown, or has no size, as in /proc
            data += file.read(LARGEST_FILE + 1 - len(data))
    if len(data) > LARGEST_FILE:
        size = LARGEST_FILE // (1024 * 1024)
        raise UnreadableSource(str(path), f"larger than {size} MiB: split it")
    return data, Stamp(mark=f"{READING}:{status.st_mtime_ns}:{status.st_size}")
