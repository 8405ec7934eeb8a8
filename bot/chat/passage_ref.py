"""Where a passage stands, in a form that outlives the index it was found in.

A place names the article, the paragraph and what the paragraph said. After a rebuild the paragraph
is found again wherever it stands in its article; if its words have changed it is gone, since a
button must never show other words than the ones it was put under.
"""

import hashlib
import re
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from corpus import sentence_spans
from index.answer import AlsoIn, Passage, Span
from index.article_text import ArticleText, passage_of

__all__ = ["PassageRef", "article_hash", "find_place", "parse_link"]

_LINK = re.compile(r"q([0-9a-f]{16})_(\d{1,6})_([0-9a-f]{8})_(\d{1,6})_(\d{1,6})\Z", re.ASCII)


@dataclass(frozen=True, slots=True)
class PassageRef:
    """`key` tells what the paragraph said; the quote is at [start, end) of it.

    `also_in` is what the answer knew of copies of it, and `answer` the span [start, end) that it
    marked in the quote, which no deep link tells.
    """

    article: str
    paragraph: int
    key: str
    start: int
    end: int
    also_in: tuple[AlsoIn, ...] = field(default=(), compare=False)
    answer: tuple[int, int] | None = field(default=None, compare=False)

    @classmethod
    def of(cls, passage: Passage) -> "PassageRef":
        """The place of a passage."""
        quote = passage.quote
        answer = (passage.answer.start, passage.answer.end) if passage.answer else None
        return cls(
            passage.article_id,
            passage.paragraph,
            _content_key(passage.text),
            quote.start,
            quote.end,
            passage.also_in,
            answer,
        )

    @classmethod
    def from_plain(cls, plain: list[Any]) -> "PassageRef":
        """The place that `plain` was made of."""
        place = cls(*plain)
        copies = tuple(AlsoIn(**copy) for copy in place.also_in)  # type: ignore[arg-type]
        return replace(place, also_in=copies)

    @property
    def plain(self) -> list[Any]:
        """As JSON has it."""
        return list(asdict(self).values())

    @property
    def link(self) -> str:
        """As the payload of a deep link: at most 64 letters, digits and underscores."""
        return f"q{article_hash(self.article)}_{self.paragraph}_{self.key}_{self.start}_{self.end}"


def article_hash(article_id: str) -> str:
    """16 hexadecimal digits for an id, which may be of any length and hold anything."""
    return hashlib.sha256(article_id.encode("utf-8", "surrogatepass")).hexdigest()[:16]


def parse_link(payload: str, article_ids: Iterable[str]) -> PassageRef | None:
    """The place that a deep link means, if it is one of ours and its article is still there."""
    found = _LINK.match(payload)
    if found is None:
        return None
    digest, paragraph, key, start, end = found.groups()
    for article_id in article_ids:
        if article_hash(article_id) == digest:
            return PassageRef(article_id, int(paragraph), key, int(start), int(end))
    return None


def find_place(article: ArticleText | None, place: PassageRef) -> Passage | None:
    """The passage at a place, also when the paragraph has moved; None when it is gone."""
    if article is None:
        return None
    for number in (place.paragraph, *article.paragraphs):
        text = article.paragraphs.get(number)
        if text is not None and _content_key(text) == place.key:
            end = min(place.end, len(text))
            found = passage_of(article, number, min(place.start, end), end)
            answer = _answer(found, place.answer)
            return replace(_with_cuts(found), also_in=place.also_in, answer=answer)
    return None


def _answer(passage: Passage, span: tuple[int, int] | None) -> Span | None:
    """The answer that was marked, if it is one inside the quote."""
    if span is None or not passage.quote.start <= span[0] < span[1] <= passage.quote.end:
        return None
    return Span(span[0], span[1], passage.text[span[0] : span[1]])


def _with_cuts(passage: Passage) -> Passage:
    """Say of a quote's ends whether a sentence goes on there."""
    quote = passage.quote
    spans = sentence_spans(passage.text, passage.language) if quote.end > quote.start else []
    cut_before = bool(spans) and quote.start not in {start for start, _ in spans}
    cut_after = bool(spans) and quote.end not in {end for _, end in spans}
    return replace(passage, quote=replace(quote, cut_before=cut_before, cut_after=cut_after))


def _content_key(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:8]
