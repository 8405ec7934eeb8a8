"""Joins the lines of pages into paragraphs.

A paragraph ends before a line that is indented, is set in another size, or is further away than
lines usually are. It also ends after a short line that ends a sentence. At the end of a column or
page it goes on when no sentence ends there and the next line begins with a small letter. A hyphen
at the end of a line is dropped unless the document has the word with a hyphen elsewhere.
"""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

__all__ = ["Line", "drop_running_heads", "in_reading_order", "paragraphs_of_lines"]

EDGE = 3  # lines at the head and at the foot of a page that may be running heads
SHARE = 0.4  # share of the pages that have a running head, at least
MOST_ACROSS = 0.25  # share of the lines over several columns, at most, in a document in columns
COLUMN_SHARE = 0.1  # share of the lines that a column has, at least
GAP = 0.8  # between a running head and the text, in letter sizes
MARGIN = 0.13  # share of the height of a page
INDENT = 0.7  # in letter sizes
SHORT = 0.85  # share of the width of a column, up to which a line had room for another word

_DIGITS = re.compile(r"\d+")
_NUMBER = re.compile(r"(?:page|seite|стр\.?|p\.)?\s*[-–—|]?\s*(?:\d{1,4}|[ivxlc]{1,7})\s*[-–—|]?"
                     r"(?:\s*(?:/|of|von|из)\s*\d{1,4})?", re.IGNORECASE)  # fmt: skip
_ENDS = re.compile(r"[.!?…:。！？][\"'»”’)\]]*$")
_BULLET = re.compile(r"(?:[•·▪◦‣*–—-]|\(?\d{1,3}[.)]|[a-z]\))\s+\S")
_WORD_BREAK = re.compile(r"([^\W\d_]+)[-\u00ad\u2010]$")
_HYPHENATED = re.compile(r"[^\W\d_]+-[^\W\d_]+")
_WIDE = re.compile(r"[\u3000-\u30ff\u3400-\u9fff\uff00-\uffef]")


@dataclass(frozen=True, slots=True)
class Line:
    """A line of text on a page, counted from 1.

    Distances are from the top left corner, in points (1/72 inch); `size` is the letter size.
    """

    text: str
    page: int
    left: float
    right: float
    top: float
    bottom: float
    page_height: float
    size: float


def drop_running_heads(lines: Sequence[Line]) -> tuple[list[Line], list[str]]:
    """Separate running heads, feet and page numbers: (lines of the text, dropped texts)."""
    pages: dict[int, list[Line]] = {}
    for line in lines:
        pages.setdefault(line.page, []).append(line)
    edges = [line for page in pages.values() for line in _at_edges(page)]
    edge_ids = {id(line) for line in edges}
    counts = Counter(key for keys in _by_page(edges).values() for key in keys)
    least = max(2, SHARE * len(pages))
    kept: list[Line] = []
    dropped: dict[str, None] = {}
    for line in lines:
        number = _NUMBER.fullmatch(line.text) is not None
        if id(line) in edge_ids and (number or counts[_key(line)] >= least):
            dropped[line.text] = None
        else:
            kept.append(line)
    return (kept, list(dropped)) if kept else (list(lines), [])


def _at_edges(page: Sequence[Line]) -> list[Line]:
    """The lines in the margins of a page, set off from its text by a gap."""
    down = sorted(page, key=lambda line: line.top)
    up = down[::-1]
    height = page[0].page_height or 1
    edges: list[Line] = []
    for lines in (down, up):
        outer: list[Line] = []
        for line, inner in pairwise(lines[: EDGE + 1]):
            outer.append(line)
            gap = max(inner.top - line.bottom, line.top - inner.bottom)
            if gap > GAP * line.size:
                edges += outer
                break
    if len(down) == 1:
        edges = down
    return [one for one in edges if one.top < MARGIN * height or one.bottom > (1 - MARGIN) * height]


def _by_page(lines: Sequence[Line]) -> dict[int, set[str]]:
    found: dict[int, set[str]] = {}
    for line in lines:
        found.setdefault(line.page, set()).add(_key(line))
    return found


def _key(line: Line) -> str:
    return _DIGITS.sub("#", line.text.casefold())


def in_reading_order(lines: Sequence[Line]) -> list[Line]:
    """Order the lines of a document with columns: each column from top to bottom.

    The columns above a line over several columns come before it. The lines of a document without
    columns stay in their order.
    """
    columns = _columns(lines)
    main = [edges for edges in columns if _share(lines, edges[0]) >= COLUMN_SHARE]
    across = sum(_spans(line, main) for line in lines)
    if len(main) < 2 or across > MOST_ACROSS * len(lines):
        return list(lines)
    lines = _rejoined(lines, main)
    ordered: list[Line] = []
    pages: dict[int, list[Line]] = {}
    for line in lines:
        pages.setdefault(line.page, []).append(line)
    for page in pages.values():
        band: list[Line] = []
        for line in sorted(page, key=lambda one: one.top):
            if _spans(line, main):
                ordered += sorted(band, key=lambda one: (_place(one, main), one.top))
                ordered.append(line)
                band = []
            else:
                band.append(line)
        ordered += sorted(band, key=lambda one: (_place(one, main), one.top))
    return ordered


def _rejoined(lines: Sequence[Line], columns: list[tuple[float, float]]) -> list[Line]:
    """Join parts of a line that wide spaces in a justified column have separated."""
    joined: list[Line] = []

    def place(line: Line) -> tuple[int, int, int, float]:
        return line.page, _place(line, columns), round(line.bottom), line.left

    for line in sorted(lines, key=place):
        before = joined[-1] if joined else None
        if before is not None and _goes_on(before, line, columns):
            joined[-1] = replace(
                before,
                text=f"{before.text} {line.text}",
                right=max(before.right, line.right),
                top=min(before.top, line.top),
            )
        else:
            joined.append(line)
    return joined


def _goes_on(before: Line, line: Line, columns: list[tuple[float, float]]) -> bool:
    same = before.page == line.page and abs(before.bottom - line.bottom) < 0.3 * line.size
    return same and _place(before, columns) == _place(line, columns)


def _share(lines: Sequence[Line], left: float) -> float:
    return sum(abs(line.left - left) < 30 for line in lines) / len(lines)


def _place(line: Line, columns: list[tuple[float, float]]) -> int:
    return sum(line.left >= left - 3 for left, _ in columns)


def _spans(line: Line, columns: list[tuple[float, float]]) -> bool:
    return any(line.left < left - 20 and line.right > left + 20 for left, _ in columns[1:])


def paragraphs_of_lines(lines: Sequence[Line]) -> list[tuple[str, int]]:
    """Join lines into paragraphs: (text, page on which it begins) for each."""
    if not lines:
        return []
    layout = _Layout(lines)
    hyphenated = {word.casefold() for line in lines for word in _HYPHENATED.findall(line.text)}
    paragraphs = [[lines[0]]]
    for before, line in pairwise(lines):
        if layout.begins(before, line):
            paragraphs.append([line])
        else:
            paragraphs[-1].append(line)
    return [(_joined(group, hyphenated), group[0].page) for group in paragraphs]


class _Layout:
    """The usual columns and line distance of a document."""

    def __init__(self, lines: Sequence[Line]) -> None:
        self._columns = _columns(lines)
        gaps = [
            round((line.top - before.top) / line.size, 1)
            for before, line in pairwise(lines)
            if before.page == line.page and line.size and 0 < line.top - before.top < 4 * line.size
        ]
        # The smallest common distance: lines of a paragraph are nearer than paragraphs.
        counts = Counter(gaps)
        common = [gap for gap, count in counts.items() if count * 5 >= max(counts.values())]
        self._leading = min(common, default=1.2)

    def begins(self, before: Line, line: Line) -> bool:
        """Whether a line begins a paragraph."""
        if abs(before.size - line.size) > 0.12 * max(before.size, line.size):
            return True
        if _BULLET.match(line.text):
            return True
        column = self._column(line)
        indented = line.left > column[0] + INDENT * line.size
        same = before.page == line.page and before.top < line.top
        if not same or line.top - before.top > 40 * line.size:
            return indented or (bool(_ENDS.search(before.text)) and not line.text[:1].islower())
        if (line.top - before.top) / (line.size or 1) > self._leading + 0.45:
            return True
        was_indented = before.left > column[0] + INDENT * line.size
        if indented and not was_indented:
            return True
        return self._is_short(before) and bool(_ENDS.search(before.text))

    def _is_short(self, line: Line) -> bool:
        left, right = self._column(line)
        return line.right < left + SHORT * (right - left)

    def _column(self, line: Line) -> tuple[float, float]:
        near = [edges for edges in self._columns if edges[0] - 1 <= line.left < edges[1]]
        return max(near, default=(line.left, line.right))


def _columns(lines: Sequence[Line]) -> list[tuple[float, float]]:
    """The left and right edges of columns: where many lines begin, and where most of these end."""
    lefts = Counter(round(line.left) for line in lines)
    most = max(lefts.values())
    columns: list[tuple[float, float]] = []
    for left in sorted(lefts):
        if lefts[left] * 6 < most or (columns and left - columns[-1][0] < 60):
            continue
        rights = sorted(line.right for line in lines if abs(line.left - left) <= 1.5)
        columns.append((left, rights[int(len(rights) * 0.9)]))
    return columns


def _joined(group: Sequence[Line], hyphenated: set[str]) -> str:
    text = group[0].text
    for line in group[1:]:
        broken = _WORD_BREAK.search(text)
        following = re.match(r"[^\W\d_]+", line.text)
        if text.endswith("\u00ad"):
            text = text[:-1] + line.text
        elif broken and following and following.group()[0].islower():
            compound = f"{broken.group(1)}-{following.group()}".casefold()
            text = (text if compound in hyphenated else text[:-1]) + line.text
        elif _WIDE.match(text[-1:]) and _WIDE.match(line.text):
            text += line.text
        else:
            text += " " + line.text
    return text.replace("\u00ad", "")
