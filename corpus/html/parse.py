"""Parses the bytes of a page into a tree of elements."""

import codecs
import re
from typing import Any

from corpus.error_codes import Code
from corpus.errors import UnreadableSource
from corpus.text.decoding import decode

__all__ = ["Tree", "decode_page", "parse_page"]

Tree = Any
"""An lxml element; lxml ships no types."""

LARGEST_PAGE = 16 * 1024 * 1024  # bytes; parsing takes 20 times that, and no article is longer

_DECLARED = re.compile(
    rb"<meta[^>]{0,200}?charset\s*=\s*[\"']?\s*([A-Za-z0-9_:.-]{2,40})", re.IGNORECASE
)
_XML_DECLARED = re.compile(rb"\s*<\?xml[^>]{0,200}?encoding\s*=\s*[\"']([A-Za-z0-9_:.-]{2,40})")
_XML_DECLARATION = re.compile(r"\A\s*<\?xml[^>]*>")
# Pages that state the encoding on the left use the larger one on the right, as browsers do.
_AS_BROWSERS_DO = {
    "iso8859-1": "cp1252", "ascii": "cp1252", "iso8859-9": "cp1254", "gb2312": "gb18030",
    "gbk": "gb18030", "shift_jis": "cp932", "euc_kr": "cp949", "tis-620": "cp874",
    "iso8859-11": "cp874",
}  # fmt: skip
_NOT_CHARACTERS = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")


def parse_page(data: bytes, source: str, charset: str | None = None) -> Tree:
    """Parse a page; `charset` is the encoding that the server states.

    Raises UnreadableSource for `source` when the page is too large, too deep or without text.
    """
    from lxml import etree, html  # lazy: 20 ms

    if len(data) > LARGEST_PAGE:
        raise UnreadableSource(source, Code.PAGE_TOO_LARGE(mib=LARGEST_PAGE // (1024 * 1024)))
    text = _NOT_CHARACTERS.sub("", decode_page(data, source, charset))
    text = _XML_DECLARATION.sub("", text, count=1)
    # Without huge_tree, the parser drops everything below the 256th level without an error.
    parser = html.HTMLParser(huge_tree=True, encoding="utf-8", remove_pis=True, collect_ids=False)
    try:
        tree = html.document_fromstring(text.encode("utf-8"), parser=parser)
    except (etree.LxmlError, ValueError, AssertionError):
        tree = None
    # The parser only logs these errors, and returns half of the page.
    problems = list(parser.error_log)
    if any(problem.type_name == "ERR_NO_MEMORY" for problem in problems):
        raise MemoryError
    if any("depth" in problem.message for problem in problems):
        raise UnreadableSource(source, Code.PAGE_TOO_DEEP())
    if tree is None:
        raise UnreadableSource(source, Code.NO_TEXT())
    return tree


def decode_page(data: bytes, source: str, charset: str | None = None) -> str:
    """Decode a page: by byte order mark, as the server states, as the page states, or by letters.

    The first that gives a text counts. Raises UnreadableSource when none does.
    """
    if data.startswith((codecs.BOM_UTF8, codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return decode(data, source)
    head = data[:4096]
    found = _DECLARED.search(head) or _XML_DECLARED.match(head)
    declared = found.group(1).decode("ascii") if found else None
    for name in (charset, declared):
        text = _decoded(data, name) if name else None
        if text is not None:
            return text
    return decode(data, source)


def _decoded(data: bytes, name: str) -> str | None:
    try:
        codec = codecs.lookup(name).name
    except LookupError:
        return None
    if codec.startswith(("utf-16", "utf-32", "utf-7")):
        return None  # wrong: the statement was found in the page by reading it as ASCII
    if codec == "utf-8":
        # Browsers show a wrong byte in a page of UTF-8 as U+FFFD.
        text = data.decode("utf-8", "replace")
        return text if text.count("\ufffd") * 200 <= len(text) else None
    try:
        # A page that is valid UTF-8 with letters beyond ASCII is UTF-8, whatever it states.
        return data.decode("utf-8") if not data.isascii() else data.decode("ascii")
    except UnicodeDecodeError:
        pass
    try:
        return data.decode(_AS_BROWSERS_DO.get(codec, codec), "replace")
    except (UnicodeDecodeError, LookupError):
        return None
