"""A reference to a passage that stays valid when the index is rebuilt.

It names the article, the paragraph and a hash of the paragraph's text. After a rebuild the
paragraph is found by the hash, also at another place in its article. When the text has changed the
reference is invalid: a button must never show other words than those that it was made for.
"""

import hashlib
import re
from collections.abc import Callable
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from corpus import sentence_spans
from index.answer import AlsoIn, Passage, Span
from index.article_text import ArticleText, article_hash, passage_of

__all__ = [
    "PassageRef",
    "find_passage",
    "parse_link",
    "with_surroundings",
]

_LINK = re.compile(r"q([0-9a-f]{16})_(\d{1,6})_([0-9a-f]{8})_(\d{1,6})_(\d{1,6})\Z", re.ASCII)


@dataclass(frozen=True, slots=True)
class PassageRef:
    """The article's id, the paragraph's number from 0, a hash of its text, and a span of it.

    `key` is the hash; the quote is [start, end) of the paragraph, in code points. `also_in` are
    the near copies that the answer listed, and `answer` is the span of the paragraph that it
    marked. Deep links do not carry the last two.
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
        """The reference to a passage."""
        quote = passage.quote
        answer = (passage.answer.start, passage.answer.end) if passage.answer else None
        return cls(
            passage.article_id,
            passage.paragraph,
            _text_key(passage.text),
            quote.start,
            quote.end,
            passage.also_in,
            answer,
        )

    @classmethod
    def from_plain(cls, plain: list[Any]) -> "PassageRef":
        """The reference for the value of `plain`, which an older version may have written."""
        ref = cls(*plain)
        copies = tuple(AlsoIn(**copy) for copy in ref.also_in)  # type: ignore[arg-type]
        answer = (ref.answer[0], ref.answer[1]) if ref.answer else None  # JSON has no tuples
        return replace(ref, also_in=copies, answer=answer)

    @property
    def plain(self) -> list[Any]:
        """The fields as a list that JSON can hold."""
        return list(asdict(self).values())

    @property
    def link(self) -> str:
        """The payload of a deep link: at most 64 letters, digits and underscores."""
        return f"q{article_hash(self.article)}_{self.paragraph}_{self.key}_{self.start}_{self.end}"


def parse_link(payload: str, id_of: Callable[[str], str | None]) -> PassageRef | None:
    """The reference in the payload of a deep link.

    None when it is not a link of ours, or its article is gone: `id_of` gives the article id for an
    `article_hash`, or None.
    """
    found = _LINK.match(payload)
    if found is None:
        return None
    digest, paragraph, key, start, end = found.groups()
    article_id = id_of(digest)
    if article_id is None:
        return None
    return PassageRef(article_id, int(paragraph), key, int(start), int(end))


def find_passage(article: ArticleText | None, ref: PassageRef) -> Passage | None:
    """The passage of a reference, also when its paragraph has moved; None when it is gone."""
    if article is None:
        return None
    for number in (ref.paragraph, *article.paragraphs):
        text = article.paragraphs.get(number)
        if text is not None and _text_key(text) == ref.key:
            end = min(ref.end, len(text))
            found = passage_of(article, number, min(ref.start, end), end)
            answer = _answer_span(found, ref.answer)
            return replace(_with_cuts(found), also_in=ref.also_in, answer=answer)
    return None


def with_surroundings(article: ArticleText, passage: Passage, count: int) -> Passage:
    """The passage with `count` paragraphs before and after it, as one passage; its quote stays.

    Raises ValueError when the article does not have the passage's paragraph.
    """
    numbers = list(article.paragraphs)
    here = numbers.index(passage.paragraph)
    before = [article.paragraphs[n] + "\n\n" for n in numbers[max(0, here - count) : here]]
    after = ["\n\n" + article.paragraphs[n] for n in numbers[here + 1 : here + 1 + count]]
    shift = sum(map(len, before))
    quote, answer = passage.quote, passage.answer
    return replace(
        passage,
        text="".join([*before, passage.text, *after]),
        quote=replace(quote, start=quote.start + shift, end=quote.end + shift),
        answer=answer and replace(answer, start=answer.start + shift, end=answer.end + shift),
    )


def _answer_span(passage: Passage, span: tuple[int, int] | None) -> Span | None:
    """The marked answer, if it lies inside the quote."""
    if span is None or not passage.quote.start <= span[0] < span[1] <= passage.quote.end:
        return None
    return Span(span[0], span[1], passage.text[span[0] : span[1]])


def _with_cuts(passage: Passage) -> Passage:
    """Set whether the quote begins or ends within a sentence.

    The text is split into sentences again: an article's text comes without its sentence spans.
    """
    quote = passage.quote
    spans = sentence_spans(passage.text, passage.language) if quote.end > quote.start else []
    cut_before = bool(spans) and quote.start not in {start for start, _ in spans}
    cut_after = bool(spans) and quote.end not in {end for _, end in spans}
    return replace(passage, quote=replace(quote, cut_before=cut_before, cut_after=cut_after))


def _text_key(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:8]
