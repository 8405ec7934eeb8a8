"""Separates the text of an article from headline, date lines, byline and page boilerplate.

A date or byline must be a whole line among the first few, so that "MOSCOW, July 3 (Agency) — …"
stays part of the text. "Last Updated" lines are also read at the end.
"""

import re
from dataclasses import dataclass
from datetime import date

from corpus.structure.boilerplate import is_boilerplate
from corpus.structure.byline import MetaLine, read_meta_line

__all__ = ["Head", "split_head"]

HEAD_LINES = 12  # boilerplate is looked for among this many first lines
TAIL_LINES = 10  # and among this many last lines
META_LINES = 6  # dates and bylines are looked for among this many first lines of text
LONGEST_HEADLINE = 180  # characters
WRAPPED_HEADLINE = 45  # characters of the first line, at least, of a headline in two lines

# Blocks are lines joined by newlines; Markdown marks a soft line end with U+2028.
_LINE_END = re.compile("[\n\u2028]")
_NO_HEADLINE = re.compile(
    r"^(?:[•·▪◦‣*+–—-]|\d{1,3}\))\s|(?:(?<![.\s])(?<!\b[A-Z])[.]|[,;:。،])[\"'»”’)\]]*$"
)


@dataclass(slots=True)
class Head:
    """What the lines around the text of an article state; None or "" when they don't."""

    title: str = ""
    author: str | None = None
    published: date | None = None
    updated: date | None = None


@dataclass(slots=True)
class _Line:
    text: str
    block: int
    meta: bool = False


def split_head(blocks: list[str], title: str = "") -> tuple[Head, list[str]]:
    """Separate an article's text from its head and from boilerplate.

    `blocks` are texts without blank lines; `title` is the headline, if it is known. Returns the
    head and the blocks that remain; the characters of their lines are untouched. The title of the
    head is empty when no line looks like a headline.
    """
    lines = [
        _Line(line, number)
        for number, block in enumerate(blocks)
        for line in _LINE_END.split(block)
    ]
    lines = _without_boilerplate(lines)
    head = Head(title)
    _read_metas(lines, head)
    if not head.title:
        _take_headline(lines, head)
    return head, _rejoin(blocks, [line for line in lines if not line.meta])


def _without_boilerplate(lines: list[_Line]) -> list[_Line]:
    edges = [
        position
        for position in range(len(lines))
        if position < HEAD_LINES or position >= len(lines) - TAIL_LINES
    ]
    dropped = {position for position in edges if is_boilerplate(lines[position].text.strip())}
    dropped = {position for position in dropped if not _within_sentence(lines, position, dropped)}
    kept = [line for position, line in enumerate(lines) if position not in dropped]
    return kept or lines  # never drop everything: a file may consist of such a line


def _within_sentence(lines: list[_Line], position: int, dropped: set[int]) -> bool:
    """Whether a line that looks like boilerplate is the middle of a wrapped sentence."""
    line = lines[position]
    before = lines[position - 1] if position else None
    after = lines[position + 1] if position + 1 < len(lines) else None
    if before and before.block == line.block and position - 1 not in dropped:
        return line.text.strip()[:1].islower()
    if after and after.block == line.block and position + 1 not in dropped:
        return after.text.strip()[:1].islower()
    return False


def _read_metas(lines: list[_Line], head: Head) -> None:
    for position, line in enumerate(lines):
        first = position < META_LINES
        if not first and position < len(lines) - TAIL_LINES:
            continue
        meta = read_meta_line(line.text, after_headline=position > 0 or bool(head.title))
        if meta is None or not (first or meta.is_update_only):
            continue
        if _add_to_head(meta, head):
            line.meta = True


def _add_to_head(meta: MetaLine, head: Head) -> bool:
    """Add to the head what a line states. Adds nothing and returns False if that is known."""
    known = (meta.published and head.published) or (meta.author and head.author)
    if known or (meta.title and head.title):
        return False
    head.title = meta.title or head.title
    head.author = meta.author or head.author
    head.published = meta.published or head.published
    head.updated = meta.updated or head.updated
    return True


def _take_headline(lines: list[_Line], head: Head) -> None:
    text = [line for line in lines if not line.meta]
    if len(text) < 2 or not _looks_like_headline(text[0].text.strip()):
        return
    first, second = text[0], text[1]
    position = lines.index(first)
    alone = second.block != first.block or lines[position + 1].meta
    parts = [first]
    if not alone:
        if _goes_on(text):
            parts.append(second)
        elif second.text.strip()[:1].islower():
            return  # wrapped prose
    title = " ".join(part.text.strip() for part in parts)
    if len(title) <= LONGEST_HEADLINE and _looks_like_headline(title):
        head.title = title
        for part in parts:
            part.meta = True


def _goes_on(text: list[_Line]) -> bool:
    """Whether a headline goes on in the second line of its block."""
    first, second = text[0], text[1]
    third = text[2] if len(text) > 2 else None
    if third is None or third.block == first.block:
        return False
    continued = second.text.strip()[:1].islower() or len(first.text) >= WRAPPED_HEADLINE
    return continued and len(second.text) <= len(first.text) + 10


def _looks_like_headline(line: str) -> bool:
    return (
        0 < len(line) <= LONGEST_HEADLINE
        and any(character.isalnum() for character in line)
        and not _NO_HEADLINE.search(line)
    )


def _rejoin(blocks: list[str], lines: list[_Line]) -> list[str]:
    """Put the remaining lines of each block together, with the separators that they had."""
    remaining: dict[int, list[str]] = {}
    for line in lines:
        remaining.setdefault(line.block, []).append(line.text)
    kept: list[str] = []
    for number, texts in remaining.items():
        block = blocks[number]
        if len(texts) == len(_LINE_END.split(block)):
            kept.append(block)
        else:
            kept.append(("\u2028" if "\u2028" in block else "\n").join(texts))
    return kept
