"""Markdown files (CommonMark with tables).

The first heading is the title, unless the front matter states another. Later headings, list items,
table rows and code blocks are paragraphs. Emphasis, links and images are replaced by their text.
"""

import html
import re
from collections.abc import Iterator
from datetime import date
from itertools import pairwise
from typing import TYPE_CHECKING

from corpus.article import Article
from corpus.reader_output import NO_HINTS, Hints
from corpus.readers.front_matter import cut_front_matter
from corpus.structure.article_head import split_head
from corpus.structure.draft import Draft, to_article
from corpus.text.dates import parse_date, parse_iso_date
from corpus.text.decoding import decode
from corpus.text.paragraphs import join_wrapped, normalise

if TYPE_CHECKING:
    from markdown_it.token import Token

__all__ = ["accepts", "read"]

SOFT = "\u2028"  # stands for a soft line end; `normalise` leaves no such character in the text

_BREAK = re.compile(r"<br\s*/?>", re.IGNORECASE)
_TAG = re.compile(r"<!--.*?(?:-->|\Z)|</?[a-zA-Z][^<>]*>|<[!?][^<>]*>", re.DOTALL)
_UNSEEN = re.compile(r"<(script|style)\b.*?(?:</\1\s*>|\Z)", re.DOTALL | re.IGNORECASE)
_CODE = re.compile(r"[a-z]{2}(?![a-z])", re.IGNORECASE)


def accepts(head: bytes, named: bool) -> bool:
    """Whether the file has the suffix; the content does not distinguish Markdown from text."""
    return named


def read(data: bytes, source: str, hints: Hints = NO_HINTS) -> Iterator[Article]:
    """Read one article; raises UnreadableSource when there is no text in the file."""
    known, text = cut_front_matter(normalise(decode(data, source, hints.encoding)).lstrip("\n"))
    heading, blocks = _blocks(text)
    title = known.get("title") or heading
    if heading and heading.casefold() == title.casefold():
        del blocks[[_unwrap(block) for block in blocks].index(heading)]
    head, blocks = split_head(blocks, title or "\0")
    draft = Draft(
        [text for text in (_unwrap(block) for block in blocks) if text],
        title=head.title.strip("\0"),
        id=known.get("id") or None,
        url=_url(known),
        author=known.get("author") or known.get("authors") or head.author,
        published=_date(known, "published", "date", "pubdate") or head.published,
        updated=_date(known, "updated", "lastmod", "modified", "last_modified") or head.updated,
        language=_language(known),
    )
    yield to_article(draft, source)


def _blocks(text: str) -> tuple[str, list[str]]:
    """The first heading, and all blocks of text, with SOFT for soft line ends."""
    from markdown_it import MarkdownIt  # lazy: 36 ms

    title = ""
    blocks: list[str] = []
    row: list[str] = []
    parent = ""
    number = ""
    tokens = MarkdownIt("commonmark").enable("table").parse(text)
    stray = _stray_numbers(tokens)
    for position, token in enumerate(tokens):
        if token.type in {"heading_open", "paragraph_open", "th_open", "td_open"}:
            parent = token.type
        elif token.type == "inline" and parent == "heading_open":
            blocks.append(_inline(token.children or []))
            title = title or _unwrap(blocks[-1])
        elif token.type == "inline" and parent in {"th_open", "td_open"}:
            row.append(_unwrap(_inline(token.children or [])))
        elif token.type == "inline":
            blocks.append(number + _inline(token.children or []))
            number = ""
        elif token.type == "list_item_open":
            number = stray.get(position, "")
        elif token.type == "tr_close":
            blocks.append(" | ".join(row))
            row = []
        elif token.type in {"fence", "code_block"}:
            blocks.append(token.content.strip("\n"))
        elif token.type == "html_block":
            blocks += _html(token.content)
    return title, [block for block in blocks if block.strip()]


def _stray_numbers(tokens: "list[Token]") -> dict[int, str]:
    """Numbers that begin a line but are not of a list: "3. Oktober 2022", "1987. What a year!"

    The numbers of a list count up by one, or are all the same. Other numbers, and the number of a
    list with one item, belong to the text. Returns these by the position of the item's token.
    """
    stray: dict[int, str] = {}
    opened: list[list[int]] = []  # the items of each list that is open
    for position, token in enumerate(tokens):
        if token.type in {"ordered_list_open", "bullet_list_open"}:
            opened.append([])
        elif token.type == "list_item_open":
            opened[-1].append(position)
        elif token.type in {"ordered_list_close", "bullet_list_close"}:
            items = opened.pop()
            if not opened and token.type == "ordered_list_close" and not _counts(tokens, items):
                stray |= {item: f"{tokens[item].info}{tokens[item].markup} " for item in items}
    return stray


def _counts(tokens: "list[Token]", items: list[int]) -> bool:
    numbers = [int(tokens[item].info) for item in items]
    steps = {after - before for before, after in pairwise(numbers)}
    return steps in ({0}, {1})


def _inline(tokens: "list[Token]") -> str:
    parts: list[str] = []
    for token in tokens:
        if token.type == "softbreak":
            parts.append(SOFT)
        elif token.type == "hardbreak":
            parts.append("\n")
        elif token.type == "html_inline":
            parts.append("\n" if _BREAK.fullmatch(token.content) else "")
        elif token.type == "image":
            parts.append(_inline(token.children or []))
        else:
            parts.append(token.content)
    return "".join(parts)


def _html(content: str) -> list[str]:
    """The text of a block of HTML, as the blocks in it."""
    content = _UNSEEN.sub("", content)
    content = re.sub(r"</(?:p|div|li|tr|h\d|blockquote|td|th)\s*>", "\n\n", content, flags=re.I)
    content = html.unescape(_TAG.sub("", _BREAK.sub("\n", content)))
    return [block.strip() for block in re.split(r"\n\s*\n", content) if block.strip()]


def _unwrap(block: str) -> str:
    lines = [line.strip(" \t") for line in block.split(SOFT)]
    text = lines[0]
    for line in lines[1:]:
        text = join_wrapped(text, line)
    return text.strip()


def _date(known: dict[str, str], *keys: str) -> date | None:
    for key in keys:
        value = known.get(key, "")
        found = parse_iso_date(value) or parse_date(value, month_first=None)
        if isinstance(found, date):
            return found
    return None


def _url(known: dict[str, str]) -> str | None:
    keys = ("url", "canonical", "canonical_url", "link", "source")
    values = (known.get(key, "") for key in keys)
    return next((value for value in values if value.startswith(("http://", "https://"))), None)


def _language(known: dict[str, str]) -> str | None:
    found = _CODE.match(known.get("lang") or known.get("language") or "")
    return found.group().lower() if found else None
