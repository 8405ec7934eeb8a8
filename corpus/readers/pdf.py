"""PDF documents: the text of their pages, joined into paragraphs.

pdfminer finds lines and columns. `corpus.readers.page_layout` drops running heads and page numbers
(they are kept in `stripped`) and joins lines into paragraphs, each with the page on which it
begins.
"""

import io
import re
from collections.abc import Iterator
from datetime import date
from typing import TYPE_CHECKING, Any

from corpus.article import Article
from corpus.error_codes import Code
from corpus.errors import UnreadableSource
from corpus.reader_output import NO_HINTS, Hints
from corpus.readers.page_layout import (
    Line,
    drop_running_heads,
    in_reading_order,
    paragraphs_of_lines,
)
from corpus.structure.draft import Draft, to_article

if TYPE_CHECKING:
    from pdfminer.layout import LTPage

__all__ = ["accepts", "read"]

MOST_PAGES = 20_000

_LIGATURES = str.maketrans({
    "\ufb00": "ff", "\ufb01": "fi", "\ufb02": "fl", "\ufb03": "ffi", "\ufb04": "ffl",
    "\ufb05": "st", "\ufb06": "st", "\x00": "",
})  # fmt: skip
_UNMAPPED = re.compile(r"\(cid:\d+\)")
_NO_TITLE = re.compile(
    r"untitled|\(?(?:anonymous|unspecified)\)?$|microsoft word|"
    r".*\.(?:docx?|indd|tex|dvi|pdf|qxd)$",
    re.IGNORECASE,
)
# Exceptions that pdfminer raises for damaged files, besides its own classes.
_DAMAGE = (
    ValueError, TypeError, LookupError, AttributeError, AssertionError, ArithmeticError,
    RecursionError, StopIteration, EOFError,
)  # fmt: skip
_DATE = re.compile(r"D:(\d{4})(\d{2})(\d{2})")


def accepts(head: bytes, named: bool) -> bool:
    """Whether the mark of a PDF is near the beginning."""
    return b"%PDF-" in head[:1024]


def read(data: bytes, source: str, hints: Hints = NO_HINTS) -> Iterator[Article]:
    """Read one document; raises UnreadableSource when there is no text in its pages."""
    lines, pages, images = _lines(data, source)
    text = "".join(line.text for line in lines)
    if len(_UNMAPPED.findall(text)) * 8 > len(text):
        raise UnreadableSource(source, Code.PDF_LETTERS_UNKNOWN())
    if not text.strip():
        reason = Code.PDF_WITHOUT_TEXT(pages=pages)
        if not pages:
            reason = Code.PDF_WITHOUT_PAGES()
        elif images:
            reason = Code.PDF_SCANNED()
        raise UnreadableSource(source, reason)
    kept, stripped = drop_running_heads(lines)
    kept = in_reading_order(kept)
    paragraphs = paragraphs_of_lines(kept)
    draft = Draft(
        [text for text, _ in paragraphs],
        pages=[page for _, page in paragraphs],
        stripped=stripped,
    )
    _read_properties(data, draft)
    if not draft.title:
        _take_headline(draft, kept)
    yield to_article(draft, source)


def _lines(data: bytes, source: str) -> tuple[list[Line], int, int]:
    """Every line in reading order, how many pages there are, and how many images."""
    # Lazy: only the child process that reads loads pdfminer.
    from pdfminer.high_level import extract_pages
    from pdfminer.layout import LAParams
    from pdfminer.pdfdocument import PDFEncryptionError, PDFPasswordIncorrect
    from pdfminer.pdfexceptions import PDFException
    from pdfminer.psexceptions import PSException

    lines: list[Line] = []
    pages = images = 0
    try:
        for page in extract_pages(io.BytesIO(data), laparams=LAParams(), maxpages=MOST_PAGES + 1):
            pages += 1
            if pages > MOST_PAGES:
                raise UnreadableSource(source, Code.PDF_TOO_LONG(pages=MOST_PAGES))
            images += _count_images(page)
            lines += _page_lines(page, pages)
    except (PDFPasswordIncorrect, PDFEncryptionError):
        raise UnreadableSource(source, Code.PDF_ENCRYPTED()) from None
    except (PDFException, PSException, *_DAMAGE) as error:
        raise UnreadableSource(source, Code.PDF_DAMAGED(error=type(error).__name__)) from None
    return lines, pages, images


def _count_images(page: "LTPage") -> int:
    from pdfminer.layout import LTFigure, LTImage

    return sum(isinstance(item, LTFigure | LTImage) for item in page)


def _page_lines(page: "LTPage", number: int) -> Iterator[Line]:
    from pdfminer.layout import LTTextBox, LTTextLine

    for box in (item for item in page if isinstance(item, LTTextBox)):
        for line in box:
            text = line.get_text().translate(_LIGATURES) if isinstance(line, LTTextLine) else ""
            text = re.sub(r"[ \t\r\n\f\v]+", " ", text).strip()
            if text:
                yield Line(
                    text, number, line.x0, line.x1, page.height - line.y1,
                    page.height - line.y0, page.height, _size(line),
                )  # fmt: skip


def _size(line: Any) -> float:  # noqa: ANN401 - pdfminer's line of characters
    from pdfminer.layout import LTChar

    sizes = sorted(round(item.size, 1) for item in line if isinstance(item, LTChar))
    return sizes[len(sizes) // 2] if sizes else 0.0


def _read_properties(data: bytes, draft: Draft) -> None:
    from pdfminer.pdfdocument import PDFDocument
    from pdfminer.pdfparser import PDFParser

    infos = PDFDocument(PDFParser(io.BytesIO(data))).info
    info = infos[0] if infos else {}
    title = _string(info.get("Title"))
    if title and not _NO_TITLE.match(title):
        draft.title = title
        if draft.paragraphs and _same(draft.paragraphs[0], title) and len(draft.paragraphs) > 1:
            draft.paragraphs.pop(0)
            draft.pages = (draft.pages or [])[1:]
    draft.author = _string(info.get("Author")) or None
    draft.published = _date(info.get("CreationDate"))
    changed = _date(info.get("ModDate"))
    draft.updated = changed if changed != draft.published else None


def _same(one: str, other: str) -> bool:
    return "".join(one.split()).casefold() == "".join(other.split()).casefold()


def _string(value: object) -> str:
    if not isinstance(value, bytes):
        return ""
    for mark, encoding in ((b"\xfe\xff", "utf-16-be"), (b"\xff\xfe", "utf-16-le"),
                           (b"\xef\xbb\xbf", "utf-8")):  # fmt: skip
        if value.startswith(mark):
            text = value[len(mark) :].decode(encoding, "replace")
            break
    else:
        text = value.decode("latin-1")
    return " ".join("".join(c for c in text if c.isprintable() or c.isspace()).split())


def _date(value: object) -> date | None:
    found = _DATE.match(_string(value))
    try:
        return date(int(found[1]), int(found[2]), int(found[3])) if found else None
    except ValueError:
        return None


def _take_headline(draft: Draft, lines: list[Line]) -> None:
    """Take the first paragraph as the title when its letters are larger than the usual ones."""
    sizes = sorted(line.size for line in lines)
    usual = sizes[len(sizes) // 2]
    first = draft.paragraphs[0]
    if lines[0].size > usual * 1.15 and len(draft.paragraphs) > 1 and len(first) <= 200:
        draft.title = first
        draft.paragraphs.pop(0)
        draft.pages = (draft.pages or [])[1:]
