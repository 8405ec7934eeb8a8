"""Finds the sentences of a paragraph, as exact spans.

A library proposes boundaries: razdel for Cyrillic languages, sentencex for others, a regular
expression for Chinese and Japanese. Then `corpus.text.sentence_rules` drops those inside a sentence
and adds a few that are certain. A wrong boundary truncates a quote, a missing one only makes it
longer. So in doubt two sentences stay together.
"""

import re
from collections.abc import Callable, Iterator
from itertools import pairwise

from corpus.text.sentence_rules import (
    certain_starts,
    joins,
    protected_spans,
    shift_past_closers,
)

__all__ = ["sentence_spans"]

FindBoundaries = Callable[[str], list[int]]  # text → positions where its sentences begin

RAZDEL_LANGUAGES = {"ru", "uk", "be", "bg", "sr", "mk", "kk", "ky"}
IDEOGRAPHIC_LANGUAGES = {"zh", "ja", "yue", "wuu"}

# Characters that a library gets at a time: the time of sentencex grows with the square of the
# number of unclosed quotes.
WINDOW = 4096

_IDEOGRAPHIC_END = re.compile(r"[。！？｡!?]+[」』”’）》〉】)\"'»]*|(?<=[A-Za-z0-9]{2})\.(?=\s)")
# Characters that continue a sentence after a closing quote: 「…」と言った, “…”他说。
_JA_GOES_ON = re.compile(r"[とってはがをにでもの、，]")
_ZH_GOES_ON = re.compile(r"[^。！？]{0,15}?[说道问喊叫答笑写說問]")
_CLOSING_QUOTE = "」』”’\"'»）)》"
_BLANK_LINE = re.compile(r"\n[^\S\n]*\n\s*|\n")
_BULLET = re.compile(r"\s*(?:[•·▪◦‣*+–—-]|\(?\d{1,2}[.)]|[a-zа-я]\))\s+\S", re.IGNORECASE)
_UNSAFE = re.compile(r"[\s\ud800-\udfff]")


def sentence_spans(text: str, language: str | None = None) -> list[tuple[int, int]]:
    """Find the sentences of a paragraph.

    Returns their `(start, end)` in code points: in order, never empty, never overlapping, without
    white space at either end. Together they have every character that is not white space.
    `language` is an ISO 639-1 code; if it is None, the script of the text decides. Never raises.
    """
    spans: list[tuple[int, int]] = []
    find_boundaries = _boundary_finder(language, text)
    for start, end in _blocks(text):
        cuts = [
            start,
            *(start + cut for cut in _boundaries(text[start:end], find_boundaries, language)),
            end,
        ]
        for left, right in pairwise(cuts):
            span = _trim(text, left, right)
            if span is not None:
                spans.append(span)
    return spans


def _blocks(text: str) -> Iterator[tuple[int, int]]:
    """Spans of parts between blank lines, and of list items: no sentence is in two of them."""
    listed = sum(1 for line in text.split("\n") if _BULLET.match(line)) >= 2
    start = 0
    for newline in _BLANK_LINE.finditer(text):
        blank = newline.group().count("\n") > 1
        item = listed or text[newline.start() - 1 : newline.start()] in {":", ";"}
        if blank or (item and _BULLET.match(text, newline.end())):
            yield start, newline.start()
            start = newline.end()
    yield start, len(text)


def _boundaries(text: str, find_boundaries: FindBoundaries, language: str | None) -> list[int]:
    """Positions where the sentences after the first begin, or the white space before them."""
    # Libraries err on unusual spaces, newlines and surrogates. The replacement has the same length.
    plain = _UNSAFE.sub(lambda found: " " if found.group().isspace() else "\ufffd", text)
    proposed = {shift_past_closers(plain, cut) for cut in _windowed(plain, find_boundaries)}
    certain = set(certain_starts(plain))
    protected = protected_spans(plain)
    kept: list[int] = []
    position = 0
    for cut in sorted(proposed | certain):
        while position < len(protected) and protected[position][1] <= cut:
            position += 1
        inside = position < len(protected) and protected[position][0] < cut
        previous = kept[-1] if kept else 0
        if 0 < cut < len(text) and not inside and not joins(plain, previous, cut, language):
            kept.append(cut)
    return kept


def _windowed(text: str, find_boundaries: FindBoundaries) -> Iterator[int]:
    """Boundaries in windows of the text; each window begins at a boundary of the one before."""
    start = 0
    while start < len(text):
        window = text[start : start + WINDOW]
        cuts = [cut for cut in find_boundaries(window) if 0 < cut < len(window)]
        yield from (start + cut for cut in cuts)
        if start + WINDOW >= len(text):
            return
        # The window may have cut the last sentence, so the next window begins with it.
        start += cuts[-1] if cuts and cuts[-1] > WINDOW // 4 else WINDOW


def _boundary_finder(language: str | None, text: str) -> FindBoundaries:
    code = (language or _language_of_script(text)).lower().split("-")[0]
    if code in IDEOGRAPHIC_LANGUAGES:
        return _ideographic
    if code in RAZDEL_LANGUAGES:
        return _razdel
    return lambda window: _sentencex(window, code)


def _language_of_script(text: str) -> str:
    found = re.search(r"(?P<ru>[\u0400-\u04ff])|(?P<ja>[\u3040-\u30ff\u4e00-\u9fff])|[a-z]", text)
    return (found.lastgroup if found else None) or "en"


def _ideographic(text: str) -> list[int]:
    cuts = []
    for end in _IDEOGRAPHIC_END.finditer(text):
        quoted = end.group()[-1] in _CLOSING_QUOTE
        goes_on = _JA_GOES_ON.match(text, end.end()) or _ZH_GOES_ON.match(text, end.end())
        if not (quoted and goes_on):
            cuts.append(end.end())
    return cuts


def _razdel(text: str) -> list[int]:
    from razdel import sentenize  # lazy: only Cyrillic texts need it

    return [sentence.start for sentence in sentenize(text)]


def _sentencex(text: str, code: str) -> list[int]:
    from sentencex import get_sentence_boundaries  # lazy, like razdel

    return [int(found["start_index"]) for found in get_sentence_boundaries(code, text)]


def _trim(text: str, start: int, end: int) -> tuple[int, int] | None:
    piece = text[start:end]
    start += len(piece) - len(piece.lstrip())
    end -= len(piece) - len(piece.rstrip())
    return (start, end) if start < end else None
