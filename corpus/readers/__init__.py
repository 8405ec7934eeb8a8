"""Readers: one module for each format, and the table of them.

A reader is a module of this package with two functions:
    accepts(head, named) -> bool    whether it reads a file: `head` has the first bytes, `named`
                                    says whether the file name has one of the format's suffixes
    read(data, source, hints) -> Iterator[Article | Pointer | UnreadableSource]
In a source with several articles, `read` yields the error of a bad article and goes on. It raises
UnreadableSource when nothing of the source can be read. A function `prepare()`, if there is one,
loads in advance what `read` loads when it is first called. To add a format, write a module and add
a row to `_TABLE`.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from pathlib import PurePath
from typing import Protocol, cast

from corpus.error_codes import Code
from corpus.errors import Reason, UnreadableSource
from corpus.reader_output import NO_HINTS, Hints, ReaderOutput, ReadNested

__all__ = [
    "KNOWN_SUFFIXES",
    "READERS",
    "UNREAD",
    "Reader",
    "find_reader",
    "is_readable",
    "prepare",
    "read_bytes",
]

HEAD = 4096  # bytes from which the format is recognised


class _Module(Protocol):
    """The module of a reader."""

    def accepts(self, head: bytes, named: bool) -> bool: ...

    def read(self, data: bytes, source: str, hints: Hints) -> Iterator[ReaderOutput]: ...


class _ContainerModule(Protocol):
    """The module of a reader of containers; it calls `read_nested` for each file in them."""

    def read(
        self, data: bytes, source: str, hints: Hints, read_nested: ReadNested
    ) -> Iterator[ReaderOutput]: ...


@dataclass(frozen=True, slots=True)
class Reader:
    """A row of the table: a format, and the module that reads it.

    name         of the module
    suffixes     of file names, in lower case
    media_types  that servers state for the format
    risky        whether hostile input may crash, exhaust or slow down its parser; such a reader
                 runs in a child process with limits (`corpus.sandbox.worker_pool`)
    binary       whether its content always shows the format, so that media types are not needed
    container    whether it holds files of any format
    """

    name: str
    suffixes: frozenset[str]
    media_types: frozenset[str] = frozenset()
    risky: bool = False
    binary: bool = False
    container: bool = False

    def accepts(self, head: bytes, suffix: str) -> bool:
        """Whether it reads a source with these first bytes and this suffix (in lower case)."""
        return _module(self.name).accepts(head, suffix in self.suffixes)

    def read(self, data: bytes, source: str, hints: Hints = NO_HINTS) -> Iterator[ReaderOutput]:
        """Read a source in this process. Raises UnreadableSource."""
        module = _module(self.name)
        if self.container:
            return cast("_ContainerModule", module).read(data, source, hints, _read_nested)
        return module.read(data, source, hints)


def _reader(
    name: str,
    suffixes: str,
    media_types: str = "",
    *,
    risky: bool = False,
    binary: bool = False,
    container: bool = False,
) -> Reader:
    """A row of the table; suffixes and media types are separated by spaces."""
    return Reader(
        name,
        frozenset(suffixes.split()),
        frozenset(media_types.split()),
        risky=risky,
        binary=binary,
        container=container,
    )


# Formats with a certain mark in their content come first. Text comes last: any file may be text.
# The rows have names of modules, so that this import loads no parser.
_TABLE = (
    _reader("pdf", ".pdf", "application/pdf", risky=True, binary=True),
    _reader(
        "docx",
        ".docx",
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        risky=True,
        binary=True,
    ),
    _reader("epub", ".epub", "application/epub+zip", risky=True, binary=True),
    _reader(
        "archive",
        ".zip .tar .tgz .gz .bz2 .xz",
        "application/zip application/gzip application/x-gzip application/x-tar",
        risky=True,
        binary=True,
        container=True,
    ),
    _reader("mbox", ".mbox", "application/mbox", risky=True),
    _reader("feed", ".rss .atom", "application/rss+xml application/atom+xml", risky=True),
    _reader("sitemap", ".xml", risky=True),
    _reader(
        "html",
        ".html .htm .xhtml .xht .shtml",
        "text/html application/xhtml+xml",
        risky=True,
    ),
    _reader("json_document", ".json", "application/json application/feed+json"),
    _reader("jsonl", ".jsonl .ndjson", "application/x-ndjson application/jsonl"),
    _reader("table", ".csv .tsv", "text/csv text/tab-separated-values"),
    _reader("markdown", ".md .markdown .mdown .mkd", "text/markdown"),
    # Without text/plain: servers state it for any file, so content and name are more reliable.
    _reader("text", ".txt .text"),
)
READERS = {reader.name: reader for reader in _TABLE}
KNOWN_SUFFIXES = frozenset({""}).union(*(reader.suffixes for reader in _TABLE))

UNREAD: dict[str, Code | str] = {
    ".doc": "DOC", ".odt": "ODT", ".rtf": "RTF", ".7z": Code.SEVEN_ZIP_ARCHIVES,
    ".rar": Code.RAR_ARCHIVES, ".mobi": "MOBI", ".pages": Code.PAGES_DOCUMENTS, ".ppt": "PPT",
    ".pptx": "PPTX", ".xls": "XLS", ".xlsx": "XLSX",
}  # fmt: skip
"""Formats that are known but not read, by suffix."""
# Media types of several formats; the content of the file shows which it is.
_GENERAL = ("text/", "application/xml", "application/octet-stream", "binary/octet-stream")
_MEDIA_TYPES = (*_GENERAL, *(name for reader in _TABLE for name in reader.media_types))
_OF_XML_OR_JSON = re.compile(r"application/\w+\+(?:xml|json)")


def is_readable(media_type: str) -> bool:
    """Whether a file with this media type may be in a format that is read."""
    return media_type.startswith(_MEDIA_TYPES) or _OF_XML_OR_JSON.match(media_type) is not None


def find_reader(data: bytes, source: str, media_type: str | None = None) -> Reader:
    """Find the reader of a source: by its content, its name, then its media type.

    Raises UnreadableSource for formats that are known but cannot be read.
    """
    head, suffix = data[:HEAD], PurePath(source).suffix.lower()
    found = next((one for one in _TABLE if one.accepts(head, suffix)), READERS["text"])
    if found.name in {"text", "sitemap"}:
        for reader in _TABLE:
            if media_type in reader.media_types and not reader.binary:
                return reader
    unread = UNREAD.get(suffix)
    if unread and found.name in {"archive", "text"}:
        label: Reason | str = unread() if isinstance(unread, Code) else unread
        raise UnreadableSource(source, Code.UNREAD_FORMAT(format=label))
    if found.name == "text" and head.lstrip().startswith(b"<?xml"):
        raise UnreadableSource(source, Code.UNKNOWN_XML())
    return found


def prepare(name: str) -> None:
    """Load a reader, and what it loads when it first reads. Does nothing for "".

    Raises ImportError when a package is missing.
    """
    if name:
        getattr(_module(name), "prepare", int)()


def read_bytes(
    data: bytes, source: str, hints: Hints = NO_HINTS, reader: str | None = None
) -> Iterator[ReaderOutput]:
    """Read a source in this process, with the named `reader` or the one that fits.

    Raises UnreadableSource, and what a parser raises.
    """
    found = READERS[reader] if reader else find_reader(data, source, hints.media_type)
    yield from found.read(data, source, hints)


def _read_nested(data: bytes, place: str, hints: Hints) -> Iterator[ReaderOutput]:
    """Read a file of a container. Raises UnreadableSource, also for an unknown kind of file."""
    reader = find_reader(data, place)
    suffix = PurePath(place).suffix
    if suffix.lower() not in KNOWN_SUFFIXES:
        raise UnreadableSource(place, Code.UNKNOWN_KIND_OF_FILE(suffix=suffix))
    yield from reader.read(data, place, hints)


@cache
def _module(name: str) -> _Module:
    # Imported by name, so that a format's library is loaded when it is first needed.
    module: _Module = import_module(f"corpus.readers.{name}")
    return module
