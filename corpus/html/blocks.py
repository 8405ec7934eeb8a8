"""Turns the tree of a page into blocks of text, in reading order.

The text of a block is what a browser shows, character for character:

- Text nodes are joined, and each run of HTML white space becomes one space.
- Soft hyphens are dropped, since a browser shows them only at a line end.
- Nothing is added: no bullets, no numbers, no quotation marks around `<q>`.
- `<br>` is a line end; two of them end the block.
- In a table of data each row is a block, and a tab separates its cells.
- `<pre>` keeps its white space.
"""

import re
from dataclasses import dataclass
from typing import Literal, NamedTuple

from corpus.html.elements import BLOCKS, COMMON, UNSEEN, VERBATIM
from corpus.html.parse import Tree

__all__ = ["Block", "BlockKind", "blocks_of", "fold"]

BlockKind = Literal["paragraph", "heading", "item", "row", "caption", "verbatim"]

LONG_LINE = 100  # characters on average, from which lines between <br>s are paragraphs
LONGEST_CELL = 300  # characters: a table with a longer cell arranges the page

_NO_ASCII_LETTERS = {code: None for code in range(128) if not chr(code).isalnum()}
_NO_LETTERS = re.compile(r"[\W_]+")
_SPACES = re.compile("[ \t\n\r\f]+")
_DOUBLE = re.compile(" {2,}")
_AROUND_LINE_END = re.compile(" ?\v ?")
_HIDDEN = re.compile(r"(?:^|[\s;])(?:display\s*:\s*none|visibility\s*:\s*hidden)", re.IGNORECASE)
# Browsers read &#128; to &#159; as Windows does; soft hyphens and byte order marks are not shown.
_REPLACEMENTS: dict[int, str | None] = {
    **{code: bytes([code]).decode("cp1252", "ignore") for code in range(0x80, 0xA0)},
    0xAD: None,
    0xFEFF: None,
}
_TO_REPLACE = re.compile(f"[{''.join(map(chr, _REPLACEMENTS))}]")
_BREAK = "\v"  # stands for <br>; a page has none, since its control characters are dropped
_KINDS: dict[str, BlockKind] = {
    "h1": "heading", "h2": "heading", "h3": "heading", "h4": "heading", "h5": "heading",
    "h6": "heading", "li": "item", "dt": "item", "dd": "item", "figcaption": "caption",
}  # fmt: skip


class Block(NamedTuple):
    """A block of text as a browser shows it, such as a paragraph, a list item or a table row.

    container  number of the parent element; siblings have the same
    linked     how many characters are links
    tags       the elements around the text, outermost first, each as "name class#id"
    plain      the text without rare inline elements, which extraction libraries drop
    level      1 to 6 for a heading, else 0
    """

    text: str
    kind: BlockKind
    container: int
    linked: int
    tags: tuple[str, ...]
    plain: str
    level: int = 0


def fold(text: str) -> str:
    """Return the letters and digits alone, in lower case: for comparing texts."""
    text = text.casefold()
    return text.translate(_NO_ASCII_LETTERS) if text.isascii() else _NO_LETTERS.sub("", text)


def blocks_of(tree: Tree) -> list[Block]:
    """Return every block of text that a browser shows, in order."""
    return _Walk().run(tree)


@dataclass(slots=True)
class _OpenElement:
    """A block-level element that is open; `tags` as in Block."""

    name: str
    number: int
    tags: tuple[str, ...]
    table: str = ""  # of a table: "data" or "layout" (see `_holds_data`)


class _Walk:
    """One walk over a tree; `parts` and `plain` collect the text of the current block."""

    def __init__(self) -> None:
        self.blocks: list[Block] = []
        self.parts: list[str] = []
        self.plain: list[str] = []
        self.rare = 0  # how many rare inline elements are open
        self.linked = 0  # characters of the current block in links
        self.links = 0  # how many links are open
        self.verbatim = 0  # how many elements such as <pre> are open
        self.row = 0  # number of the open row of data, if any
        self.open: list[_OpenElement] = [_OpenElement("root", 0, ())]
        self.count = 0  # block-level elements so far

    def run(self, tree: Tree) -> list[Block]:
        from lxml import etree  # lazy, as in corpus.html.parse

        unseen = False  # whether the last element that started is not shown; it is skipped whole
        walk = etree.iterwalk(tree, events=("start", "end", "comment"))
        for event, element in walk:
            if event == "start":
                unseen = _is_unseen(element)
                if unseen:
                    walk.skip_subtree()
                else:
                    self._start(element)
                continue
            if event == "end":
                if not unseen:
                    self._end(element)
                unseen = False
            if text := element.tail:
                self._text(text)
        self._flush()
        return self.blocks

    def _start(self, element: Tree) -> None:
        name = element.tag
        if name == "br":
            self.parts.append(_BREAK)
        elif name in BLOCKS:
            self._open_block(element, name)
        elif name not in COMMON:
            self.rare += 1
        elif name == "a":
            self.links += 1
        if text := element.text:
            self._text(text)

    def _open_block(self, element: Tree, name: str) -> None:
        data = self.row
        if data and name in {"td", "th"}:
            self.parts.append("\t" if any(part.strip() for part in self.parts) else "")
        elif data:
            self.parts.append(" ")
        else:
            self._flush()
        self.count += 1
        tag = f"{name} {element.get('class') or ''}#{element.get('id') or ''}"
        self.open.append(_OpenElement(name, self.count, (*self.open[-1].tags, tag)))
        if name == "table":
            self.open[-1].table = "data" if not data and _holds_data(element) else "layout"
        elif name == "tr" and not data and self._table() == "data":
            self.row = self.count
        if name in VERBATIM:
            self.verbatim += 1

    def _end(self, element: Tree) -> None:
        name = element.tag
        if name == "a":
            self.links -= 1
        if name not in BLOCKS:
            self.rare -= name not in COMMON
            return
        if not self.row or self.row == self.open[-1].number:
            self._flush()
            self.row = 0
        else:
            self.parts.append(" ")
        if name in VERBATIM:
            self.verbatim -= 1
        self.open.pop()

    def _table(self) -> str:
        return next((one.table for one in reversed(self.open) if one.table), "")

    def _text(self, text: str) -> None:
        if not text.isascii() and _TO_REPLACE.search(text):
            text = text.translate(_REPLACEMENTS)
        # Most text is one printable line: the check is ten times faster than the replacement.
        if not self.verbatim and ("  " in text or not text.isprintable()):
            text = _SPACES.sub(" ", text)  # also tabs, so that a tab always separates cells
        self.parts.append(text)
        if not self.rare:
            self.plain.append(text)
        if self.links:
            self.linked += len(text.strip())

    def _flush(self) -> None:
        if not self.parts:
            return
        whole, linked = "".join(self.parts), self.linked
        plain = "".join(self.plain) if len(self.plain) < len(self.parts) else whole
        self.parts.clear()
        self.plain.clear()
        self.linked = 0
        if not whole.strip(" \t\n\r\f\v"):
            return
        innermost = self.open[-1]
        kind: BlockKind = "row" if self.row else _KINDS.get(innermost.name, "paragraph")
        # The container of the text of a <p>, an item or a heading is the element around that.
        inside = innermost.name in _KINDS or innermost.name in {"p", "pre", "tr"}
        container = self.open[-2].number if inside and len(self.open) > 1 else innermost.number
        level = int(innermost.name[1]) if kind == "heading" else 0
        texts = [_verbatim(whole)] if self.verbatim else _shown(whole)
        for text in texts:
            share = linked * len(text) // max(1, len(whole))
            shown_as: BlockKind = "verbatim" if self.verbatim else kind
            bare = plain if len(texts) == 1 else text
            self.blocks.append(
                Block(text, shown_as, container, min(share, len(text)), innermost.tags, bare, level)
            )


def _is_unseen(element: Tree) -> bool:
    name = element.tag
    if not isinstance(name, str) or name in UNSEEN:
        return True
    if element.get("hidden") is not None and element.get("hidden") != "until-found":
        return True
    if name == "dialog" and element.get("open") is None:
        return True
    style = element.get("style")
    # Pages often hide the text of a formula and show a picture of it. Only the text can be read.
    return bool(style and _HIDDEN.search(style)) and element.find(".//math") is None


def _holds_data(table: Tree) -> bool:
    """Whether a table shows data, to be read row by row, or only arranges parts of the page."""
    if table.get("role") == "presentation" or table.find(".//table") is not None:
        return False
    cells = 0
    for row in table.iter("tr"):
        here = row.xpath("./td|./th")
        cells = max(cells, len(here))
        for cell in here:
            if len(cell.xpath(".//p|.//div|.//h1|.//h2|.//h3|.//pre|.//form")) > 3:
                return False
            if sum(len(text) for text in cell.itertext()) > LONGEST_CELL:
                return False
    return cells > 1


def _shown(whole: str) -> list[str]:
    """The text between two block-level tags, as blocks."""
    if "\v" not in whole and "\t" not in whole:
        return [(_DOUBLE.sub(" ", whole) if "  " in whole else whole).strip(" ")]
    cells = re.sub(" *\t *", "\t", _DOUBLE.sub(" ", whole))
    text = _AROUND_LINE_END.sub("\n", cells)
    blocks: list[str] = []
    for block in re.split("\n{2,}", text):
        lines = [line for line in (line.strip(" \t") for line in block.split("\n")) if line]
        if len(lines) > 1 and sum(map(len, lines)) >= LONG_LINE * len(lines):
            blocks += lines
        elif lines:
            blocks.append("\n".join(lines))
    return blocks


def _verbatim(whole: str) -> str:
    lines = [
        line.rstrip() for line in whole.replace(_BREAK, "\n").replace("\r\n", "\n").split("\n")
    ]
    while lines and not lines[0].strip():
        lines.pop(0)
    while lines and not lines[-1].strip():
        lines.pop()
    return "\n".join(lines)
