"""The tree of a page to blocks of text, in reading order.

The text of a block is what a browser shows, character for character: text nodes joined, each run of
HTML white space one space, soft hyphens (unseen unless a line breaks there) gone. Nothing is added:
no bullets, no numbers, no marks around `<q>`. `<br>` is a line end, two of them end a block; the
cells of a row of data are separated by a tab, the rows are blocks; `<pre>` keeps its white space.
"""

import re
from dataclasses import dataclass
from typing import Literal, NamedTuple

from corpus.html.elements import BLOCKS, COMMON, UNSEEN, VERBATIM
from corpus.html.parse import Tree

__all__ = ["Block", "BlockKind", "blocks_of", "fold"]

BlockKind = Literal["paragraph", "heading", "item", "row", "caption", "verbatim"]

LONG_LINE = 100  # characters: lines between <br>s that are longer on average are paragraphs
LONGEST_CELL = 300  # characters: a table with a longer cell is there for the layout

_NO_ASCII_LETTERS = {code: None for code in range(128) if not chr(code).isalnum()}
_NO_LETTERS = re.compile(r"[\W_]+")
_SPACES = re.compile("[ \t\n\r\f]+")
_DOUBLE = re.compile(" {2,}")
_AROUND_LINE_END = re.compile(" ?\v ?")
_HIDDEN = re.compile(r"(?:^|[\s;])(?:display\s*:\s*none|visibility\s*:\s*hidden)", re.IGNORECASE)
# Browsers read &#128; to &#159; as Windows does; soft hyphens and byte order marks are not shown.
_MEANT: dict[int, str | None] = {
    **{code: bytes([code]).decode("cp1252", "ignore") for code in range(0x80, 0xA0)},
    0xAD: None,
    0xFEFF: None,
}
_CHANGED = re.compile(f"[{''.join(map(chr, _MEANT))}]")
_BREAK = "\v"  # a <br>: cannot come from the page, whose control characters are dropped
_KINDS: dict[str, BlockKind] = {
    "h1": "heading", "h2": "heading", "h3": "heading", "h4": "heading", "h5": "heading",
    "h6": "heading", "li": "item", "dt": "item", "dd": "item", "figcaption": "caption",
}  # fmt: skip


class Block(NamedTuple):
    """A block of text as a browser shows it, such as a paragraph, a list item or a table row.

    `container` is a number of the parent element: siblings have the same. `linked` counts the
    characters that are links. `tags` are the elements around the text, outermost first, each as
    "name class#id". `plain` is the text without that of rare inline elements, which extraction
    libraries drop. `level` is 1 to 6 for a heading, else 0.
    """

    text: str
    kind: BlockKind
    container: int
    linked: int
    tags: tuple[str, ...]
    plain: str
    level: int = 0


def fold(text: str) -> str:
    """Letters and digits alone, in lower case: what stays equal when spaces and marks differ."""
    text = text.casefold()
    return text.translate(_NO_ASCII_LETTERS) if text.isascii() else _NO_LETTERS.sub("", text)


def blocks_of(tree: Tree) -> list[Block]:
    """Every block of text that is shown, in order."""
    return _Walk().run(tree)


@dataclass(slots=True)
class _Open:
    """A block-level element that is open; `tags` as in Block."""

    name: str
    number: int
    tags: tuple[str, ...]
    table: str = ""  # "data" inside a row of data


class _Walk:
    """One walk over a tree; `parts` and `plain` collect the text of the block that is open."""

    def __init__(self) -> None:
        self.blocks: list[Block] = []
        self.parts: list[str] = []
        self.plain: list[str] = []
        self.rare = 0  # rare inline elements that are open
        self.linked = 0
        self.links = 0
        self.verbatim = 0
        self.row = 0
        self.open: list[_Open] = [_Open("root", 0, ())]
        self.count = 0

    def run(self, tree: Tree) -> list[Block]:
        from lxml import etree  # lazy, as in corpus.html.parse

        unseen = False  # the element that has just begun; none begins in it
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
        self.open.append(_Open(name, self.count, (*self.open[-1].tags, tag)))
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
        if not text.isascii() and _CHANGED.search(text):
            text = text.translate(_MEANT)
        # Most text is one printable line: to check that is ten times faster than to replace.
        if not self.verbatim and ("  " in text or not text.isprintable()):
            # A tab stays what separates cells.
            text = _SPACES.sub(" ", text)
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
        # What a <p>, an item or a heading holds belongs to the element around it.
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
    # A formula is often hidden behind its own picture; the picture we cannot read.
    return bool(style and _HIDDEN.search(style)) and element.find(".//math") is None


def _holds_data(table: Tree) -> bool:
    """Whether a table shows data (rows are read across) or arranges parts of the page."""
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
    """The blocks of the text between two block-level tags."""
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
