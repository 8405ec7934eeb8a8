"""Reads files and stdin; gives a `PlaceResult` for each."""

import hashlib
import os
import stat
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from corpus.error_codes import Code
from corpus.errors import UnreadableSource
from corpus.place_result import READERS_VERSION, LastVisit, PlaceResult, Stamp, group_output
from corpus.reader_output import Hints
from corpus.readers import KNOWN_SUFFIXES, find_reader
from corpus.sandbox.protocol import Task, from_line
from corpus.sandbox.read_data import read_data, read_here
from corpus.sandbox.worker_pool import WorkerPool
from corpus.source_name import STDIN, printable, why_refused

__all__ = ["LARGEST_FILE", "read_files", "read_stdin"]

LARGEST_FILE = 64 * 1024 * 1024  # bytes
PIECE = 4096  # bytes
MIB = 1024 * 1024


def read_files(
    paths: Sequence[Path], source_name: str, hints: Hints, workers: WorkerPool,
    last_visit: LastVisit, *, in_folder: bool,
) -> list[Callable[[], PlaceResult]]:  # fmt: skip
    """Read files in two steps, so that threads do not compete for the interpreter.

    This call waits for child processes; several threads may wait at once. It returns one function
    for each file, which does the work of this process; one thread should call them all. The error
    of a file that cannot be read is in its result.
    """
    opened = [_open(path, source_name, hints, last_visit, in_folder=in_folder) for path in paths]
    answers = iter(workers.lines([one.task for one in opened if isinstance(one, _ForChild)]))
    return [one.to_result(next(answers)) if isinstance(one, _ForChild) else one for one in opened]


@dataclass(frozen=True, slots=True)
class _ForChild:
    """A file for a child process to read."""

    source_name: str
    task: Task
    stamp: Stamp

    def to_result(self, lines: list[bytes]) -> Callable[[], PlaceResult]:
        def work() -> PlaceResult:
            output = map(from_line, lines)
            return group_output(self.source_name, self.task.source, output, self.stamp)

        return work


def _open(
    path: Path, source_name: str, hints: Hints, last_visit: LastVisit, *, in_folder: bool
) -> Callable[[], PlaceResult] | _ForChild:
    place = printable(str(path))
    try:
        if place != str(path):
            raise UnreadableSource(place, Code.UNPRINTABLE_FILE_NAME())
        data, stamp = _read_bytes(path)
        if last_visit(place) == stamp:
            return lambda: PlaceResult(source_name, place, stamp=stamp, unchanged=True)
        reader = find_reader(data, place, hints.media_type)
        suffix = path.suffix
        if in_folder and suffix.lower() not in KNOWN_SUFFIXES:
            raise UnreadableSource(place, Code.UNKNOWN_KIND_OF_FILE(suffix=suffix))
    except UnreadableSource as error:
        refused = error
    except OSError as error:
        refused = UnreadableSource(place, why_refused(error))
    else:
        if reader.risky:
            return _ForChild(source_name, Task(data, place, hints, reader.name), stamp)
        return lambda: group_output(
            source_name, place, read_here(reader, data, place, hints), stamp
        )
    return lambda: PlaceResult(source_name, place, errors=(refused,))


def read_stdin(hints: Hints, workers: WorkerPool) -> PlaceResult:
    """Read stdin; the name of the place is made of a hash of the content."""
    data = sys.stdin.buffer.read(LARGEST_FILE + 1)
    if len(data) > LARGEST_FILE:
        error = UnreadableSource("stdin", Code.STDIN_TOO_LARGE(mib=LARGEST_FILE // MIB))
        return PlaceResult(STDIN, STDIN, errors=(error,))
    place = f"stdin-{hashlib.sha256(data).hexdigest()[:12]}"
    return group_output(STDIN, place, read_data(data, place, hints, workers), None)


def _read_bytes(path: Path) -> tuple[bytes, Stamp]:
    # O_NONBLOCK: opening a pipe to which no process writes would wait for ever.
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    with os.fdopen(descriptor, "rb") as file:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            raise UnreadableSource(str(path), Code.NO_REGULAR_FILE())
        # `read` allocates as many bytes as it is asked for: ask for no more than the file has.
        data = file.read(min(max(status.st_size, PIECE), LARGEST_FILE) + 1)
        if len(data) > status.st_size:  # the file has grown, or states no size, as in /proc
            data += file.read(LARGEST_FILE + 1 - len(data))
    if len(data) > LARGEST_FILE:
        raise UnreadableSource(str(path), Code.FILE_TOO_LARGE(mib=LARGEST_FILE // MIB))
    return data, Stamp(mark=f"{READERS_VERSION}:{status.st_mtime_ns}:{status.st_size}")
