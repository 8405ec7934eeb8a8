"""One file, or what comes on stdin, to a Reading."""

import hashlib
import os
import stat
import sys
from collections.abc import Callable
from pathlib import Path

from corpus.article import Article
from corpus.errors import UnreadableSource
from corpus.found import Found, Hints, Pointer, from_line
from corpus.names import printable, reason
from corpus.readers import KNOWN_SUFFIXES, Reader, find_reader, is_risky, name_of
from corpus.visits import READING, Reading, Recall, Stamp
from corpus.workers import Workers

__all__ = ["LARGEST_FILE", "STDIN", "read_data", "read_file", "read_stdin", "sorted_out"]

LARGEST_FILE = 64 * 1024 * 1024  # bytes
PIECE = 4096  # bytes
STDIN = "-"


def read_file(
    path: Path, root: str, hints: Hints, workers: Workers, recall: Recall, *, in_folder: bool
) -> Callable[[], Reading]:
    """Read one file in two steps: waiting now, working in the function that is returned.

    Several threads may wait side by side; the work is best done in one. Every failure is an error
    in the Reading.
    """
    place = printable(str(path))
    try:
        if place != str(path):
            raise UnreadableSource(
                place, "its name holds characters that cannot be shown: rename it"
            )
        data, stamp = _bytes(path)
        if recall(place) == stamp:
            return lambda: Reading(root, place, stamp=stamp, unchanged=True)
        find = _finder(data, place, hints, workers, known_only=in_folder)
    except UnreadableSource as error:
        refused = error
    except OSError as error:
        refused = UnreadableSource(place, reason(error))
    else:
        return lambda: sorted_out(root, place, find(), stamp)
    return lambda: Reading(root, place, errors=(refused,))


def read_stdin(hints: Hints, workers: Workers) -> Reading:
    """Read what comes on stdin; it has no name, so its content gives it one."""
    data = sys.stdin.buffer.read(LARGEST_FILE + 1)
    if len(data) > LARGEST_FILE:
        size = LARGEST_FILE // (1024 * 1024)
        return Reading(STDIN, STDIN, errors=(UnreadableSource("stdin", f"more than {size} MiB"),))
    place = f"stdin-{hashlib.sha256(data).hexdigest()[:12]}"
    return sorted_out(STDIN, place, read_data(data, place, hints, workers), None)


def read_data(data: bytes, place: str, hints: Hints, workers: Workers) -> list[Found]:
    """Everything in some bytes, errors included; risky formats are read in a child process."""
    try:
        return _finder(data, place, hints, workers, known_only=False)()
    except UnreadableSource as error:
        return [error]


def _finder(
    data: bytes, place: str, hints: Hints, workers: Workers, *, known_only: bool
) -> Callable[[], list[Found]]:
    reader = find_reader(data, place, hints.media_type)
    suffix = Path(place).suffix
    if known_only and suffix.lower() not in KNOWN_SUFFIXES:
        raise UnreadableSource(place, f"unknown kind of file ({suffix})")
    if is_risky(reader):
        lines = workers.lines(data, place, hints, name_of(reader))
        return lambda: [from_line(line) for line in lines]
    return lambda: _read_here(reader, data, place, hints)


def _read_here(reader: Reader, data: bytes, place: str, hints: Hints) -> list[Found]:
    found: list[Found] = []
    try:
        found.extend(reader.read(data, place, hints))
    except UnreadableSource as error:
        found.append(error)
    return found


def sorted_out(
    root: str, place: str, found: list[Found], stamp: Stamp | None, *, rolling: bool = False
) -> Reading:
    """Sort what was found by its kind."""
    articles = tuple(one for one in found if isinstance(one, Article))
    errors = tuple(one for one in found if isinstance(one, UnreadableSource))
    pointers = tuple(one for one in found if isinstance(one, Pointer))
    return Reading(root, place, articles, errors, stamp, rolling=rolling, pointers=pointers)


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
