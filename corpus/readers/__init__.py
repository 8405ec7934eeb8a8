"""Readers: one module for each format.

A reader is a module with two functions, tried in the order of READERS:
    accepts(head, name) -> bool    does it read this? `head`: first bytes; `name`: file name
    read(data, source) -> Iterator[Article | UnreadableSource]
A reader yields the error of a broken place and goes on when a source holds several articles, and
raises UnreadableSource when the whole source is unreadable.
"""

from collections.abc import Iterator
from pathlib import PurePath
from typing import Protocol

from corpus.article import Article
from corpus.errors import UnreadableSource
from corpus.readers import jsonl, markdown, text

__all__ = ["KNOWN_SUFFIXES", "Reader", "find_reader"]


class Reader(Protocol):
    """What a reader module offers."""

    def accepts(self, head: bytes, name: str) -> bool:
        """Say whether this reader reads such a source."""
        ...

    def read(self, data: bytes, source: str) -> Iterator[Article | UnreadableSource]:
        """Read the articles of a source."""
        ...


READERS: tuple[Reader, ...] = (jsonl, markdown, text)
KNOWN_SUFFIXES = jsonl.SUFFIXES | markdown.SUFFIXES | text.SUFFIXES

_LATER = {
    ".html": "HTML", ".htm": "HTML", ".xhtml": "HTML", ".xml": "XML", ".rss": "feeds",
    ".atom": "feeds", ".csv": "CSV", ".tsv": "CSV", ".json": "JSON documents", ".pdf": "PDF",
    ".docx": "DOCX", ".doc": "DOC", ".odt": "ODT", ".epub": "EPUB", ".rtf": "RTF",
    ".zip": "archives", ".tar": "archives", ".gz": "archives", ".7z": "archives",
}  # fmt: skip
_MARKUP = ((b"<!doctype html", "HTML"), (b"<html", "HTML"), (b"<?xml", "XML"))


def find_reader(data: bytes, source: str) -> Reader:
    """Find who reads a source: by its content, then by its name.

    Raises UnreadableSource for formats that are known but not read yet.
    """
    head, name = data[:4096], PurePath(source).name
    start = head.removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    later = next((kind for mark, kind in _MARKUP if start.startswith(mark)), None)
    later = later or _LATER.get(PurePath(name).suffix.lower())
    reader = next((reader for reader in READERS if reader.accepts(head, name)), text)
    if later and not (reader is jsonl and later == "JSON documents"):
        raise UnreadableSource(source, f"{later} cannot be read yet: save it as text or Markdown")
    return reader
