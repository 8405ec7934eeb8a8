"""Reads bytes, in a child process when their format is risky."""

from corpus.errors import UnreadableSource
from corpus.reader_output import Hints, ReaderOutput
from corpus.readers import Reader, find_reader
from corpus.sandbox.protocol import Task, from_line
from corpus.sandbox.worker_pool import WorkerPool

__all__ = ["read_data", "read_here"]


def read_data(data: bytes, place: str, hints: Hints, workers: WorkerPool) -> list[ReaderOutput]:
    """Return the articles, pointers and errors in the bytes of a place; raises none of these."""
    try:
        reader = find_reader(data, place, hints.media_type)
    except UnreadableSource as error:
        return [error]
    if not reader.risky:
        return read_here(reader, data, place, hints)
    (lines,) = workers.lines([Task(data, place, hints, reader.name)])
    return [from_line(line) for line in lines]


def read_here(reader: Reader, data: bytes, place: str, hints: Hints) -> list[ReaderOutput]:
    """As `read_data`, in this process and with this reader."""
    output: list[ReaderOutput] = []
    try:
        output.extend(reader.read(data, place, hints))
    except UnreadableSource as error:
        output.append(error)
    return output
