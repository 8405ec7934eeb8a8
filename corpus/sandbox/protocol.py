"""The messages between the parent and its child processes.

A task is a line of JSON (source, length, hints, and the reader, if known), then `length` bytes. An
answer is a line of JSON for each article, pointer or error, then an empty line.
"""

import json
from dataclasses import replace
from typing import Any, BinaryIO, NamedTuple

from corpus import error_codes  # noqa: F401 - `Reason.from_dict` finds the codes of loaded rooms
from corpus.article import Article
from corpus.article_json import from_record, to_record
from corpus.errors import Reason, UnreadableSource
from corpus.reader_output import Hints, Pointer, ReaderOutput

__all__ = ["LARGEST_MEMORY", "OUT_OF_MEMORY", "Task", "from_line", "read_task", "to_line"]

LARGEST_MEMORY = 384 * 1024 * 1024  # bytes of data that a child process may have
OUT_OF_MEMORY = 77  # exit status of a child process that needed more memory


class Task(NamedTuple):
    """A source to read. With the name of a reader, the child need not find one itself."""

    data: bytes
    source: str
    hints: Hints
    reader: str | None = None

    def to_bytes(self) -> bytes:
        """Return the bytes that are sent; `read_task` is the inverse."""
        head = {"source": self.source, "length": len(self.data), "hints": self.hints.as_dict(),
                "reader": self.reader}  # fmt: skip
        return json.dumps(head).encode() + b"\n" + self.data


def read_task(stream: BinaryIO) -> Task | None:
    """Read the next task; None at the end of the stream."""
    line = stream.readline()
    if not line:
        return None
    head: dict[str, Any] = json.loads(line)
    data = stream.read(int(head["length"]))
    return Task(data, str(head["source"]), Hints(**head["hints"]), head["reader"])


def to_line(output: ReaderOutput) -> str:
    """Return one line of JSON, without the line end; `from_line` is the inverse."""
    if isinstance(output, UnreadableSource):
        return json.dumps({"source": output.source, "reason": output.reason.to_dict()})
    if isinstance(output, Pointer):
        fallback = output.fallback and to_line(output.fallback)
        return json.dumps({"pointer": output.url, "changed": output.changed, "fallback": fallback})
    return json.dumps({"article": to_record(output), "stripped": output.stripped})


def from_line(line: str | bytes) -> ReaderOutput:
    """Return the article, pointer or error of a line that `to_line` made."""
    value: dict[str, Any] = json.loads(line)
    if "reason" in value:
        return UnreadableSource(value["source"], Reason.from_dict(value["reason"]))
    if "pointer" in value:
        inner = from_line(value["fallback"]) if value["fallback"] else None
        fallback = inner if isinstance(inner, Article) else None
        return Pointer(value["pointer"], value["changed"], fallback)
    return replace(from_record(value["article"]), stripped=tuple(value["stripped"]))
