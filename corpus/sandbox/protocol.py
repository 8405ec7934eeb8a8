"""What the parent and its child processes send each other.

A task is a line of JSON (source, length, hints, and the reader, if known), then that many bytes.
An answer is a line of JSON for each thing that was found, then an empty line.
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

LARGEST_MEMORY = 384 * 1024 * 1024  # bytes of data that a child process may hold
OUT_OF_MEMORY = 77  # exit status of a child process that needed more


class Task(NamedTuple):
    """A source to read; naming its reader saves the child from looking for one."""

    data: bytes
    source: str
    hints: Hints
    reader: str | None = None

    def to_bytes(self) -> bytes:
        """The form in which it is sent; `read_task` takes it back."""
        head = {"source": self.source, "length": len(self.data), "hints": self.hints.as_dict(),
                "reader": self.reader}  # fmt: skip
        return json.dumps(head).encode() + b"\n" + self.data


def read_task(stream: BinaryIO) -> Task | None:
    """The next task, or None at the end of the stream."""
    line = stream.readline()
    if not line:
        return None
    head: dict[str, Any] = json.loads(line)
    data = stream.read(int(head["length"]))
    return Task(data, str(head["source"]), Hints(**head["hints"]), head["reader"])


def to_line(output: ReaderOutput) -> str:
    """One line of JSON, without its end; `from_line` takes it back without loss."""
    if isinstance(output, UnreadableSource):
        reason = output.reason
        plain = reason.to_dict() if isinstance(reason, Reason) else reason
        return json.dumps({"source": output.source, "reason": plain})
    if isinstance(output, Pointer):
        fallback = output.fallback and to_line(output.fallback)
        return json.dumps({"pointer": output.url, "changed": output.changed, "fallback": fallback})
    return json.dumps({"article": to_record(output), "stripped": output.stripped})


def from_line(line: str | bytes) -> ReaderOutput:
    """The article, pointer or error that `to_line` made this of."""
    value: dict[str, Any] = json.loads(line)
    if "reason" in value:
        return UnreadableSource(value["source"], Reason.from_dict(value["reason"]))
    if "pointer" in value:
        inner = from_line(value["fallback"]) if value["fallback"] else None
        fallback = inner if isinstance(inner, Article) else None
        return Pointer(value["pointer"], value["changed"], fallback)
    return replace(from_record(value["article"]), stripped=tuple(value["stripped"]))
