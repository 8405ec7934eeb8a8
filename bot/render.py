"""What the bot says as Telegram messages: text and entities, never markup to be interpreted.

Telegram cuts white space off the ends of a message and of its entities, so nothing here starts or
ends with any.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from telegram import MessageEntity
from telegram.constants import MessageLimit

from bot.text import (
    CUT_AFTER,
    CUT_BEFORE,
    encodable,
    is_link,
    one_line,
    shortened,
    utf16_length,
    window,
)
from bot.words import Words, words_in
from index.answer import Answer, Passage, Quote
from index.lookup import ArticleText

__all__ = [
    "Entry",
    "Rendered",
    "around",
    "render_answer",
    "render_list",
    "render_passage",
    "render_text",
]

LIMIT = int(MessageLimit.MAX_TEXT_LENGTH)
_TITLE_LIMIT = 256
_SNIPPET_LIMIT = 160
# A folded block shows about three lines of a phone. A quote that begins below them is shown above
# the block too, unless it is long itself.
_FOLD = 120
_LONGEST_LEAD = 400


@dataclass(frozen=True, slots=True)
class Rendered:
    """A message ready to send; `entities` count UTF-16 code units of `text`."""

    text: str
    entities: tuple[MessageEntity, ...] = ()


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of a list: a number, a title that may be a link, facts, and a few words."""

    number: int
    title: str
    url: str | None
    facts: str = ""
    snippet: str = ""


def render_answer(answer: Answer, index: int = 0, words: Words | None = None) -> Rendered:
    """The passage at `index`; without an answer, what it is instead is said first."""
    words = words or words_in(None)
    if not answer.passages:
        return Rendered(words("no_answer"))
    heading = "" if answer.answered else words("nearest")
    position = words.position(index, len(answer.passages))
    return render_passage(answer.passages[index], words, heading=heading, position=position)


def render_passage(
    passage: Passage, words: Words, *, heading: str = "", position: str = ""
) -> Rendered:
    """Title as a link, date, place, then the paragraph with its quote in bold."""
    message = Message()
    if heading:
        message.add(heading + "\n\n")
    _add_title(message, passage.title or words("untitled"), passage.url)
    facts = (
        words.when(passage.published, passage.updated),
        words.place(passage.paragraph, passage.page),
        position,
    )
    message.add("\n" + " · ".join(fact for fact in facts if fact) + "\n")
    _add_paragraph(message, passage)
    return message.rendered()


def render_list(heading: str, entries: Sequence[Entry], words: Words) -> Rendered:
    """A numbered list, two entities an entry at most; what doesn't fit is left off."""
    message = Message()
    message.add(shortened(one_line(heading), 600))
    for entry in entries:
        title = shortened(one_line(entry.title), _TITLE_LIMIT) or words("untitled")
        snippet = shortened(one_line(entry.snippet), _SNIPPET_LIMIT)
        lines = "\n".join(line for line in (one_line(entry.facts), snippet) if line)
        rest = f"\n{lines}" if lines else ""
        if message.length + utf16_length(f"\n\n{entry.number}. {title}{rest}") > LIMIT:
            break
        message.add(f"\n\n{entry.number}. ")
        _add_title(message, title, entry.url)
        message.add(rest)
    return message.rendered()


def render_text(text: str) -> Rendered:
    """Plain text, cut to what one message holds."""
    return Rendered(shortened(encodable(text).strip(), LIMIT) or "…")


def around(article: ArticleText, passage: Passage, count: int) -> Passage:
    """The passage with `count` paragraphs before and after it, as one passage; its quote stays."""
    numbers = list(article.paragraphs)
    place = numbers.index(passage.paragraph)
    before = [article.paragraphs[n] + "\n\n" for n in numbers[max(0, place - count) : place]]
    after = ["\n\n" + article.paragraphs[n] for n in numbers[place + 1 : place + 1 + count]]
    shift = sum(map(len, before))
    quote = passage.quote
    return replace(
        passage,
        text="".join([*before, passage.text, *after]),
        quote=Quote(quote.start + shift, quote.end + shift, quote.text),
    )


class Message:
    """Grows a text; keeps count of its UTF-16 length and of the entities over it."""

    def __init__(self) -> None:
        """Nothing yet."""
        self._parts: list[str] = []
        self._entities: list[MessageEntity] = []
        self.length = 0

    def add(self, text: str) -> int:
        """Append text and say where it begins, in UTF-16 units."""
        begin = self.length
        self._parts.append(text)
        self.length += utf16_length(text)
        return begin

    def mark(self, kind: str, begin: int, text: str, url: str | None = None) -> None:
        """Put an entity over `text`, which stands at `begin`, less the white space around it."""
        inner = text.strip()
        if inner:
            begin += utf16_length(text[: len(text) - len(text.lstrip())])
            self._entities.append(MessageEntity(kind, begin, utf16_length(inner), url=url))

    def rendered(self) -> Rendered:
        """What has grown."""
        return Rendered("".join(self._parts).rstrip(), tuple(self._entities))


def _add_title(message: Message, title: str, url: str | None) -> None:
    title = shortened(one_line(title), _TITLE_LIMIT) or words_in(None)("untitled")
    begin = message.add(title)
    if is_link(url):
        message.mark(MessageEntity.TEXT_LINK, begin, title, url)
    else:
        message.mark(MessageEntity.BOLD, begin, title)


def _add_paragraph(message: Message, passage: Passage) -> None:
    text = encodable(passage.text)
    start, end = passage.quote.start, passage.quote.end
    lead = text[start:end].strip()
    deep = utf16_length(text[:start]) > _FOLD and 0 < utf16_length(lead) <= _LONGEST_LEAD
    if deep and message.length + utf16_length(lead + text) < LIMIT:
        message.mark(MessageEntity.BOLD, message.add(lead), lead)
        message.add("\n")
    first, last = window(text, start, end, LIMIT - message.length)
    end = min(end, last)
    before = (CUT_BEFORE if first > 0 else "") + text[first:start]
    quote = text[start:end]
    after = text[end:last] + (CUT_AFTER if last < len(text) else "")
    whole = before + quote + after
    begin = message.add(whole)
    message.mark(MessageEntity.EXPANDABLE_BLOCKQUOTE, begin, whole)
    message.mark(MessageEntity.BOLD, begin + utf16_length(before), quote)
