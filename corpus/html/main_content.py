"""Which blocks of a page are the article.

trafilatura decides; its text is only compared, by letters and digits, with the blocks that the walk
found. A block is kept when its letters stand in that text (a short one, such as a heading or a
name, only in its place: right after the block before it or right before the one behind it), or when
most of its runs of words do, since the library drops inline elements. Prose that stands between two
kept blocks of the same parent is kept too.
"""

import logging
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import TYPE_CHECKING

from corpus.html.blocks import Block, fold
from corpus.html.parse import Tree
from corpus.structure.boilerplate import is_boilerplate

if TYPE_CHECKING:
    from trafilatura.settings import Extractor

__all__ = ["chosen", "prepare"]

SURE = 24  # letters (an ideograph counts for two): the same run of so many is the same text
RUN = 4  # words
ENOUGH_RUNS = 0.8
PROSE = 40  # letters: a shorter block between two kept ones may be a button
PLAIN = 0.6  # of a page's letters: with so much prose its article is easily told
LONG = 500  # letters of an article that is not looked for anywhere else
FEW_LINKS = 0.3  # share of a block's characters that are links, at most, to count as prose
MOST_BESIDE = 0.3  # of an article's letters; more of it is the article, whatever its class says
LEAST = 40  # letters: with less than this chosen, the page's own main part is read

_WORD = re.compile(r"\w+")
_WIDE = re.compile("[\u2e80-\U0010ffff]")
_CAPTION = re.compile(r"caption|credit|byline|related|newsletter|promo|share|comment|advert", re.I)
_ASIDE = re.compile(r"(?:nav|footer|aside|form|menu|dialog) ")
_AROUND = re.compile(r"(?:nav|footer|menu|dialog) ")
_BESIDE = re.compile(
    r"(?:[\s_-]|^\w+ )(?:related|promo|newsletter|latest|recommend\w*|recirc\w*|share\w*|sharing|"
    r"social|popular|trending|sidebar|breadcrumbs?|cookies?|consent|advert\w*|sponsor\w*|sign-?up|"
    r"subscri\w*|paywall|most-read|read-more|outbrain|taboola|estimated-read-time)(?=[\s_-]|$)|"
    r"^aside ",
    re.IGNORECASE,
)
_SPOKEN = frozenset({"paragraph", "heading", "row", "caption"})  # what a button or a notice may be
_ARTICLE = re.compile(r"article ")
_BARE = re.compile(
    r"(?:p|h[1-6]|blockquote|ul|ol|li|div|section) #|"
    r"(?:div|section) (?:[\w-]+[-_])?(?:content|body|text|prose)#.*"
)
_MAIN = re.compile(r"(?:main|article) ")


@dataclass(slots=True)
class _Judged:
    block: Block
    key: str
    size: int
    kept: bool = False


def _judge(block: Block) -> _Judged:
    key = fold(block.text)
    return _Judged(block, key, _size(key))


def _size(text: str) -> int:
    return len(text) if text.isascii() else len(text) + len(_WIDE.findall(text))


def chosen(tree: Tree, blocks: Sequence[Block]) -> list[bool]:
    """Say for every block whether it belongs to the article."""
    judged = [_judge(block) for block in blocks]
    marked = _marked(tree, judged)
    if marked:
        for one in marked:
            one.kept = bool(one.key)
        _drop_boilerplate(judged)
        return [one.kept for one in judged]
    lines = _extracted(tree, judged)
    whole = "".join(fold(line) for line in lines)
    _keep_found(judged, whole, lines)
    _keep_together(judged, whole)
    _keep_in_place(judged, whole)
    _drop_repeated(judged, whole)
    _fill_gaps(judged)
    _drop_boilerplate(judged)
    if sum(len(one.key) for one in judged if one.kept) < LEAST:
        _keep_main(judged)
    return [one.kept for one in judged]


def _marked(tree: Tree, judged: Sequence[_Judged]) -> list[_Judged]:
    """What the page's only <article> holds, where that leaves nothing to decide; else nothing.

    It is prose under headings, bare of links and of classes other than of a box for the text, and
    most of what the page shows.
    """
    inside = [one for one in judged if _in_bare_article(one.block.tags)]
    size = sum(one.size for one in inside if _is_prose(one))
    if size <= max(LONG, PLAIN * sum(one.size for one in judged)):
        return []
    plain = all(one.block.kind == "heading" or _is_prose(one) for one in inside)
    whole = len(inside) == sum(any(map(_ARTICLE.match, one.block.tags)) for one in judged)
    return inside if plain and whole and len(list(tree.iter("article"))) == 1 else []


@lru_cache(maxsize=1024)
def _in_bare_article(tags: tuple[str, ...]) -> bool:
    start = next((at for at, tag in enumerate(tags) if _ARTICLE.match(tag)), len(tags))
    return start < len(tags) and all(map(_BARE.fullmatch, tags[start + 1 :]))


def _extracted(tree: Tree, judged: Sequence[_Judged]) -> list[str]:
    """What trafilatura takes for the article, one string for each of its blocks.

    It compares its choice with two other methods' in the end. Where it has most of a page that is
    mostly prose, neither could overrule it, so they are not asked: that saves a third.
    """
    shown = sum(one.size for one in judged)
    prose = sum(one.size for one in judged if _is_prose(one))
    if prose > PLAIN * shown:
        body = _body(tree, fast=True)
        if body is not None and _is_sure(body, shown):
            return ["".join(element.itertext()) for element in body]
    body = _body(tree, fast=False)
    return ["".join(element.itertext()) for element in body] if body is not None else []


def prepare() -> None:
    """Load the library that chooses: 200 ms."""
    _options(fast=True)
    _unclean()


def _body(tree: Tree, *, fast: bool) -> Tree | None:
    from trafilatura.core import bare_extraction

    try:
        found = bare_extraction(tree, options=_options(fast=fast))
    except MemoryError:
        raise  # half of what it chose would be taken for all of it
    except Exception:  # noqa: BLE001 - whatever fails in there, the page's main part is still read
        return None
    return None if found is None or isinstance(found, dict) else found.body


@cache
def _options(*, fast: bool) -> "Extractor":
    """Made once: each would read a configuration. The format is one that is not written out."""
    from trafilatura.settings import Extractor

    logging.getLogger("trafilatura").setLevel(logging.CRITICAL)
    return Extractor(output_format="txt", comments=False, fast=fast)


def _is_sure(body: Tree, shown: int) -> bool:
    """Whether another method, asked too, could not have been preferred to this choice."""
    size = _size("".join(body.itertext()))
    tags = Counter(element.tag for element in body.iter())
    few_tables = tags["p"] > tags["table"]
    return size > max(LONG, shown / 2) and few_tables and tags.keys().isdisjoint(_unclean())


@cache
def _unclean() -> frozenset[str]:
    """Elements in a choice that make the library ask another method."""
    from trafilatura.external import SANITIZED_XPATH

    return frozenset(path.removeprefix(".//") for path in SANITIZED_XPATH.split("|"))


def _runs(text: str) -> set[tuple[str, ...]]:
    words = [word.casefold() for word in _WORD.findall(text)]
    return {tuple(words[start : start + RUN]) for start in range(len(words) - RUN + 1)}


def _keep_found(judged: list[_Judged], whole: str, lines: list[str]) -> None:
    runs: set[tuple[str, ...]] | None = None
    for one in judged:
        if one.size < SURE:
            continue
        if one.key in whole or _is_found_plain(one, whole):
            one.kept = True
        elif one.block.linked * 2 < len(one.block.text):  # a list of links is found, or isn't
            own = _runs(one.block.text)
            runs = _runs(" \n ".join(lines)) if runs is None else runs
            one.kept = bool(own) and len(own & runs) >= ENOUGH_RUNS * len(own)


def _is_found_plain(one: _Judged, whole: str) -> bool:
    if len(one.block.plain) >= len(one.block.text):
        return False  # nothing rare in it
    plain = fold(one.block.plain)
    return len(plain) * 2 > len(one.key) and plain in whole


def _keep_together(judged: list[_Judged], whole: str) -> None:
    """Keep short blocks that, with the short ones behind them, are found in one piece."""
    for start in range(len(judged)):
        joined, size, end = "", 0, start
        while end < len(judged) and size < SURE and judged[end].size < SURE:
            joined += judged[end].key
            size += judged[end].size
            end += 1
        if size >= SURE and joined in whole:
            for one in judged[start:end]:
                one.kept = bool(one.key)


def _keep_in_place(judged: list[_Judged], whole: str) -> None:
    """Keep short blocks that stand, in the extracted text too, beside a kept one."""
    for order, step in ((judged, 1), (judged[::-1], -1)):
        beside = ""
        for one in order:
            if one.kept:
                beside = one.key[-SURE:] if step > 0 else one.key[:SURE]
            elif one.key and beside and one.size < SURE:
                joined = beside + one.key if step > 0 else one.key + beside
                if joined in whole:
                    one.kept = True
                    beside = joined[-SURE:] if step > 0 else joined[:SURE]


def _drop_repeated(judged: list[_Judged], whole: str) -> None:
    """Of blocks that say the same, keep as many as were extracted: those in best company."""
    places: dict[str, list[int]] = {}
    for position, one in enumerate(judged):
        if one.kept and one.size >= SURE:
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
    """Keep prose between two kept blocks that have the same parent, or the same kind of parents."""
    last: dict[object, int] = {}
    for position, one in enumerate(judged):
        if not one.kept:
            continue
        for place in (one.block.container, _looks(one.block.tags)):
            before = last.get(place, position)
            last[place] = position
            for between in judged[before + 1 : position]:
                same = place in (between.block.container, _looks(between.block.tags))
                between.kept = between.kept or (same and _is_prose(between))


# Blocks that stand side by side share their tags.
@lru_cache(maxsize=1024)
def _looks(tags: tuple[str, ...]) -> tuple[str, ...]:
    """The innermost elements by name and class: what a style sheet sees."""
    return tuple(tag.split("#")[0] for tag in tags[-3:])


def _is_prose(one: _Judged) -> bool:
    few = one.block.linked <= FEW_LINKS * len(one.block.text)
    plain = one.block.kind in {"paragraph", "item", "verbatim", "row"}
    return plain and few and one.size >= PROSE and not _is_caption(one.block.tags)


@lru_cache(maxsize=1024)
def _is_caption(tags: tuple[str, ...]) -> bool:
    return any(map(_CAPTION.search, tags[-2:]))


def _drop_boilerplate(judged: list[_Judged]) -> None:
    """Drop buttons and notices by what they say, and what stands in a box of other stories."""
    total = sum(one.size for one in judged if one.kept)
    beside = [one for one in judged if one.kept and _is_beside(one.block.tags)]
    if sum(one.size for one in beside) <= MOST_BESIDE * total:
        for one in beside:
            one.kept = False
    for one in judged:
        if (
            one.kept
            and one.block.kind not in {"verbatim", "item"}
            and is_boilerplate(one.block.text)
        ):
            one.kept = False
    for one in reversed(judged):  # a heading with nothing under it is of what was left out
        if one.kept:
            if one.block.kind != "heading":
                break
            one.kept = False


@lru_cache(maxsize=1024)
def _is_beside(tags: tuple[str, ...]) -> bool:
    around = any(map(_AROUND.match, tags))
    return around or any(map(_BESIDE.search, _looks(tags)))


def _keep_main(judged: list[_Judged]) -> None:
    """Take the main part of a page that is too short for the library: all that is no navigation."""
    inside = [one for one in judged if any(_MAIN.match(tag) for tag in one.block.tags)]
    for one in inside or judged:
        linked = one.block.linked > FEW_LINKS * len(one.block.text)
        one.kept = not linked and not any(_ASIDE.match(tag) for tag in one.block.tags)
