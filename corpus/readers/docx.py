"""Word documents (DOCX): all visible text, in the order of the document.

This module reads the XML itself, since the usual libraries lose inserted text, content controls and
fields. Deleted text, field codes, notes and headers are left out.
"""

import re
from collections.abc import Iterator
from datetime import date
from typing import TYPE_CHECKING

from corpus.article import Article
from corpus.error_codes import Code
from corpus.errors import UnreadableSource
from corpus.reader_output import NO_HINTS, Hints
from corpus.readers.safe_xml import parse_xml
from corpus.readers.safe_zip import Package
from corpus.structure.draft import Draft, to_article
from corpus.text.dates import parse_iso_date

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

__all__ = ["accepts", "read"]


_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_STRICT = "{http://purl.oclc.org/ooxml/wordprocessingml/main}"
_DC = "{http://purl.org/dc/elements/1.1/}"
_TERMS = "{http://purl.org/dc/terms/}"
_UNSEEN = frozenset({
    "del", "moveFrom", "instrText", "delText", "pPr", "rPr", "tblPr", "trPr", "tcPr", "sectPr",
    "footnoteReference", "endnoteReference", "annotationRef", "pict", "drawing", "object", "rt",
})  # fmt: skip
_HEADING = re.compile(r"heading|title|überschrift|titel|titre|заголовок|название", re.IGNORECASE)
_TITLE = re.compile(r"(?:title|titel|titre|название)", re.IGNORECASE)
_CHARACTERS = {"tab": "\t", "br": "\n", "cr": "\n", "noBreakHyphen": "\u2011"}


def accepts(head: bytes, named: bool) -> bool:
    """Whether this is a ZIP file with a suffix or the first entry of a Word document."""
    zipped = head.startswith(b"PK\x03\x04")
    return zipped and (named or (b"[Content_Types].xml" in head[:200] and b"word/" in head))


def read(data: bytes, source: str, hints: Hints = NO_HINTS) -> Iterator[Article]:
    """Read one document; raises UnreadableSource when it is damaged or holds no text."""
    package = Package(data, source)
    if not package.holds("word/document.xml"):
        raise UnreadableSource(source, Code.NOT_A_WORD_DOCUMENT())
    root = parse_xml(package.read("word/document.xml"), source)
    draft = Draft([])
    for style, text in _paragraphs(root):
        if _TITLE.match(style) and not draft.title and not draft.paragraphs:
            draft.title = " ".join(text.split())
        else:
            draft.paragraphs.append(text)
    _read_properties(package, source, draft)
    if not draft.title and draft.paragraphs:
        styles = list(_paragraphs(root))
        if _HEADING.match(styles[0][0]) and len(draft.paragraphs) > 1:
            draft.title = " ".join(draft.paragraphs.pop(0).split())
    yield to_article(draft, source)


def _read_properties(package: Package, source: str, draft: Draft) -> None:
    if not package.holds("docProps/core.xml"):
        return
    core = parse_xml(package.read("docProps/core.xml"), source)
    stated = (core.findtext(f"{_DC}title") or "").strip()
    draft.title = draft.title or stated
    draft.author = (core.findtext(f"{_DC}creator") or "").strip() or None
    draft.published = _date(core.findtext(f"{_TERMS}created"))
    draft.updated = _date(core.findtext(f"{_TERMS}modified"))
    if draft.updated == draft.published:
        draft.updated = None


def _date(text: str | None) -> date | None:
    return parse_iso_date(text or "")


def _paragraphs(root: "Element") -> Iterator[tuple[str, str]]:
    """The style and text of every paragraph and row of data."""
    stack = [root]
    while stack:
        element = stack.pop()
        name = _name(element)
        if name == "p":
            text = _tidy(_text(element))
            if text:
                yield _style(element), text
            stack += reversed(_boxes(element))
        elif name == "tr" and len(cells := [one for one in element if _name(one) == "tc"]) > 1:
            texts = [" ".join(text for _, text in _paragraphs(cell)) for cell in cells]
            if any(texts):
                yield "", "\t".join(texts).strip("\t")
        elif name not in _UNSEEN and name != "Fallback":
            stack += reversed(element)


def _boxes(paragraph: "Element") -> list["Element"]:
    """The text boxes anchored in a paragraph, which hold paragraphs of their own."""
    boxes: list[Element] = []
    stack = [paragraph]
    while stack:
        element = stack.pop()
        if _name(element) == "txbxContent":
            boxes.append(element)
        elif _name(element) != "Fallback":  # a copy of the box for old programs
            stack += reversed(element)
    return boxes


def _text(paragraph: "Element") -> str:
    """The visible text of a paragraph, without its text boxes."""
    parts: list[str] = []
    stack = list(reversed(paragraph))
    while stack:
        element = stack.pop()
        name = _name(element)
        if name == "t":
            parts.append(element.text or "")
        elif name in _CHARACTERS:
            parts.append(_CHARACTERS[name])
        elif name not in _UNSEEN and name != "Fallback":
            stack += reversed(element)
    return "".join(parts)


def _tidy(text: str) -> str:
    text = text.replace("\u00ad", "")
    return "\n".join(line.strip(" \t") for line in text.split("\n")).strip()


def _style(paragraph: "Element") -> str:
    for space in (_W, _STRICT):
        style = paragraph.find(f"{space}pPr/{space}pStyle")
        if style is not None:
            return style.get(f"{space}val") or ""
    return ""


def _name(element: "Element") -> str:
    return element.tag.rpartition("}")[2] if isinstance(element.tag, str) else ""
