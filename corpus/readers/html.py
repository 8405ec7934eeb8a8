"""Web pages: the article without menus, notices, related stories and comments."""

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from corpus.article import Article
from corpus.reader_output import NO_HINTS, Hints
from corpus.structure.draft import Draft, to_article
from corpus.text.language import detect_language

if TYPE_CHECKING:
    from corpus.html.blocks import Block
    from corpus.html.metadata import Metadata

__all__ = ["accepts", "prepare", "read"]

SAMPLE = 500  # characters: enough to detect the language of 2,880 articles in 12 languages
PROSE = 80  # characters; shorter paragraphs may be credits in another language
ENOUGH_FOR_LANGUAGE = 60  # characters; with fewer, what the page states is more reliable

_MARKUP = re.compile(
    rb"(?:<\?xml[^>]*>|<!--.*?-->|\s)*<(?:!doctype\s+html|html|head|body)\b",
    re.IGNORECASE | re.DOTALL,
)


def accepts(head: bytes, named: bool) -> bool:
    """Whether the file begins like HTML, or has a suffix of it."""
    start = head.removeprefix(b"\xef\xbb\xbf")
    if start.startswith((b"\xff\xfe", b"\xfe\xff")):
        start = start.replace(b"\0", b"")[2:]
    return _MARKUP.match(start) is not None or named


def prepare() -> None:
    """Load what `read` needs, which takes a quarter of a second."""
    from corpus.html import blocks, main_content, metadata, parse  # noqa: F401

    main_content.prepare()


def read(data: bytes, source: str, hints: Hints = NO_HINTS) -> Iterator[Article]:
    """Read one page; raises UnreadableSource when there is no text in it."""
    # Lazy: they take 60 ms to load, and only a child process needs them.
    from corpus.html.blocks import blocks_of
    from corpus.html.main_content import select_main_content
    from corpus.html.metadata import read_metadata
    from corpus.html.parse import parse_page

    tree = parse_page(data, source, hints.encoding or hints.charset)
    blocks = blocks_of(tree)
    about = read_metadata(tree, blocks, hints.address)
    kept = select_main_content(tree, blocks)
    texts = [block.text for block in _body(blocks, kept, about)]
    stripped = [block.text for block, good in zip(blocks, kept, strict=True) if not good]
    draft = Draft(
        texts,
        title=about.title,
        url=about.url,
        author=about.author,
        published=about.published,
        updated=about.updated,
        language=_language(texts, about),
        stripped=stripped,
    )
    yield to_article(draft, source)


def _body(blocks: "list[Block]", kept: list[bool], about: "Metadata") -> "Iterator[Block]":
    """The kept blocks without the headline, which is already the title."""
    from corpus.html.blocks import fold  # lazy, as in `read`

    title = fold(about.title)
    for block, good in zip(blocks, kept, strict=True):
        if good and not (block.kind == "heading" and block.level < 3 and fold(block.text) == title):
            yield block


def _language(texts: list[str], about: "Metadata") -> str | None:
    """The language of the text, detected: the language that a page states is often wrong."""
    prose = [text for text in texts[:20] if len(text) >= PROSE]
    text = " ".join(prose or texts[:20])[:SAMPLE]
    if len(text) < ENOUGH_FOR_LANGUAGE and about.language:
        return about.language
    return detect_language(text) or about.language
