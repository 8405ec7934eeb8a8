"""The result of a search: candidate paragraphs with everything that ranking and quoting need.

An index reader makes one `Candidates` for each question; the code above it does not read the index
itself. So a reader may store its data in any way, and tests can compute features of candidates that
they make themselves.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from index.arrays import Vectors
from index.article_text import ArticleInfo
from index.search.term_matching import LexicalQuery, TokenRuns

__all__ = [
    "CONTEXT_SENTENCES",
    "LEAD_SENTENCES",
    "NOT_A_HEADING",
    "Candidates",
    "CorpusStatistics",
    "EncodedQuery",
]

CONTEXT_SENTENCES = 3
"""Sentences before a paragraph that are returned with it: a paragraph of news has only one or two.
"""
LEAD_SENTENCES = 3
"""First sentences of an article that are returned: they name its subject."""
NOT_A_HEADING = -1
"""The value in `Candidates.introduces` for a candidate that is not a heading."""

Ints = NDArray[np.int64]
Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class EncodedQuery:
    """A question in the form in which the index searches for it.

    text      the question
    language  ISO 639-1 code of its language, if known
    vector    float32 (dimension,) its embedding
    terms     language of the corpus → its terms, from `IndexReader.encode_query`
    """

    text: str
    language: str | None
    vector: Vectors
    terms: Mapping[str, LexicalQuery]

    @property
    def says_nothing(self) -> bool:
        """Whether it has nothing to search for.

        That is when it is empty (`LexicalQuery.is_empty`) in one language, and in every other
        language it is empty or has no known term.
        """
        queries = self.terms.values()
        return any(query.is_empty for query in queries) and not any(
            query.is_known and not query.is_empty for query in queries
        )


@dataclass(frozen=True, slots=True)
class CorpusStatistics:
    """Figures of the whole index, with L languages.

    paragraphs             number of paragraphs
    mean_paragraph_length  (L,) float32 mean terms of a paragraph with its title, at least 1
    mean_sentence_length   mean terms of a sentence, at least 1
    """

    paragraphs: int
    mean_paragraph_length: Floats
    mean_sentence_length: float


@dataclass(frozen=True, slots=True)
class Candidates:
    """C candidate paragraphs, at least one, with their S sentences, paragraph by paragraph.

    Each has at least one sentence, and no paragraph is there twice. A candidate is known by its
    position (0 to C - 1), a sentence by its row (0 to S - 1).

    articles           (C) the article of each
    numbers            (C,) int 0-based position of the paragraph in its article
    pages              (C,) int page on which it begins, from 1; 0 where there are no pages
    languages          (L) ISO 639-1 codes
    language           (C,) int position of its language in `languages`
    trust              (C,) float32 how far the embedding model counts in its language, 0..1
    introduces         (C,) int64 for a heading the candidate after it, else NOT_A_HEADING
    start              (C+1,) int64 first row of each candidate's sentences
    spans              (S, 2) int start and end of each sentence in its paragraph, in code points
    answer_types       (S,) uint16 `AnswerType` flags of each sentence
    paragraph_cosines  (C,) float32 of the question with paragraph and title, on `DenseScale`
    sentence_cosines   (S,) float32 of the question with each sentence and the title
    plain_cosines      (S,) float32 of the question with each sentence alone
    context            W runs of terms, one for each sentence: for each candidate, up to
                       CONTEXT_SENTENCES sentences just before it in its article, then its own
    context_start      (C+1,) int64 where each candidate's sentences begin among the W
    titles             C runs: the terms of each article's title
    leads              C runs: the terms of its first LEAD_SENTENCES sentences, up to the candidate
    corpus             figures of the whole index
    text_of            called with a candidate, gives its text; only a few are needed
    """

    articles: Sequence[ArticleInfo]
    numbers: NDArray[np.integer]
    pages: NDArray[np.integer]
    languages: tuple[str, ...]
    language: NDArray[np.integer]
    trust: Floats
    introduces: Ints
    start: Ints
    spans: NDArray[np.integer]
    answer_types: NDArray[np.uint16]
    paragraph_cosines: Floats
    sentence_cosines: Floats
    plain_cosines: Floats
    context: TokenRuns
    context_start: Ints
    titles: TokenRuns
    leads: TokenRuns
    corpus: CorpusStatistics
    text_of: Callable[[int], str]

    def __len__(self) -> int:
        return len(self.start) - 1

    def rows(self, candidate: int) -> range:
        """Return the rows of a candidate's sentences."""
        return range(int(self.start[candidate]), int(self.start[candidate + 1]))

    def span(self, sentence: int) -> tuple[int, int]:
        """Return (start, end) of the sentence at a row, in code points of its paragraph."""
        start, end = self.spans[sentence]
        return int(start), int(end)

    def language_of(self, candidate: int) -> str:
        """Return the ISO 639-1 code of a candidate's language."""
        return self.languages[int(self.language[candidate])]

    def page_of(self, candidate: int) -> int | None:
        """Return the page on which a candidate begins, from 1; None without pages."""
        return int(self.pages[candidate]) or None

    def terms_of_paragraphs(self) -> TokenRuns:
        """Return C runs: the terms of each candidate's own sentences."""
        ends = self.context_start[1:]
        first = ends - np.diff(self.start)
        return TokenRuns.cut(
            self.context.tokens, self.context.start[first], self.context.start[ends]
        )
