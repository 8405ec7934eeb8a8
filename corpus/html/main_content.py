"""Selects the blocks of a page that are the article.

trafilatura extracts the article's text. Here that text only decides which of the page's own blocks
are kept: the letters and digits of both are compared. A block is kept when

- its letters are in the extracted text; those of a short block (a heading, a name) must be directly
  after the letters of the block before it, or directly before those of the next one;
- or most of its runs of words are in it, since trafilatura drops some inline elements;
- or it is prose between two kept blocks that have the same parent.
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

__all__ = ["prepare", "select_main_content"]

DISTINCTIVE = 24  # letters (an ideograph counts for two): a text has so long a run only once
RUN = 4  # words
ENOUGH_RUNS = 0.8  # share of a block's runs of words
PROSE = 40  # letters: a shorter block between two kept ones may be a button
PLAIN = 0.6  # share of prose in a page's letters, from which one method finds the article
LONG = 500  # letters of an article, from which no second method is needed
FEW_LINKS = 0.3  # share of characters in links that a block of prose has at most
MOST_SIDEBAR = 0.3  # share of an article's letters; a larger "sidebar" is the article itself
SHORTEST_ARTICLE = 40  # letters; when less is found, the main part of the page is kept instead

_WORD = re.compile(r"\w+")
_WIDE = re.compile("[\u2e80-\U0010ffff]")
_CAPTION = re.compile(r"caption|credit|byline|related|newsletter|promo|share|comment|advert", re.I)
_NO_PROSE = re.compile(r"(?:nav|footer|aside|form|menu|dialog) ")
_NAVIGATION = re.compile(r"(?:nav|footer|menu|dialog) ")
_SIDEBAR = re.compile(
    r"(?:[\s_-]|^\w+ )(?:related|promo|newsletter|latest|recommend\w*|recirc\w*|share\w*|sharing|"
    r"social|popular|trending|sidebar|breadcrumbs?|cookies?|consent|advert\w*|sponsor\w*|sign-?up|"
    r"subscri\w*|paywall|most-read|read-more|outbrain|taboola|estimated-read-time)(?=[\s_-]|$)|"
    r"^aside ",
    re.IGNORECASE,
)
_ARTICLE = re.compile(r"article ")
_BARE = re.compile(
    r"(?:p|h[1-6]|blockquote|ul|ol|li|div|section) #|"
    r"(?:div|section) (?:[\w-]+[-_])?(?:content|body|text|prose)#.*"
)
_MAIN = re.compile(r"(?:main|article) ")


@dataclass(slots=True)
class _Candidate:
    """A block of the page, and whether it is kept."""

    block: Block
    key: str  # its letters and digits, in lower case
    size: int  # letters of the key; an ideograph counts for two
    kept: bool = False


def _candidate(block: Block) -> _Candidate:
    key = fold(block.text)
    return _Candidate(block, key, _size(key))


def _size(text: str) -> int:
    return len(text) if text.isascii() else len(text) + len(_WIDE.findall(text))


def select_main_content(tree: Tree, blocks: Sequence[Block]) -> list[bool]:
    """Return for each block whether it belongs to the article."""
    candidates = [_candidate(block) for block in blocks]
    marked = _marked(tree, candidates)
    if marked:
        for one in marked:
            one.kept = bool(one.key)
        _drop_boilerplate(candidates)
        return [one.kept for one in candidates]
    lines = _extracted(tree, candidates)
    whole = "".join(fold(line) for line in lines)
    _keep_found(candidates, whole, lines)
    _keep_together(candidates, whole)
    _keep_in_place(candidates, whole)
    _drop_repeated(candidates, whole)
    _fill_gaps(candidates)
    _drop_boilerplate(candidates)
    if sum(len(one.key) for one in candidates if one.kept) < SHORTEST_ARTICLE:
        _keep_main_part(candidates)
    return [one.kept for one in candidates]


def _marked(tree: Tree, candidates: Sequence[_Candidate]) -> list[_Candidate]:
    """The blocks of the page's only <article>, if they are certainly the whole article; else none.

    That is certain when they are most of what the page shows, and only headings and prose with few
    links, in elements without a class (or with a class that names a box for text).
    """
    inside = [one for one in candidates if _in_bare_article(one.block.tags)]
    size = sum(one.size for one in inside if _is_prose(one))
    if size <= max(LONG, PLAIN * sum(one.size for one in candidates)):
        return []
    plain = all(one.block.kind == "heading" or _is_prose(one) for one in inside)
    whole = len(inside) == sum(any(map(_ARTICLE.match, one.block.tags)) for one in candidates)
    return inside if plain and whole and len(list(tree.iter("article"))) == 1 else []


@lru_cache(maxsize=1024)
def _in_bare_article(tags: tuple[str, ...]) -> bool:
    start = next((at for at, tag in enumerate(tags) if _ARTICLE.match(tag)), len(tags))
    return start < len(tags) and all(map(_BARE.fullmatch, tags[start + 1 :]))


def _extracted(tree: Tree, candidates: Sequence[_Candidate]) -> list[str]:
    """The article's text as trafilatura extracts it, one string for each of its blocks.

    trafilatura compares its result with those of two other methods. Neither of these can win when
    the page is mostly prose and the result has most of it. They are left out then, which saves a
    third of the time.
    """
    shown = sum(one.size for one in candidates)
    prose = sum(one.size for one in candidates if _is_prose(one))
    if prose > PLAIN * shown:
        body = _body(tree, fast=True)
        if body is not None and _is_sure(body, shown):
            return ["".join(element.itertext()) for element in body]
    body = _body(tree, fast=False)
    return ["".join(element.itertext()) for element in body] if body is not None else []


def prepare() -> None:
    """Load trafilatura, which takes 200 ms."""
    _options(fast=True)
    _unclean()


def _body(tree: Tree, *, fast: bool) -> Tree | None:
    from trafilatura.core import bare_extraction  # lazy: it takes 200 ms (see `prepare`)

    try:
        found = bare_extraction(tree, options=_options(fast=fast))
    except MemoryError:
        raise  # the result so far may be half of the article
    except Exception:  # noqa: BLE001 - trafilatura raises anything; `_keep_main_part` is used then
        return None
    return None if found is None or isinstance(found, dict) else found.body


@cache
def _options(*, fast: bool) -> "Extractor":
    """The options of trafilatura; making them reads a configuration file.

    The output format doesn't matter: only the tree is used.
    """
    from trafilatura.settings import Extractor

    logging.getLogger("trafilatura").setLevel(logging.CRITICAL)
    return Extractor(output_format="txt", comments=False, fast=fast)


def _is_sure(body: Tree, shown: int) -> bool:
    """Whether trafilatura would prefer this result to those of its other methods."""
    size = _size("".join(body.itertext()))
    tags = Counter(element.tag for element in body.iter())
    few_tables = tags["p"] > tags["table"]
    return size > max(LONG, shown / 2) and few_tables and tags.keys().isdisjoint(_unclean())


@cache
def _unclean() -> frozenset[str]:
    """Elements that make trafilatura try another method when they are in its result."""
    from trafilatura.external import SANITIZED_XPATH

    return frozenset(path.removeprefix(".//") for path in SANITIZED_XPATH.split("|"))


def _runs(text: str) -> set[tuple[str, ...]]:
    words = [word.casefold() for word in _WORD.findall(text)]
    return {tuple(words[start : start + RUN]) for start in range(len(words) - RUN + 1)}


def _keep_found(candidates: list[_Candidate], whole: str, lines: list[str]) -> None:
    runs: set[tuple[str, ...]] | None = None
    for one in candidates:
        if one.size < DISTINCTIVE:
            continue
        if one.key in whole or _is_found_plain(one, whole):
            one.kept = True
        elif one.block.linked * 2 < len(one.block.text):  # runs of words in links prove nothing
            own = _runs(one.block.text)
            runs = _runs(" \n ".join(lines)) if runs is None else runs
            one.kept = bool(own) and len(own & runs) >= ENOUGH_RUNS * len(own)


def _is_found_plain(one: _Candidate, whole: str) -> bool:
    if len(one.block.plain) >= len(one.block.text):
        return False  # there are no rare inline elements in it
    plain = fold(one.block.plain)
    return len(plain) * 2 > len(one.key) and plain in whole


def _keep_together(candidates: list[_Candidate], whole: str) -> None:
    """Keep runs of short blocks whose joined letters are in the extracted text."""
    for start in range(len(candidates)):
        joined, size, end = "", 0, start
        while end < len(candidates) and size < DISTINCTIVE and candidates[end].size < DISTINCTIVE:
            joined += candidates[end].key
            size += candidates[end].size
            end += 1
        if size >= DISTINCTIVE and joined in whole:
            for one in candidates[start:end]:
                one.kept = bool(one.key)


def _keep_in_place(candidates: list[_Candidate], whole: str) -> None:
    """Keep short blocks that are beside a kept block in the extracted text, too."""
    for order, step in ((candidates, 1), (candidates[::-1], -1)):
        beside = ""
        for one in order:
            if one.kept:
                beside = one.key[-DISTINCTIVE:] if step > 0 else one.key[:DISTINCTIVE]
            elif one.key and beside and one.size < DISTINCTIVE:
                joined = beside + one.key if step > 0 else one.key + beside
                if joined in whole:
                    one.kept = True
                    beside = joined[-DISTINCTIVE:] if step > 0 else joined[:DISTINCTIVE]


def _drop_repeated(candidates: list[_Candidate], whole: str) -> None:
    """Of blocks with the same text, keep as many as were extracted.

    The copies with the most kept text around them stay: a teaser may repeat a paragraph, but only
    the copy inside the article has the article around it.
    """
    places: dict[str, list[int]] = {}
    for position, one in enumerate(candidates):
        if one.kept and one.size >= DISTINCTIVE:
            places.setdefault(one.key, []).append(position)
    for key, positions in places.items():
        extra = len(positions) - max(1, whole.count(key))
        if extra > 0:
            for position in sorted(positions, key=lambda at: _kept_neighbours(candidates, at))[
                :extra
            ]:
                candidates[position].kept = False


def _kept_neighbours(candidates: list[_Candidate], position: int) -> int:
    """How many letters are kept in the three blocks before and after, at most 200 of each block."""
    around = candidates[max(0, position - 3) : position] + candidates[position + 1 : position + 4]
    return sum(min(len(one.key), 200) for one in around if one.kept)


def _fill_gaps(candidates: list[_Candidate]) -> None:
    """Keep prose between two kept blocks of the same parent, or of parents with the same style."""
    last: dict[object, int] = {}
    for position, one in enumerate(candidates):
        if not one.kept:
            continue
        for place in (one.block.container, _styles(one.block.tags)):
            before = last.get(place, position)
            last[place] = position
            for between in candidates[before + 1 : position]:
                same = place in (between.block.container, _styles(between.block.tags))
                between.kept = between.kept or (same and _is_prose(between))


@lru_cache(maxsize=1024)  # blocks side by side have the same tags
def _styles(tags: tuple[str, ...]) -> tuple[str, ...]:
    """Names and classes of the three innermost elements, without their ids."""
    return tuple(tag.split("#")[0] for tag in tags[-3:])


def _is_prose(one: _Candidate) -> bool:
    few = one.block.linked <= FEW_LINKS * len(one.block.text)
    plain = one.block.kind in {"paragraph", "item", "verbatim", "row"}
    return plain and few and one.size >= PROSE and not _is_caption(one.block.tags)


@lru_cache(maxsize=1024)
def _is_caption(tags: tuple[str, ...]) -> bool:
    return any(map(_CAPTION.search, tags[-2:]))


def _drop_boilerplate(candidates: list[_Candidate]) -> None:
    """Drop sidebars (by their classes), buttons (by their words), and headings at the end."""
    total = sum(one.size for one in candidates if one.kept)
    sidebar = [one for one in candidates if one.kept and _in_sidebar(one.block.tags)]
    if sum(one.size for one in sidebar) <= MOST_SIDEBAR * total:
        for one in sidebar:
            one.kept = False
    for one in candidates:
        if (
            one.kept
            and one.block.kind not in {"verbatim", "item"}
            and is_boilerplate(one.block.text)
        ):
            one.kept = False
    for one in reversed(candidates):  # a heading at the end belongs to something left out
        if one.kept:
            if one.block.kind != "heading":
                break
            one.kept = False


@lru_cache(maxsize=1024)
def _in_sidebar(tags: tuple[str, ...]) -> bool:
    navigation = any(map(_NAVIGATION.match, tags))
    return navigation or any(map(_SIDEBAR.search, _styles(tags)))


def _keep_main_part(candidates: list[_Candidate]) -> None:
    """Keep the main part of a page that is too short for trafilatura: all but navigation."""
    inside = [one for one in candidates if any(_MAIN.match(tag) for tag in one.block.tags)]
    for one in inside or candidates:
        linked = one.block.linked > FEW_LINKS * len(one.block.text)
        one.kept = not linked and not any(_NO_PROSE.match(tag) for tag in one.block.tags)
