"""The answer to a question: its passages and their quotes."""

from dataclasses import dataclass
from datetime import date

__all__ = ["AlsoIn", "Answer", "Filters", "Passage", "Quote", "Span"]


@dataclass(frozen=True, slots=True)
class Filters:
    """Conditions on the articles that are searched; None is no condition.

    source    a part of the article's source or URL; upper and lower case are equal
    language  ISO 639-1 code
    after     first day of publication (of the last update, if publication is unknown); articles
              without a date do not fit
    before    last day, in the same way
    article   an article id
    """

    source: str | None = None
    language: str | None = None
    after: date | None = None
    before: date | None = None
    article: str | None = None


@dataclass(frozen=True, slots=True)
class Quote:
    """The span of a paragraph that is shown as the quote.

    `start` and `end` are in code points of the paragraph's text; `paragraph[start:end] == text`.
    `cut_before` and `cut_after` say whether the sentence goes on there: show "…" beside the text.
    """

    start: int
    end: int
    text: str
    cut_before: bool = False
    cut_after: bool = False


@dataclass(frozen=True, slots=True)
class Span:
    """Some words of a paragraph: `paragraph[start:end] == text`, in code points."""

    start: int
    end: int
    text: str


@dataclass(frozen=True, slots=True)
class AlsoIn:
    """Another article that has almost the same paragraph, at the 0-based position `paragraph`."""

    article_id: str
    title: str
    url: str | None
    source: str
    paragraph: int


@dataclass(frozen=True, slots=True)
class Passage:
    """A paragraph that was found for a question, its article, and its quote.

    paragraph  0-based position in the article
    score      orders the passages of one answer; scores of two answers cannot be compared
    also_in    other articles with almost the same paragraph
    page       page on which the paragraph begins, from 1; None without pages
    answer     the answer itself, inside the quote, where the reader model is sure of one
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
        """The words to show in bold: the answer where one is known, else the whole quote."""
        return self.answer or self.quote


@dataclass(frozen=True, slots=True)
class Answer:
    """The passages for one question, best first.

    `answered` says whether the first quote is offered as an answer; if not, the passages are only
    the nearest ones. `confidence` (0..1) is the estimated probability that the first quote answers
    the question.
    """

    question: str
    answered: bool
    confidence: float
    passages: tuple[Passage, ...]
