"""Measuring and cutting text as Telegram counts it, never inside a visible character.

Positions in strings are code points, as everywhere in quotebot; lengths and `room` are UTF-16 code
units, as in Telegram.
"""

import re
import unicodedata
from contextlib import suppress
from urllib.parse import urlsplit

from index.answer import Quote

__all__ = [
    "CUT_AFTER",
    "CUT_BEFORE",
    "cuts",
    "encodable",
    "fitting",
    "in_a_row",
    "is_link",
    "one_line",
    "safe_cut",
    "shortened",
    "snippet",
    "source_name",
    "utf16_length",
    "window",
]

CUT_BEFORE, CUT_AFTER = "… ", " …"
_CUTS = len(CUT_BEFORE + CUT_AFTER)
_URL_LIMIT = 2_048
_SOURCE_NAME_ROOM = 60

_LONE_SURROGATE = re.compile("[\ud800-\udfff]")
_SENTENCE_END = re.compile(r"[.!?…。！？][\"'’”»)\]]*(?:\s+|(?<=[。！？]))")
_SPACE = re.compile(r"\s+")
_WEB = re.compile(r"https?://[^\s/?#]+", re.IGNORECASE)


def utf16_length(text: str) -> int:
    """Length in UTF-16 code units, the unit of Telegram's limits and entities."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def encodable(text: str) -> str:
    """Text in which every half of a surrogate pair is replaced: it cannot be sent. Lengths stay."""
    return _LONE_SURROGATE.sub("\ufffd", text)


def one_line(text: str) -> str:
    """Text with each run of white space replaced by one space."""
    return _SPACE.sub(" ", encodable(text)).strip()


def shortened(text: str, room: int) -> str:
    """Text cut to at most `room` units; an ellipsis shows the cut."""
    if utf16_length(text) <= room:
        return text
    return text[: safe_cut(text, fitting(text, room - 1))].rstrip() + "…"


def is_link(url: str | None) -> bool:
    """Whether Telegram accepts it as the address of a link."""
    return (
        url is not None
        and bool(_WEB.match(url))
        and len(url) <= _URL_LIMIT
        and url.isprintable()
        and " " not in url
        and "[" not in url
    )


def in_a_row(*facts: str) -> str:
    """The facts that are not empty, in one line."""
    return " · ".join(fact for fact in facts if fact)


def source_name(url: str | None, source: str) -> str:
    """Where an article is from, in short: the host of a web address, else the name of a file.

    The folders of this machine are never shown.
    """
    for address in (url, source):
        if address is not None and is_link(address):
            with suppress(ValueError):
                return shortened(
                    (urlsplit(address).hostname or "").removeprefix("www."), _SOURCE_NAME_ROOM
                )
    return shortened(
        one_line(source.replace("\\", "/").rstrip("/").rpartition("/")[2]), _SOURCE_NAME_ROOM
    )


def window(text: str, start: int, end: int, room: int) -> tuple[int, int]:
    """The span of `text` to show in `room` units: all, or as much around [start, end) as fits."""
    if len(text) <= room and utf16_length(text) <= room:
        return 0, len(text)
    spare = room - _CUTS - utf16_length(text[start:end])
    if spare < 0:  # the quote alone is too long: show its beginning
        return start, safe_cut(text, start + fitting(text[start:end], room - _CUTS))
    head, tail = text[max(0, start - spare) : start], text[end : end + spare]
    reserved = min(utf16_length(tail), spare // 2)
    before = fitting(head[::-1], spare - reserved)
    after = fitting(tail, spare - utf16_length(text[start - before : start]))
    return _begin(text, start - before, start), _end(text, end, end + after)


def fitting(text: str, room: int) -> int:
    """How many characters from the beginning of `text` fit into `room` units."""
    used = 0
    for count, character in enumerate(text):
        used += 2 if character > "\uffff" else 1
        if used > room:
            return count
    return len(text)


def safe_cut(text: str, position: int) -> int:
    """The last position up to `position` that is not inside a visible character.

    `position` itself when there is none among the 32 positions before it, or only the beginning of
    the text: a cut there would leave nothing.
    """
    for candidate in range(position, max(position - 32, 0), -1):
        if not _joined(text, candidate):
            return candidate
    return position


def _begin(text: str, lowest: int, highest: int) -> int:
    """Where a window may begin: at a sentence, else at a word, else between characters."""
    if lowest == 0:
        return 0
    for pattern in (_SENTENCE_END, _SPACE):
        found = pattern.search(text, lowest, highest)
        if found:
            return found.end()
    while lowest < highest and _joined(text, lowest):
        lowest += 1
    return lowest


def _end(text: str, lowest: int, highest: int) -> int:
    """Where a window may end: after a sentence, else after a word, else between characters."""
    if highest == len(text):
        return highest
    for pattern in (_SENTENCE_END, _SPACE):
        found = [*pattern.finditer(text, lowest, highest)]
        if found:
            return lowest + len(text[lowest : found[-1].end()].rstrip())
    return max(lowest, safe_cut(text, highest))


def _joined(text: str, position: int) -> bool:
    """Whether `position` is inside a visible character: an emoji, a letter with its marks."""
    if not 0 < position < len(text):
        return False
    left, right = text[position - 1], text[position]
    return (
        "\u200d" in (left, right)  # the joiner of composed emoji
        or unicodedata.category(right) in ("Mn", "Mc", "Me")
        or "\U0001f3fb" <= right <= "\U0001f3ff"  # skin tones
        or (_is_half_flag(right) and _half_flags_before(text, position) % 2 == 1)
    )


def _is_half_flag(character: str) -> bool:
    return "\U0001f1e6" <= character <= "\U0001f1ff"


def _half_flags_before(text: str, position: int) -> int:
    """How many halves of flags stand directly before a position; if odd, the last flag is open."""
    start = position
    while start > 0 and _is_half_flag(text[start - 1]):
        start -= 1
    return position - start


def snippet(quote: Quote) -> str:
    """The text of a quote, with an ellipsis where its sentence was cut."""
    before, after = cuts(quote)
    return f"{before}{quote.text.strip()}{after}" if quote.text.strip() else ""


def cuts(quote: Quote) -> tuple[str, str]:
    """What to put before and after a quote: an ellipsis where its sentence was cut, or nothing."""
    return CUT_BEFORE if quote.cut_before else "", CUT_AFTER if quote.cut_after else ""
