"""Readers: one module for each format.

A reader is a module with three names, tried in the order of READERS:
    SUFFIXES                   of file names that it reads
    accepts(head, name) -> bool    does it read this? `head`: first bytes; `name`: file name
    read(data, source, hints) -> Iterator[Article | Pointer | UnreadableSource]
A reader yields the error of a broken place and goes on when a source holds several articles, and
raises UnreadableSource when the whole source is unreadable. One that says `RISKY = True` hands what
it reads to a parser that hostile input may crash, exhaust or slow down: it runs in a child process
with limits (`corpus.sandbox.worker_pool`); if it loads much when it first reads, `prepare()` does
that before.
"""

from collections.abc import Iterator
from functools import cache
from importlib import import_module
from pathlib import PurePath
from typing import Protocol

from corpus.errors import UnreadableSource
from corpus.reader_output import NO_HINTS, Hints, ReaderOutput

__all__ = [
    "KNOWN_SUFFIXES",
    "READERS",
    "Reader",
    "find_reader",
    "is_risky",
    "name_of",
    "prepare",
    "read_bytes",
]

HEAD = 4096  # bytes that tell the format


class Reader(Protocol):
    """What a reader module offers."""

    SUFFIXES: frozenset[str]

    def accepts(self, head: bytes, name: str) -> bool:
        """Say whether this reader reads such a source."""
        ...

    def read(self, data: bytes, source: str, hints: Hints = ...) -> Iterator[ReaderOutput]:
        """Read the articles of a source."""
        ...


# What content tells for certain comes first; text, which anything may be, last.
READERS: tuple[str, ...] = (
    "pdf", "docx", "epub", "archive", "mbox", "feed", "sitemap", "html", "json_document", "jsonl",
    "table", "markdown", "text",
)  # fmt: skip
# Names alone, so that the import is light; a test compares them with the modules.
_SUFFIXES = """
    .pdf .docx .epub .zip .tar .tgz .gz .bz2 .xz .mbox .rss .atom .xml .html .htm .xhtml .xht .shtml
    .json .jsonl .ndjson .csv .tsv .md .markdown .mdown .mkd .txt .text
"""
KNOWN_SUFFIXES = frozenset(_SUFFIXES.split()) | {""}

_MEDIA = {
    "text/html": "html", "application/xhtml+xml": "html", "text/csv": "table",
    "text/tab-separated-values": "table", "text/markdown": "markdown",
    "application/json": "json_document", "application/feed+json": "json_document",
    "application/x-ndjson": "jsonl",
    "application/rss+xml": "feed", "application/atom+xml": "feed", "application/mbox": "mbox",
}  # fmt: skip
_UNREAD = {
    ".doc": "DOC", ".odt": "ODT", ".rtf": "RTF", ".7z": "7-Zip archives", ".rar": "RAR archives",
    ".mobi": "MOBI", ".pages": "Pages documents", ".ppt": "PPT", ".pptx": "PPTX", ".xls": "XLS",
    ".xlsx": "XLSX",
}  # fmt: skip


def find_reader(data: bytes, source: str, media_type: str | None = None) -> Reader:
    """Find who reads a source: by its content, its name, then what a server says that it is.

    Raises UnreadableSource for formats that are known but not read.
    """
    head, name = data[:HEAD], PurePath(source).name
    later = _UNREAD.get(PurePath(name).suffix.lower())
    for module in READERS:
        reader = _load(module)
        if reader.accepts(head, name):
            break
    told = _MEDIA.get(media_type or "")
    if told and module in {"text", "sitemap"}:
        return _load(told)
    if later and module in {"archive", "text"}:
        raise UnreadableSource(source, f"{later} cannot be read: save it as DOCX, PDF or text")
    if module == "text" and head.lstrip().startswith(b"<?xml"):
        raise UnreadableSource(source, "XML of an unknown kind (no feed, sitemap or web page)")
    return reader


def is_risky(reader: Reader) -> bool:
    """Whether a reader must run in a child process with limits."""
    return bool(getattr(reader, "RISKY", False))


def name_of(reader: Reader) -> str:
    """The name of a reader in READERS."""
    return str(reader.__name__).rpartition(".")[2]  # type: ignore[attr-defined] # a module


def prepare(name: str) -> None:
    """Load everything that a reader needs, also what it loads when it first reads.

    Raises ImportError when a package is missing.
    """
    if name:
        getattr(_load(name), "prepare", int)()


def read_bytes(
    data: bytes, source: str, hints: Hints = NO_HINTS, reader: str | None = None
) -> Iterator[ReaderOutput]:
    """Read a source in this process, whatever it is; raises as a reader does."""
    found = _load(reader) if reader else find_reader(data, source, hints.media_type)
    yield from found.read(data, source, hints)


@cache
def _load(name: str) -> Reader:
    reader: Reader = import_module(f"corpus.readers.{name}")
    return reader
