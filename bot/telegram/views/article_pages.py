"""An article as pages of messages."""

from telegram import MessageEntity

from bot.i18n.catalog import Catalog
from bot.telegram.views.passage_message import LIMIT, MessageBuilder, Rendered
from bot.text import (
    encodable,
    fitting,
    in_a_row,
    one_line,
    shortened,
    source_name,
    utf16_length,
    window,
)
from index.article_text import ArticleText

__all__ = ["article_page"]

_ROOM = LIMIT - 500  # UTF-16 units for paragraphs; the rest is for the title and its facts
_MOST = 40  # paragraphs on a page: each has an entity, and a message may have a hundred
_LONGEST_PIECE = _ROOM - 100  # UTF-16 units of one paragraph
_Piece = tuple[int, str]


def article_page(
    article: ArticleText, page: int, t: Catalog, *, with_id: bool = False
) -> tuple[Rendered, int]:
    """Page `page` of an article (from 0; the last one if it has fewer), and how many it has.

    Paragraphs keep their numbers; one that is too long for a page continues on the next.
    """
    pages = _pages(article)
    page = max(0, min(page, len(pages) - 1))
    info = article.info
    message = MessageBuilder()
    message.add_title(info.title, info.url, t)
    line = in_a_row(
        t.when(info.published, info.updated),
        source_name(info.url, info.source),
        t.position(page, len(pages)),
        f"id {shortened(one_line(info.id), 64)}" if with_id else "",
    )
    message.add(f"\n{line}" if line else "")
    for number, text in pages[page] if pages else []:
        message.add("\n\n")
        label = t("paragraph", number=number + 1)
        message.mark(MessageEntity.ITALIC, message.add(label), label)
        message.add("  " + text)
    return message.rendered(), len(pages)


def _pages(article: ArticleText) -> list[list[_Piece]]:
    """The pages of an article: pieces of paragraphs with the paragraphs' numbers."""
    pages: list[list[_Piece]] = []
    current: list[_Piece] = []
    used = 0
    for number, piece in _pieces(article):
        size = utf16_length(piece) + 16  # room for its number
        if current and (used + size > _ROOM or len(current) >= _MOST):
            pages.append(current)
            current, used = [], 0
        current.append((number, piece))
        used += size
    return [*pages, current] if current else pages


def _pieces(article: ArticleText) -> list[_Piece]:
    """The paragraphs with their numbers; one that is too long is cut at sentences or words."""
    pieces = []
    for number, text in article.paragraphs.items():
        rest = encodable(text).strip()
        while rest:
            _, end = window(rest, 0, 0, _LONGEST_PIECE)
            end = end or fitting(rest, _LONGEST_PIECE)
            pieces.append((number, rest[:end].strip()))
            rest = rest[end:].strip()
    return pieces
