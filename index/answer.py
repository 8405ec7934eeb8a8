"""What the index says: an answer, its passages and their quotes."""

from dataclasses import dataclass
from datetime import date

__all__ = ["AlsoIn", "Answer", "Filters", "Passage", "Quote", "Span"]


@dataclass(frozen=True, slots=True)
class Filters:
    """Which articles may answer; None means any.

    `source` is a part of the article's source or URL; `after` and `before` bound the date
    published (or, unknown, updated), both inclusive, and leave undated articles out; `article` is
    an id.
    """

    source: str | None = None
    language: str | None = None
    after: date | None = None
    before: date | None = None
    article: str | None = None


@dataclass(frozen=True, slots=True)
class Quote:
    """The span of a paragraph to point at.

    `start` and `end` count code points of the paragraph's text; `paragraph[start:end] == text`.
    `cut_before` and `cut_after` say that the sentence goes on there: draw "…" beside the text.
    """

    start: int
    end: int
    text: str
    cut_before: bool = False
    cut_after: bool = False


@dataclass(frozen=True, slots=True)
class Span:
    """Some words of a paragraph: `paragraph[start:end] == text`, counted in code points."""

    start: int
    end: int
    text: str


@dataclass(frozen=True, slots=True)
class AlsoIn:
    """Another article with nearly the same paragraph, at the 0-based position `paragraph`."""

    article_id: str
    title: str
    url: str | None
    source: str
    paragraph: int


@dataclass(frozen=True, slots=True)
class Passage:
    """A retrieved paragraph, where it is from, and its quote.

    `paragraph` is the 0-based position in the article; `score` orders passages of one answer and
    means nothing across answers; `also_in` names other places that say nearly the
    same; `page` is where the paragraph begins in a paged document, from 1; `answer` is the answer
    itself, inside the quote, where the reader is sure of one.
    """

    article_id: str
    title: str
    url: str | None
    source: str
    published: date | None
    updated: date | None
    language: str | None
    paragraph: int
    text: str
    quote: Quote
    score: float
    also_in: tuple[AlsoIn, ...] = ()
    page: int | None = None
    answer: Span | None = None

    @property
    def point(self) -> "Quote | Span":
        """What deserves to be in bold: the answer where one is known, else all of the quote."""
        return self.answer or self.quote


@dataclass(frozen=True, slots=True)
class Answer:
    """Passages for one question, best first.

    `answered` says whether the first passage's quote is offered as an answer; when false the
    passages are only the nearest. `confidence` (0..1) estimates that the quote answers the
    question.
    """

    question: str
    answered: bool
    confidence: float
    passages: tuple[Passage, ...]
