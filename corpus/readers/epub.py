"""EPUB books: each chapter of the spine is an article.

The package file is read with defusedxml, the chapters like web pages. The usual library, EbookLib,
is not used because of its licence, the AGPL.
"""

import posixpath
from collections.abc import Iterator
from typing import TYPE_CHECKING
from urllib.parse import unquote

from corpus.article import Article
from corpus.error_codes import Code
from corpus.errors import UnreadableSource
from corpus.html.blocks import Block, blocks_of
from corpus.html.parse import parse_page
from corpus.reader_output import NO_HINTS, Hints
from corpus.readers.safe_xml import parse_xml
from corpus.readers.safe_zip import Package
from corpus.structure.draft import Draft, to_article
from corpus.text.dates import parse_iso_date

if TYPE_CHECKING:
    from datetime import date
    from xml.etree.ElementTree import Element

__all__ = ["accepts", "read"]

SHORTEST_CHAPTER = 200  # characters; shorter pages are title pages, dedications and the like

_PAGES = {"application/xhtml+xml", "text/html", "application/x-dtbook+xml"}


def accepts(head: bytes, named: bool) -> bool:
    """Whether this is a ZIP file with the suffix or the media type of an EPUB book."""
    zipped = head.startswith(b"PK\x03\x04")
    return zipped and (named or b"application/epub+zip" in head[:200])


def read(data: bytes, source: str, hints: Hints = NO_HINTS) -> Iterator[Article | UnreadableSource]:
    """Read the chapters in their order; a bad chapter yields its error and the rest goes on.

    Raises UnreadableSource when the book is damaged or has no text.
    """
    package = Package(data, source)
    name = _package_file(package, source)
    book = parse_xml(package.read(name), source)
    about = _Book(book)
    found = False
    for position, path in enumerate(_spine(book, posixpath.dirname(name))):
        place = f"{source}!/{path}"
        try:
            article = _chapter(package.read(path), place, about, position)
        except UnreadableSource as error:
            yield UnreadableSource(place, error.reason)
            continue
        if article is not None:
            found = True
            yield article
    if not found:
        raise UnreadableSource(source, Code.NO_TEXT_IN_CHAPTERS())


class _Book:
    def __init__(self, book: "Element") -> None:
        self.title = _text(book, "title") or ""
        self.author = ", ".join(_texts(book, "creator")) or None
        self.language = (_text(book, "language") or "")[:2].lower() or None
        self.published: date | None = parse_iso_date((_text(book, "date") or "")[:10])


def _package_file(package: Package, source: str) -> str:
    if not package.holds("META-INF/container.xml"):
        raise UnreadableSource(source, Code.NOT_AN_EPUB_BOOK())
    root = parse_xml(package.read("META-INF/container.xml"), source)
    for element in root.iter():
        if element.tag.endswith("rootfile") and element.get("full-path"):
            return str(element.get("full-path"))
    raise UnreadableSource(source, Code.DAMAGED_EPUB_BOOK())


def _spine(book: "Element", folder: str) -> Iterator[str]:
    items = {element.get("id"): element for element in book.iter() if element.tag.endswith("}item")}
    for element in book.iter():
        item = items.get(element.get("idref")) if element.tag.endswith("}itemref") else None
        if item is None or item.get("media-type") not in _PAGES:
            continue
        if "nav" in (item.get("properties") or "").split():
            continue
        yield posixpath.normpath(posixpath.join(folder, unquote(item.get("href") or "")))


def _chapter(data: bytes, place: str, about: _Book, position: int) -> Article | None:
    """The article of a chapter; None when the page has too little text for a chapter."""
    blocks = blocks_of(parse_page(data, place))
    title, rest = _headline(blocks)
    texts = [block.text for block in rest]
    if sum(map(len, texts)) < SHORTEST_CHAPTER and len(texts) < 2:
        return None
    whole = ": ".join(part for part in (about.title, title) if part)
    return to_article(
        Draft(
            texts,
            title=whole or f"Chapter {position + 1}",
            author=about.author,
            published=about.published,
            language=about.language,
        ),
        place,
    )


def _headline(blocks: list[Block]) -> tuple[str, list[Block]]:
    """The headings with which a chapter begins, as one text, and the other blocks."""
    count = 0
    while count < len(blocks) - 1 and blocks[count].kind == "heading":
        count += 1
    return " ".join(" ".join(block.text.split()) for block in blocks[:count]), blocks[count:]


def _texts(book: "Element", name: str) -> list[str]:
    wanted = f"{{http://purl.org/dc/elements/1.1/}}{name}"
    texts = [" ".join((element.text or "").split()) for element in book.iter(wanted)]
    return [text for text in texts if text]


def _text(book: "Element", name: str) -> str | None:
    return next(iter(_texts(book, name)), None)
