"""An answer as a Telegram message: text and entities, never markup that could be interpreted.

Positions inside strings are code points, as everywhere in quotebot; only the entities count UTF-16
code units, as Telegram does. Telegram cuts white space off the ends of a message and of its
entities, so nothing here starts or ends with any.
"""

import re
import unicodedata
from dataclasses import dataclass
from urllib.parse import urlsplit

from telegram import MessageEntity
from telegram.constants import MessageLimit

from bot import words
from index.answer import Answer, Passage

__all__ = ["Rendered", "render_answer", "utf16_length"]

_LIMIT = int(MessageLimit.MAX_TEXT_LENGTH)
_TITLE_LIMIT = 256
_URL_LIMIT = 2_048
_EXPANDABLE_FROM = 700  # up to here a paragraph is shown open, so the bold sentence is in sight
_CUT_BEFORE, _CUT_AFTER = "… ", " …"
_CUTS = len(_CUT_BEFORE + _CUT_AFTER)

_LONE_SURROGATE = re.compile("[\ud800-\udfff]")
_SENTENCE_END = re.compile(r"[.!?…。！？][\"'’”»)\]]*(?:\s+|(?<=[。！？]))")
_SPACE = re.compile(r"\s+")


@dataclass(frozen=True, slots=True)
class Rendered:
    """A message ready to send; `entities` count UTF-16 code units of `text`."""

    text: str
    entities: tuple[MessageEntity, ...] = ()


def utf16_length(text: str) -> int:
    """Length in UTF-16 code units, the unit of Telegram's limits and entities."""
    return len(text) + sum(character > "\uffff" for character in text)


def render_answer(answer: Answer, index: int = 0) -> Rendered:
    """The passage at `index` of an answer as one message of at most 4,096 UTF-16 units."""
    if not answer.passages:
        return Rendered(words.NOTHING_NEAR)
    passage = answer.passages[index]
    message = _Message()
    if not answer.answered:
        message.add(words.NO_ANSWER + "\n\n")
    _add_source(message, passage, words.position(index, len(answer.passages)))
    _add_paragraph(message, passage)
    return message.rendered()


class _Message:
    """Grows a text; keeps count of its UTF-16 length and of the entities over it."""

    def __init__(self) -> None:
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
        return Rendered("".join(self._parts).rstrip(), tuple(self._entities))


def _add_source(message: _Message, passage: Passage, position: str) -> None:
    title = _SPACE.sub(" ", _encodable(passage.title)).strip() or words.UNTITLED
    if utf16_length(title) > _TITLE_LIMIT:
        title = title[: _safe_cut(title, _fitting(title, _TITLE_LIMIT - 1))].rstrip() + "…"
    begin = message.add(title)
    if passage.url is not None and _is_link(passage.url):
        message.mark(MessageEntity.TEXT_LINK, begin, title, passage.url)
    else:
        message.mark(MessageEntity.BOLD, begin, title)
    date = words.when(passage.published, passage.updated)
    facts = (date, f"¶ {passage.paragraph + 1}", position)
    message.add("\n" + " · ".join(fact for fact in facts if fact) + "\n")


def _add_paragraph(message: _Message, passage: Passage) -> None:
    text = _encodable(passage.text)
    start, end = passage.quote.start, passage.quote.end
    first, last = _window(text, start, end, _LIMIT - message.length)
    end = min(end, last)
    before = (_CUT_BEFORE if first > 0 else "") + text[first:start]
    quote = text[start:end]
    after = text[end:last] + (_CUT_AFTER if last < len(text) else "")
    whole = before + quote + after
    begin = message.add(whole)
    long = utf16_length(whole) > _EXPANDABLE_FROM
    kind = MessageEntity.EXPANDABLE_BLOCKQUOTE if long else MessageEntity.BLOCKQUOTE
    message.mark(kind, begin, whole)
    message.mark(MessageEntity.BOLD, begin + utf16_length(before), quote)


def _window(text: str, start: int, end: int, room: int) -> tuple[int, int]:
    """The span of `text` to show in `room` units: all, or as much around [start, end) as fits."""
    if len(text) <= room and utf16_length(text) <= room:
        return 0, len(text)
    spare = room - _CUTS - utf16_length(text[start:end])
    if spare < 0:  # not even the quote fits: its beginning, and the cut says that it goes on
        return start, _safe_cut(text, start + _fitting(text[start:end], room - _CUTS))
    head, tail = text[max(0, start - spare) : start], text[end : end + spare]
    reserved = min(utf16_length(tail), spare // 2)
    before = _fitting(head[::-1], spare - reserved)
    after = _fitting(tail, spare - utf16_length(text[start - before : start]))
    return _begin(text, start - before, start), _end(text, end, end + after)


def _begin(text: str, lowest: int, highest: int) -> int:
    """Where a window may begin: at a sentence, else at a word, else between characters."""
    if lowest == 0:
        return 0
    for pattern in (_SENTENCE_END, _SPACE):
        found = pattern.search(text, lowest, highest)
        if found:
            return found.end()
    while lowest < highest and _joined(text, lowest):
        lowest += 1
    return lowest


def _end(text: str, lowest: int, highest: int) -> int:
    """Where a window may end: after a sentence, else after a word, else between characters."""
    if highest == len(text):
        return highest
    for pattern in (_SENTENCE_END, _SPACE):
        found = [*pattern.finditer(text, lowest, highest)]
        if found:
            return lowest + len(text[lowest : found[-1].end()].rstrip())
    return max(lowest, _safe_cut(text, highest))


def _fitting(text: str, room: int) -> int:
    """How many of the first characters of `text` fit into `room` UTF-16 units."""
    used = 0
    for count, character in enumerate(text):
        used += 2 if character > "\uffff" else 1
        if used > room:
            return count
    return len(text)


def _safe_cut(text: str, position: int) -> int:
    """The nearest place at or before `position` where a cut parts no visible character."""
    for place in range(position, max(position - 32, 0), -1):
        if not _joined(text, place):
            return place
    return position


def _joined(text: str, position: int) -> bool:
    """Whether what stands before and after `position` shows as one character."""
    if not 0 < position < len(text):
        return False
    left, right = text[position - 1], text[position]
    return (
        "\u200d" in (left, right)  # the joiner of composed emoji
        or unicodedata.category(right) in ("Mn", "Mc", "Me")
        or "\U0001f3fb" <= right <= "\U0001f3ff"  # skin tones
        or ("\U0001f1e6" <= left <= "\U0001f1ff" and "\U0001f1e6" <= right <= "\U0001f1ff")  # flags
    )


def _encodable(text: str) -> str:
    """Half a surrogate pair cannot be sent; its stand-in has the same length."""
    return _LONE_SURROGATE.sub("\ufffd", text)


def _is_link(url: str) -> bool:
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    web = parts.scheme in ("http", "https") and bool(parts.hostname)
    return web and len(url) <= _URL_LIMIT and url.isprintable() and " " not in url
