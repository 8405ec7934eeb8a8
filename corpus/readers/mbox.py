"""Mailboxes (mbox): each message is an article, without quoted lines and signature."""

import email
import email.policy
import re
from collections.abc import Iterator
from email.message import EmailMessage, Message
from email.utils import parseaddr, parsedate_to_datetime

from corpus.article import Article
from corpus.error_codes import Code
from corpus.errors import UnreadableSource
from corpus.html.blocks import blocks_of
from corpus.html.parse import parse_page
from corpus.reader_output import NO_HINTS, Hints
from corpus.structure.draft import Draft, article_id, to_article
from corpus.text.paragraphs import normalise, paragraphs_of, split_blocks

__all__ = ["accepts", "read"]


_FROM = re.compile(rb"(?:\A|(?<=\n))From \S+.*\d{4}\r?\n")
_WROTE = re.compile(
    r"^.{0,120}(?:wrote|writes|schrieb(?: .{1,60})?|a écrit|escribió|пишет|написал\(?а?\)?)\s?:\s*$"
)


def accepts(head: bytes, named: bool) -> bool:
    """Whether the file begins with the separator of a mailbox, or has its suffix."""
    return _FROM.match(head) is not None or named


def read(data: bytes, source: str, hints: Hints = NO_HINTS) -> Iterator[Article | UnreadableSource]:
    """Read the messages in their order; a bad one yields its error and the rest goes on.

    Raises UnreadableSource when the file is not a mailbox.
    """
    starts = [found.start() for found in _FROM.finditer(data)]
    if not starts:
        raise UnreadableSource(source, Code.NOT_A_MAILBOX())
    for position, start in enumerate(starts):
        end = starts[position + 1] if position + 1 < len(starts) else len(data)
        body = data[start:end].split(b"\n", 1)[-1]
        place = f"{source} message {position + 1}"
        try:
            yield _article(body, source, place, position)
        except UnreadableSource as error:
            yield UnreadableSource(place, error.reason)
        except (LookupError, ValueError, AttributeError, TypeError):  # raised by the e-mail parser
            yield UnreadableSource(place, Code.DAMAGED_MESSAGE())


def _article(data: bytes, source: str, place: str, position: int) -> Article:
    message = email.message_from_bytes(data, policy=email.policy.default)
    if not isinstance(message, EmailMessage):
        raise UnreadableSource(place, Code.DAMAGED_MESSAGE())
    body = message.get_body(preferencelist=("plain", "html"))
    if body is None:
        raise UnreadableSource(place, Code.NO_TEXT())
    paragraphs, stripped = _texts(body, place)
    name, address = parseaddr(str(message.get("From", "")))
    identity = str(message.get("Message-ID", "")).strip()
    link = str(message.get("Archived-At", "")).strip(" <>")
    draft = Draft(
        paragraphs,
        title=" ".join(str(message.get("Subject", "")).split()),
        id=article_id(f"{source}#{identity}") if identity else None,
        url=link if link.startswith(("http://", "https://")) else None,
        author=name or address or None,
        stripped=stripped,
    )
    try:
        draft.published = parsedate_to_datetime(str(message.get("Date", ""))).date()
    except (TypeError, ValueError):
        draft.published = None
    return to_article(draft, source, position)


def _texts(body: Message, place: str) -> tuple[list[str], list[str]]:
    text = body.get_content() if isinstance(body, EmailMessage) else ""
    if body.get_content_type() == "text/html":
        page = parse_page(text.encode("utf-8", "replace"), place, "utf-8")
        return [block.text for block in blocks_of(page)], []
    kept: list[str] = []
    stripped: list[str] = []
    lines = normalise(text).split("\n")
    for at, line in enumerate(lines):
        if line == "-- " or line == "--":
            stripped += lines[at:]
            break
        quoting = _WROTE.match(line) and any(
            next_.startswith(">") for next_ in lines[at + 1 : at + 3]
        )
        if (line.startswith(">") and not line.startswith(">From ")) or quoting:
            stripped.append(line)
        else:
            kept.append(line.removeprefix(">") if line.startswith(">From ") else line)
    return paragraphs_of(split_blocks("\n".join(kept))), [line for line in stripped if line.strip()]
