"""Which blocks of a page are the article.

trafilatura decides; its text is only compared, by letters and digits, with the blocks that the walk
found. A block is kept when its letters stand in that text (a short one, such as a heading or a
name, only in its place: right after the block before it or right before the one behind it), or when
most of its runs of words do, since the library drops inline elements. Prose that stands between two
kept blocks of the same parent is kept too.
"""

import logging
import re
from collections.abc import Sequence
from dataclasses import dataclass

from corpus.pages.parse import Tree
from corpus.pages.walk import Block, fold

__all__ = ["chosen"]

SURE = 24  # letters and digits; the same run of so many elsewhere on a page is the same text
RUN = 4  # words
ENOUGH_RUNS = 0.5
PROSE = 40  # letters and digits: a shorter block between two kept ones may be a button
FEW_LINKS = 0.3  # share of a block's characters that are links, at most, to count as prose
LEAST = 40  # letters and digits: with less than this chosen, the page's own main part is read

_WORD = re.compile(r"\w+")


@dataclass(slots=True)
class _Judged:
    block: Block
    key: str
    kept: bool = False


def chosen(tree: Tree, blocks: Sequence[Block]) -> list[bool]:
    """Say for every block whether it belongs to the article."""
    lines = _extracted(tree)
    judged = [_Judged(block, fold(block.text)) for block in blocks]
    whole = "".join(fold(line) for line in lines)
    _keep_found(judged, whole, _runs(" \n ".join(lines)))
    _keep_in_place(judged, whole)
    _drop_repeated(judged, whole)
    _fill_gaps(judged)
    if sum(len(one.key) for one in judged if one.kept) < LEAST:
        _keep_main(judged)
    return [one.kept for one in judged]


def _extracted(tree: Tree) -> list[str]:
    """What trafilatura takes for the article, one string for each of its blocks."""
    from trafilatura.core import bare_extraction  # lazy: 200 ms

    logging.getLogger("trafilatura").setLevel(logging.CRITICAL)
    try:
        found = bare_extraction(tree, include_comments=False, include_tables=True)
    except Exception:  # noqa: BLE001 - whatever fails in there, the page's main part is still read
        return []
    if found is None or found.body is None:
        return []
    return ["".join(element.itertext()) for element in found.body]


def _runs(text: str) -> set[tuple[str, ...]]:
    words = [word.casefold() for word in _WORD.findall(text)]
    return {tuple(words[start : start + RUN]) for start in range(len(words) - RUN + 1)}


def _keep_found(judged: list[_Judged], whole: str, runs: set[tuple[str, ...]]) -> None:
    for one in judged:
        if len(one.key) < SURE:
            continue
        if one.key in whole:
            one.kept = True
        else:
            own = _runs(one.block.text)
            one.kept = bool(own) and len(own & runs) >= ENOUGH_RUNS * len(own)


def _keep_in_place(judged: list[_Judged], whole: str) -> None:
    """Keep short blocks that stand, in the extracted text too, beside a kept one."""
    for order, step in ((judged, 1), (judged[::-1], -1)):
        beside = ""
        for one in order:
            if one.kept:
                beside = one.key[-SURE:] if step > 0 else one.key[:SURE]
            elif one.key and beside and len(one.key) < SURE:
                joined = beside + one.key if step > 0 else one.key + beside
                if joined in whole:
                    one.kept = True
                    beside = joined[-SURE:] if step > 0 else joined[:SURE]


def _drop_repeated(judged: list[_Judged], whole: str) -> None:
    """Of blocks that say the same, keep as many as were extracted: those in best company."""
    places: dict[str, list[int]] = {}
    for position, one in enumerate(judged):
        if one.kept and len(one.key) >= SURE:
            places.setdefault(one.key, []).append(position)
    for key, positions in places.items():
        extra = len(positions) - max(1, whole.count(key))
        if extra > 0:
            for position in sorted(positions, key=lambda at: _company(judged, at))[:extra]:
                judged[position].kept = False


def _company(judged: list[_Judged], position: int) -> int:
    around = judged[max(0, position - 3) : position] + judged[position + 1 : position + 4]
    return sum(min(len(one.key), 200) for one in around if one.kept)


def _fill_gaps(judged: list[_Judged]) -> None:
    last: dict[int, int] = {}  # by container: the last kept block in it
    for position, one in enumerate(judged):
        if not one.kept:
            continue
        before = last.get(one.block.container)
        last[one.block.container] = position
        if before is None:
            continue
        for between in judged[before + 1 : position]:
            if between.block.container == one.block.container and _is_prose(between):
                between.kept = True


def _is_prose(one: _Judged) -> bool:
    few = one.block.linked <= FEW_LINKS * len(one.block.text)
    return len(one.key) >= PROSE and few


_ASIDE = re.compile(r"^(?:nav|footer|aside|form|menu|dialog) ")
_MAIN = re.compile(r"^(?:main|article) ")


def _keep_main(judged: list[_Judged]) -> None:
    """Take the main part of a page that is too short for the library: all that is no navigation."""
    inside = [one for one in judged if any(_MAIN.match(tag) for tag in one.block.tags)]
    for one in inside or judged:
        linked = one.block.linked > FEW_LINKS * len(one.block.text)
        one.kept = not linked and not any(_ASIDE.match(tag) for tag in one.block.tags)
