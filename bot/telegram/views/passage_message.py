"""Passages, answers and lists as Telegram messages: text with entities, without markup.

Telegram removes white space at the ends of a message and of its entities, so nothing here starts or
ends with any.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from telegram import MessageEntity, User
from telegram.constants import MessageLimit

from bot.i18n.catalog import Catalog, catalog_for
from bot.text import (
    CUT_AFTER,
    CUT_BEFORE,
    cuts,
    encodable,
    in_a_row,
    is_link,
    one_line,
    shortened,
    source_name,
    utf16_length,
    window,
)
from index.answer import AlsoIn, Answer, Passage

__all__ = [
    "LIMIT",
    "ListEntry",
    "MessageBuilder",
    "Rendered",
    "render_answer",
    "render_list",
    "render_passage",
    "render_text",
    "render_to",
]

LIMIT = int(MessageLimit.MAX_TEXT_LENGTH)
"""UTF-16 units that the text of a message may have."""
_TITLE_LIMIT = 256
_SNIPPET_LIMIT = 160
# A folded block shows about three lines on a phone. A quote that begins below them is also shown
# above the block, unless it is long.
_FOLD = 120  # UTF-16 units
_LONGEST_LEAD = 450  # UTF-16 units
_CUTS = utf16_length(CUT_BEFORE + CUT_AFTER)
_COPY_TITLE = 80
_COPIES = 3  # copies that are named; the others are only counted


@dataclass(frozen=True, slots=True)
class Rendered:
    """A message ready to send; `entities` count UTF-16 code units of `text`."""

    text: str
    entities: tuple[MessageEntity, ...] = ()


@dataclass(frozen=True, slots=True)
class ListEntry:
    """An entry of a list: its number, a title that may be a link, facts, and a short quote."""

    number: int
    title: str
    url: str | None
    facts: str = ""
    snippet: str = ""


def render_answer(answer: Answer, index: int = 0, t: Catalog | None = None) -> Rendered:
    """The passage at `index`; if it does not answer the question, the heading says so."""
    t = t or catalog_for(None)
    if not answer.passages:
        return Rendered(t("no_answer"))
    heading = "" if answer.answered else t("nearest")
    position = t.position(index, len(answer.passages))
    return render_passage(answer.passages[index], t, heading=heading, position=position)


def render_passage(
    passage: Passage, t: Catalog, *, heading: str = "", position: str = ""
) -> Rendered:
    """The title as a link; date, source and place; the paragraph with its quote in bold."""
    message = MessageBuilder()
    if heading:
        message.add(heading + "\n\n")
    message.add_title(passage.title, passage.url, t)
    facts = in_a_row(
        t.when(passage.published, passage.updated),
        source_name(passage.url, passage.source),
        t.place(passage.paragraph, passage.page),
        position,
    )
    message.add(f"\n{facts}\n")
    copies = _copies(passage, t)
    _add_paragraph(message, passage, LIMIT - copies.length)
    message.append(copies)
    return message.rendered()


def render_list(heading: str, entries: Sequence[ListEntry], t: Catalog) -> Rendered:
    """A numbered list; entries that do not fit into a message are left out."""
    message = MessageBuilder()
    message.add(shortened(one_line(heading), 600))
    for entry in entries:
        title = shortened(one_line(entry.title), _TITLE_LIMIT) or t("untitled")
        quote = shortened(one_line(entry.snippet), _SNIPPET_LIMIT)
        lines = "\n".join(line for line in (one_line(entry.facts), quote) if line)
        rest = f"\n{lines}" if lines else ""
        if message.length + utf16_length(f"\n\n{entry.number}. {title}{rest}") > LIMIT:
            break
        message.add(f"\n\n{entry.number}. ")
        message.add_title(title, entry.url, t)
        message.add(rest)
    return message.rendered()


def render_text(text: str) -> Rendered:
    """Plain text, cut to what one message holds."""
    return Rendered(shortened(encodable(text).strip(), LIMIT) or "…")


def render_to(person: User, text: str) -> Rendered:
    """A text that begins with somebody's name as a mention, so that Telegram notifies them."""
    message = MessageBuilder()
    name = shortened(one_line(person.first_name), _COPY_TITLE)
    if name:
        begin = message.add(name)
        message.mark(MessageEntity.TEXT_MENTION, begin, name, user=person)
        message.add(", ")
    message.add(text)
    return message.rendered()


class MessageBuilder:
    """Builds a text with its entities and counts its length in UTF-16 units."""

    def __init__(self) -> None:
        """An empty text."""
        self._parts: list[str] = []
        self._entities: list[MessageEntity] = []
        self.length = 0

    def add(self, text: str) -> int:
        """Append text; the position where it begins, in UTF-16 units."""
        begin = self.length
        self._parts.append(text)
        self.length += utf16_length(text)
        return begin

    def add_title(self, title: str, url: str | None, t: Catalog) -> None:
        """Append the title of an article: a link, or in bold if `url` is not one."""
        title = shortened(one_line(title), _TITLE_LIMIT) or t("untitled")
        begin = self.add(title)
        if is_link(url):
            self.mark(MessageEntity.TEXT_LINK, begin, title, url)
        else:
            self.mark(MessageEntity.BOLD, begin, title)

    def mark(
        self, kind: str, begin: int, text: str, url: str | None = None, user: User | None = None
    ) -> None:
        """Add an entity over `text`, which begins at `begin`, without the white space around it."""
        inner = text.strip()
        if inner:
            begin += utf16_length(text[: len(text) - len(text.lstrip())])
            self._entities.append(MessageEntity(kind, begin, utf16_length(inner), url, user))

    def append(self, other: "MessageBuilder") -> None:
        """Append the text and entities of another builder."""
        for entity in other._entities:
            moved = entity.offset + self.length
            self._entities.append(MessageEntity(entity.type, moved, entity.length, url=entity.url))
        self.add("".join(other._parts))

    def rendered(self) -> Rendered:
        """The message, ready to send."""
        return Rendered("".join(self._parts).rstrip(), tuple(self._entities))


def _copies(passage: Passage, t: Catalog) -> MessageBuilder:
    """A line that names other articles with the same paragraph."""
    message = MessageBuilder()
    for number, copy in enumerate(passage.also_in[:_COPIES]):
        message.add(", " if number else "\n" + t("also_in") + " ")
        name = _name_of(copy, passage, t)
        begin = message.add(name)
        if is_link(copy.url):
            message.mark(MessageEntity.TEXT_LINK, begin, name, copy.url)
    if len(passage.also_in) > _COPIES:
        message.add(f" +{len(passage.also_in) - _COPIES}")
    return message


def _name_of(copy: AlsoIn, passage: Passage, t: Catalog) -> str:
    """The title of a copy, or its source if the title is the same as that of the passage."""
    title = shortened(one_line(copy.title), _COPY_TITLE)
    if not title or one_line(copy.title) == one_line(passage.title):
        return source_name(copy.url, copy.source) or title or t("untitled")
    return title


def _add_paragraph(message: MessageBuilder, passage: Passage, limit: int) -> None:
    """Add the paragraph; the whole message has at most `limit` UTF-16 units then.

    The marked answer in the quote is bold. Without a marked answer, the whole quote is bold.
    """
    text = encodable(passage.text)
    start, end = passage.quote.start, passage.quote.end
    point = slice(passage.point.start, passage.point.end)
    lead = text[start:end].strip()
    is_hidden = utf16_length(text[:start]) > _FOLD and 0 < utf16_length(lead) <= _LONGEST_LEAD
    if is_hidden and message.length + utf16_length(lead + text) + _CUTS < limit:
        cut_before, cut_after = cuts(passage.quote)
        message.add(cut_before)
        lead_start = text.index(lead, start)
        bold_start = max(lead_start, point.start)
        begin = message.add(lead) + utf16_length(text[lead_start:bold_start])
        message.mark(MessageEntity.BOLD, begin, text[bold_start : point.stop])
        message.add(cut_after + "\n")
    first, last = window(text, start, end, limit - message.length)
    end = min(end, last)
    before = (CUT_BEFORE if first > 0 else "") + text[first:start]
    quote = text[start:end]
    after = text[end:last] + (CUT_AFTER if last < len(text) else "")
    whole = before + quote + after
    begin = message.add(whole)
    message.mark(MessageEntity.EXPANDABLE_BLOCKQUOTE, begin, whole)
    bold = text[point.start : min(point.stop, end)]
    message.mark(MessageEntity.BOLD, begin + utf16_length(before + text[start : point.start]), bold)
