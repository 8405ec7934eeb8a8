"""What a search returns: candidate paragraphs with everything that ranking and quoting need.

An index reader fills in `Candidates` once a question; no code above it reads the index itself. So a
reader may keep its data in any way, and features can be computed from hand-made candidates.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from index.arrays import Vectors
from index.article_text import ArticleInfo
from index.search.term_matching import LexicalQuery, TokenRuns, ranges

__all__ = [
    "CONTEXT_SENTENCES",
    "LEAD_SENTENCES",
    "NOT_A_HEADING",
    "Candidates",
    "CorpusStatistics",
    "EncodedQuery",
]

CONTEXT_SENTENCES = 3
"""Sentences before a paragraph that a reader returns with it: a paragraph of news is one or two."""
LEAD_SENTENCES = 3
"""First sentences of an article, which name what it is about."""
NOT_A_HEADING = -1
"""In `Candidates.introduces`."""

Ints = NDArray[np.int64]
Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class EncodedQuery:
    """A question as the index searches for it.

    `language` is the question's own, if known; `vector` its embedding, float32 (dimension,);
    `terms` its words by language of the corpus, as `IndexReader.encode_query` gives them.
    """

    text: str
    language: str | None
    vector: Vectors
    terms: Mapping[str, LexicalQuery]

    @property
    def says_nothing(self) -> bool:
        """Whether it is empty in a language, and in no other are its words known to the corpus."""
        queries = self.terms.values()
        return any(query.is_empty for query in queries) and not any(
            query.is_known and not query.is_empty for query in queries
        )


@dataclass(frozen=True, slots=True)
class CorpusStatistics:
    """Figures of the whole index, L languages.

    `paragraphs` is their number; `mean_paragraph_length` (L,) float32 terms of a paragraph with its
    title, at least 1; `mean_sentence_length` terms of a sentence, at least 1.
    """

    paragraphs: int
    mean_paragraph_length: Floats
    mean_sentence_length: float


@dataclass(frozen=True, slots=True)
class Candidates:
    """C candidate paragraphs, at least one, with their S sentences, paragraph by paragraph.

    Each has at least one sentence. No paragraph is there twice.

    articles           (C) the article of each
    numbers            (C,) int 0-based place of the paragraph in its article
    pages              (C,) int page on which it begins, from 1; 0 where there are no pages
    languages          (L) names; the position is the code
    language           (C,) int code of each
    trust              (C,) float32 how far the embedding model counts in its language, 0..1
    introduces         (C,) int64 for a heading the candidate that stands under it, else -1
    start              (C+1,) int64 where each candidate's sentences begin among the S
    spans              (S, 2) int code points of each sentence in its paragraph
    answer_types       (S,) uint16 flags of what each sentence has: a year, a number, a name ...
    paragraph_cosines  (C,) float32 of the question with paragraph and title, on `DenseScale`
    sentence_cosines   (S,) with each sentence and the title
    plain_cosines      (S,) with each sentence alone
    context            W runs of terms, one a sentence: for each candidate up to CONTEXT_SENTENCES
                       sentences of its article that stand just before it, then its own
    context_start      (C+1,) int64 where each candidate's sentences begin among the W
    titles             C runs: the terms of each article's title
    leads              C runs: of its first LEAD_SENTENCES sentences, none after the candidate
    corpus             figures of the whole index
    text_of            the text of the paragraph at a place; only a few are asked for
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
        """Places of a candidate's sentences among the S."""
        return range(int(self.start[candidate]), int(self.start[candidate + 1]))

    def span(self, sentence: int) -> tuple[int, int]:
        """(start, end) of a sentence, in code points of its paragraph."""
        start, end = self.spans[sentence]
        return int(start), int(end)

    def language_of(self, candidate: int) -> str:
        """Name of a candidate's language."""
        return self.languages[int(self.language[candidate])]

    def page_of(self, candidate: int) -> int | None:
        """The page on which a candidate begins, where there are pages."""
        return int(self.pages[candidate]) or None

    def terms_of_paragraphs(self) -> TokenRuns:
        """C runs: the terms of each candidate's own sentences."""
        ends = self.context_start[1:]
        first = ends - np.diff(self.start)
        return TokenRuns.cut(
            self.context.tokens, self.context.start[first], self.context.start[ends]
        )

    def own_sentences(self) -> Ints:
        """(S,) places of the candidates' own sentences among the W."""
        ends = self.context_start[1:]
        return ranges(ends - np.diff(self.start), ends)
