"""Cuts the text of a file into paragraphs. Only these characters change:

- CRLF, CR, U+0085, U+2028, vertical tab and form feed become line ends; U+2029 ends a paragraph.
- U+FEFF (byte order mark) and control characters other than tab are dropped.
- White space at both ends of a paragraph and of its lines is dropped.
- Blank lines, and lines of three or more of one of `-=*_~#`, separate paragraphs.
- What a line end inside a block means depends on the lines of the block:
  - Lines filled up to a common width were wrapped. The line end becomes one space. It is dropped
    between Chinese or Japanese characters, and after a hyphen between letters.
  - Long lines, and lines that mostly end a sentence, are paragraphs.
  - Other lines (poems, lists, addresses) stay lines of one paragraph.

Everything else stays: curly quotes, no-break and double spaces, soft hyphens, composed or
decomposed letters.
"""

import re
from itertools import pairwise
from unicodedata import east_asian_width

__all__ = ["join_wrapped", "normalise", "paragraphs_of", "split_blocks"]

WIDEST_WRAP = 120  # columns; a longer line was not wrapped by hand or by a mail program
NARROWEST_WRAP = 40  # columns; text is not wrapped to a smaller width
FILLED = 0.85  # of the width, which a line with the next word would exceed if it was wrapped
SENTENCE_LINES = 0.7  # share of lines that end a sentence, from which each line is a paragraph
SHORTEST_PARAGRAPH_LINE = 60  # columns on average, when blank lines separate paragraphs too

_LINE_ENDS = re.compile("\r\n|[\r\x0b\x0c\x85\u2028]")
_DROPPED = re.compile("[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\ufeff]")
_RULE = re.compile(r"\s*([-=*_~#])(?:\s*\1){2,}\s*")
_SENTENCE_END = re.compile(r"[.!?…。！？:][\"'»”’)\]」』]*$")
_ITEM = re.compile(r"(?:[•·▪◦‣*+–—-]|\(?\d{1,3}[.)]|[a-zа-я]\))\s+\S", re.IGNORECASE)
_CJK = re.compile(r"[\u3000-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uff00-\uffef]")


def normalise(text: str) -> str:
    """Make every line end a newline; drop byte order marks and control characters."""
    return _DROPPED.sub("", _LINE_ENDS.sub("\n", text).replace("\u2029", "\n\n"))


def split_blocks(text: str) -> list[str]:
    """Cut normalised text at blank lines and rules; lines keep their indentation."""
    blocks: list[list[str]] = [[]]
    for line in text.split("\n"):
        if not line.strip() or _RULE.fullmatch(line):
            blocks.append([])
        else:
            blocks[-1].append(line)
    return ["\n".join(lines) for lines in blocks if lines]


def paragraphs_of(blocks: list[str]) -> list[str]:
    """Turn the blocks of a file into paragraphs, by the rules in the module's docstring."""
    cut = [[line.strip() for line in block.split("\n")] for block in blocks]
    several = [lines for lines in cut if len(lines) > 1]
    columns = [_columns(line) for lines in several for line in lines]
    width = max((wide for wide in columns if wide <= WIDEST_WRAP), default=0)
    wrapped = _looks_wrapped([pair for lines in several for pair in pairwise(lines)], width)
    paragraphs: list[str] = []
    for block in blocks:
        paragraphs += _paragraphs_of_block(block.split("\n"), width, wrapped, len(blocks) == 1)
    return [paragraph for paragraph in (text.strip() for text in paragraphs) if paragraph]


def join_wrapped(left: str, right: str) -> str:
    """Join two lines at which a text was wrapped."""
    if left and right and _CJK.match(left[-1]) and _CJK.match(right[0]):
        return left + right
    if left[-1:] == "-" and left[-2:-1].isalpha() and right[:1].islower():
        return left + right
    return f"{left} {right}"


def _paragraphs_of_block(raw: list[str], width: int, wrapped: bool, alone: bool) -> list[str]:
    lines = [line.strip() for line in raw]
    if len(lines) == 1:
        return lines
    if sum(1 for line in lines if _ITEM.match(line)) >= 2:
        return ["\n".join(_listed(lines, width))]
    if max(_columns(line) for line in lines) > WIDEST_WRAP:
        return lines
    breaks = list(pairwise(lines))
    if (wrapped and _mostly_filled(breaks, width)) or _looks_wrapped(breaks, width):
        return _unwrapped(raw, width)
    ending = sum(1 for line in lines if _SENTENCE_END.search(line)) / len(lines)
    average = sum(_columns(line) for line in lines) / len(lines)
    if ending >= SENTENCE_LINES and (alone or average >= SHORTEST_PARAGRAPH_LINE):
        return lines
    return ["\n".join(lines)]


def _looks_wrapped(breaks: list[tuple[str, str]], width: int) -> bool:
    """Whether most lines are so long that the next word did not fit.

    Two other kinds of text may have such lines: verse, where most lines begin with a capital, and
    paragraphs of one line, which end with a full stop.
    """
    continued = sum(1 for _, following in breaks if not following[0].isupper())
    ended = sum(1 for line, _ in breaks if _SENTENCE_END.search(line))
    prose = continued * 3 >= len(breaks) and ended * 2 <= len(breaks)
    return bool(breaks) and prose and _mostly_filled(breaks, width)


def _mostly_filled(breaks: list[tuple[str, str]], width: int) -> bool:
    filled = sum(1 for line, following in breaks if _is_filled(line, following, width))
    return width >= NARROWEST_WRAP and filled * 2 >= len(breaks)


def _unwrapped(raw: list[str], width: int) -> list[str]:
    indented = [line[0].isspace() for line in raw]
    by_indent = 0 < sum(indented) <= len(raw) / 2
    lines = [line.strip() for line in raw]
    paragraphs = [lines[0]]
    for position in range(1, len(lines)):
        before, line = lines[position - 1], lines[position]
        ended = _SENTENCE_END.search(before) and not line[0].islower()
        short = not _is_filled(before, line, width)
        if (by_indent and indented[position]) or (short and ended):
            paragraphs.append(line)
        else:
            paragraphs[-1] = join_wrapped(paragraphs[-1], line)
    return paragraphs


def _listed(lines: list[str], width: int) -> list[str]:
    """Put each item of a list on one line; other lines stay as they are."""
    items = [lines[0]]
    for before, line in pairwise(lines):
        if not _ITEM.match(line) and _is_filled(before, line, width) and line[0].islower():
            items[-1] = join_wrapped(items[-1], line)
        else:
            items.append(line)
    return items


def _is_filled(line: str, following: str, width: int) -> bool:
    word = following.split(None, 1)[0]
    step = 2 if _CJK.match(word) else _columns(word) + 1
    return _columns(line) + step > width * FILLED


def _columns(line: str) -> int:
    if line.isascii():
        return len(line)
    return len(line) + sum(1 for character in line[:400] if east_asian_width(character) in "WF")
