"""BM25: finds the paragraphs that share terms with a question.

A paragraph is analysed in its own language, and a question once in each language of the corpus.
Terms of different languages never match.

The index is flat arrays, so that a generation can map them from disk. The vocabulary is a sorted
array of 64-bit term hashes. The text is stored twice: as the terms of every sentence, in order, and
as the paragraphs of every term (postings).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from index.analysis.stop_words import function_terms
from index.analysis.term_hashes import Terms, term_hash
from index.analysis.tokenizer import analyse
from index.search.term_matching import LexicalQuery, ranges, starts_of

if TYPE_CHECKING:
    from scipy.sparse import csc_array

__all__ = ["PARAMETERS", "LexicalIndex", "Parameters", "length_norm", "saturated"]


@dataclass(frozen=True, slots=True)
class Parameters:
    """BM25's parameters (Robertson & Zaragoza, The Probabilistic Relevance Framework, 2009).

    The ranking's weights were learned with these values, which `weights.json` repeats; a test
    compares the two.
    """

    k1: float = 1.2
    b: float = 0.75
    b_of_sentences: float = 0.5  # the length of sentences matters less than that of paragraphs


PARAMETERS = Parameters()

_LARGEST_FACTOR = PARAMETERS.k1 + 1  # upper bound of `saturated`
_COMMON, _COMMON_AT_LEAST = 0.01, 5  # share and number of paragraphs that a common word exceeds
_STOP_WORD_WEIGHT = 0.1  # factor of idf; not zero, since "The Who" has only stop words
_LONG = 2_000  # paragraphs of a term, from which it is worth checking whether all must be scored
_BLOCKS_PER_SCORE = 32  # see `_kth_highest`: blocks for each of the k scores
_BLOCK = 1 << 20  # terms that are sorted at a time

Ints = NDArray[np.int64]
Floats = NDArray[np.float32]


@dataclass(frozen=True)
class LexicalIndex:
    """The arrays of the index: P paragraphs with S sentences, V terms, L languages.

    A term is stored as its number, which is its position in `vocabulary`.

    languages          ISO 639-1 codes
    language           (P,) uint16 position of each paragraph's language in `languages`
    vocabulary         (V,) uint64 sorted hashes of the terms
    df                 (V,) int32 number of paragraphs that have the term. Titles do not count: in a
                       library of one article, the subject in its title would be a common word
    tokens             (N,) int32 terms of all sentences, in order
    token_start        (S+1,) int64 where each sentence's terms start in `tokens`
    sentence_start     (P+1,) int64 first sentence of each paragraph
    title_tokens       (K,) int32 terms of the title of each paragraph's article
    title_start        (P+1,) int64 where each paragraph's title starts in `title_tokens`
    posting_start      (V+1,) int64 where each term's postings start
    posting_paragraph  (M,) int32 paragraph of each posting; titles count as text
    posting_count      (M,) uint8 how often the term is in it; 255 for more
    """

    languages: tuple[str, ...]
    language: NDArray[np.uint16]
    vocabulary: NDArray[np.uint64]
    df: NDArray[np.int32]
    tokens: NDArray[np.int32]
    token_start: Ints
    sentence_start: Ints
    title_tokens: NDArray[np.int32]
    title_start: Ints
    posting_start: Ints
    posting_paragraph: NDArray[np.int32]
    posting_count: NDArray[np.uint8]

    ARRAYS = (
        "language", "vocabulary", "df", "tokens", "token_start", "sentence_start",
        "title_tokens", "title_start", "posting_start", "posting_paragraph", "posting_count",
    )  # fmt: skip

    @classmethod
    def build(cls, texts: Iterable[Terms]) -> "LexicalIndex":
        """Index the paragraphs of all `texts`, in order."""
        return _build(list(texts))

    @cached_property
    def paragraph_count_by_language(self) -> Ints:
        """(L,) paragraphs in each language."""
        return np.bincount(self.language, minlength=len(self.languages))

    @cached_property
    def paragraph_length(self) -> Floats:
        """(P,) number of terms of each paragraph, with its title."""
        text = np.diff(self.token_start[self.sentence_start])
        return (text + np.diff(self.title_start)).astype(np.float32)

    @cached_property
    def mean_length(self) -> Floats:
        """(L,) mean number of terms of a paragraph with its title, by language; at least 1."""
        lengths = self.paragraph_length
        totals = np.bincount(self.language, weights=lengths, minlength=len(self.languages))
        means = totals / np.maximum(self.paragraph_count_by_language, 1)
        return np.maximum(means, 1).astype(np.float32)

    @cached_property
    def _norm(self) -> Floats:
        """(P,) BM25's length normalisation, relative to the mean of the paragraph's language."""
        relative = self.paragraph_length / self.mean_length[self.language]
        return length_norm(relative, PARAMETERS.b)

    @cached_property
    def mean_sentence_length(self) -> float:
        """Mean number of terms of a sentence; at least 1."""
        return max(1.0, len(self.tokens) / max(1, len(self.token_start) - 1))

    def query(self, question: str) -> dict[str, LexicalQuery]:
        """Return the question by language, for each language in which it has terms."""
        queries = {}
        for code, language in enumerate(self.languages):
            terms = analyse(question, language)
            if terms:
                queries[language] = self._lookup(terms, code)
        return queries

    def _lookup(self, terms: list[str], code: int) -> LexicalQuery:
        """The query of terms (at least one) in the language at position `code`."""
        place_of = {term: place for place, term in enumerate(dict.fromkeys(terms))}
        words = tuple(place_of)
        numbers, df = self._numbers(words, self.languages[code])
        paragraphs = int(self.paragraph_count_by_language[code])
        stop_words = function_terms(self.languages[code])
        is_stop_word = np.array([word in stop_words for word in words])
        idf = _idf(df, paragraphs)
        idf[is_stop_word] *= _STOP_WORD_WEIGHT
        common = max(_COMMON_AT_LEAST, _COMMON * paragraphs)
        is_empty = bool(is_stop_word.all() or (len(terms) == 1 and df[0] > common))
        sequence = np.array([place_of[term] for term in terms], dtype=np.int64)
        return LexicalQuery(words, numbers, idf, sequence, is_empty)

    def _numbers(self, words: Iterable[str], language: str) -> tuple[Ints, Ints]:
        """Number of each word's term, -1 if unknown; and how many paragraphs have it."""
        hashes = np.array([term_hash(language, word) for word in words], dtype=np.uint64)
        if not len(self.vocabulary):
            return np.full(len(hashes), -1), np.zeros(len(hashes), dtype=np.int64)
        places = np.searchsorted(self.vocabulary, hashes).astype(np.int64)
        places[places == len(self.vocabulary)] = 0
        known = self.vocabulary[places] == hashes
        return np.where(known, places, -1), np.where(known, self.df[places], 0).astype(np.int64)

    def idf(self, terms: NDArray[np.integer[Any]], code: int) -> Floats:
        """(len(terms),) idf of terms, given by their numbers, in the language at `code`."""
        return _idf(self.df[terms], int(self.paragraph_count_by_language[code]))

    def scores(self, queries: Mapping[str, LexicalQuery]) -> Floats:
        """Return the BM25 of every paragraph with its title: (P,)."""
        scores = np.zeros(len(self.language), dtype=np.float32)
        for term, weight in _weighted(queries):
            paragraphs, counts = self._postings(term)
            scores[paragraphs] += weight * self._saturated(paragraphs, counts)
        return scores

    def search(
        self,
        queries: Mapping[str, LexicalQuery],
        k: int,
        allowed: NDArray[np.bool_] | None = None,
    ) -> Ints:
        """Return the numbers of the `k` paragraphs with the highest BM25, best first.

        There are fewer when fewer paragraphs have a term. `allowed` (P,) is false for paragraphs to
        leave out. Terms are scored in descending order of their weight. When the remaining terms
        cannot bring another paragraph among the best, they are scored only for paragraphs that can
        still be among these (MaxScore: Turtle & Flood, Query evaluation: strategies and
        optimizations, 1995). The result is exact.
        """
        scores = np.zeros(len(self.language), dtype=np.float32)
        terms = sorted(_weighted(queries), key=lambda pair: -pair[1])
        rest, at_least = self._score_heavy(scores, terms, k, allowed)
        reach = np.flatnonzero((scores >= at_least) & (scores > 0))
        for term, weight in rest:
            paragraphs, counts = self._postings(term)
            at = np.minimum(np.searchsorted(paragraphs, reach), len(paragraphs) - 1)
            has = paragraphs[at] == reach
            scores[reach[has]] += weight * self._saturated(reach[has], counts[at[has]])
        best = np.argsort(-scores[reach], kind="stable")[:k]
        return np.asarray(reach[best], dtype=np.int64)

    def _score_heavy(
        self,
        scores: Floats,
        terms: list[tuple[int, float]],
        k: int,
        allowed: NDArray[np.bool_] | None,
    ) -> tuple[list[tuple[int, float]], float]:
        """Add the scores of the heaviest terms to `scores` (P,), for as many terms as needed.

        Returns the remaining terms, and the score that a paragraph must have before these to be
        among the `k` best.
        """
        bounds = np.cumsum([_LARGEST_FACTOR * weight for _, weight in reversed(terms)])[::-1]
        for place, (term, weight) in enumerate(terms):
            paragraphs, counts = self._postings(term)
            if place and len(paragraphs) > _LONG:
                kth = _kth_highest(scores, k)
                if kth > bounds[place]:
                    return terms[place:], float(kth - bounds[place])
            if allowed is not None:
                passing = allowed[paragraphs]
                paragraphs, counts = paragraphs[passing], counts[passing]
            scores[paragraphs] += weight * self._saturated(paragraphs, counts)
        return [], _kth_highest(scores, k)

    def _postings(self, term: int) -> tuple[NDArray[np.int32], NDArray[np.uint8]]:
        """The paragraphs that have a term, ascending, and how often each has it."""
        span = slice(self.posting_start[term], self.posting_start[term + 1])
        return self.posting_paragraph[span], self.posting_count[span]

    def _saturated(self, paragraphs: NDArray[Any], counts: NDArray[np.uint8]) -> Floats:
        """BM25's factor of a term that each of `paragraphs` has `counts` times."""
        return saturated(counts.astype(np.float32), self._norm[paragraphs])


def length_norm(relative: Floats, b: float) -> Floats:
    """BM25's normalisation of lengths, given as multiples of the mean length."""
    return np.asarray(PARAMETERS.k1 * (1 - b + b * relative), dtype=np.float32)


def saturated(counts: Floats, norm: Floats) -> Floats:
    """BM25's factor, 0 to k1 + 1, of a term that texts with that `length_norm` have so often."""
    return np.asarray(counts * (PARAMETERS.k1 + 1) / (counts + norm), dtype=np.float32)


def _weighted(queries: Mapping[str, LexicalQuery]) -> list[tuple[int, float]]:
    """The known terms of all languages with their weights."""
    return [
        (int(term), float(weight))
        for query in queries.values()
        for term, weight in zip(query.terms, query.idf, strict=True)
        if term >= 0
    ]


def _kth_highest(scores: Floats, k: int) -> float:
    """The `k`-th highest score, or 0 when fewer are above 0.

    Scores are divided into blocks. The `k`-th highest of the blocks' maxima is a lower bound, and
    only the few scores above it are sorted. This takes .14 ms for 250,000 scores; np.partition
    takes up to 25 ms, since most scores are zero.
    """
    if len(scores) < k:
        return 0.0
    width = max(1, len(scores) // (_BLOCKS_PER_SCORE * k))
    maxima = np.maximum.reduceat(scores, np.arange(0, len(scores), width))
    floor = np.sort(maxima)[-k]
    high = scores[scores >= floor] if floor > 0 else scores[scores > 0]
    return float(np.sort(high)[-k]) if len(high) >= k else 0.0


def _idf(df: NDArray[np.integer[Any]], count: int) -> Floats:
    """BM25's idf of terms that `df` of `count` paragraphs have."""
    return np.log1p((count - df + 0.5) / (df + 0.5)).astype(np.float32)


def _build(texts: Sequence[Terms]) -> LexicalIndex:
    codes: dict[str, int] = {}
    for text in texts:
        codes.setdefault(text.language, len(codes))
    sizes = [len(text.paragraphs) for text in texts]
    language = np.repeat(_array([codes[t.language] for t in texts], np.uint16), sizes)
    sentence_start = starts_of(_concatenated([t.paragraphs for t in texts], np.int32))
    token_start = starts_of(_concatenated([t.sentences for t in texts], np.int32))
    vocabulary, tokens, of_titles = _number_terms(
        _concatenated([t.terms for t in texts], np.uint64),
        _concatenated([t.title for t in texts], np.uint64),
    )
    # Each paragraph has a copy of its article's title.
    starts = starts_of(_array([len(t.title) for t in texts], np.int64))
    title_tokens = of_titles[ranges(np.repeat(starts[:-1], sizes), np.repeat(starts[1:], sizes))]
    title_start = starts_of(np.repeat(np.diff(starts), sizes))
    text = _counts(tokens, token_start[sentence_start], len(vocabulary))
    postings = text + _counts(title_tokens, title_start, len(vocabulary))
    return LexicalIndex(
        languages=tuple(codes),
        language=language,
        vocabulary=vocabulary,
        df=np.diff(text.indptr).astype(np.int32),
        tokens=tokens,
        token_start=token_start,
        sentence_start=sentence_start,
        title_tokens=title_tokens,
        title_start=title_start,
        posting_start=postings.indptr.astype(np.int64),
        posting_paragraph=postings.indices.astype(np.int32),
        posting_count=np.minimum(postings.data, np.iinfo(np.uint8).max).astype(np.uint8),
    )


def _array(values: list[int], dtype: type[np.generic]) -> NDArray[Any]:
    return np.array(values, dtype=dtype)


def _concatenated(parts: list[NDArray[Any]], dtype: type[np.generic]) -> NDArray[Any]:
    return np.concatenate([np.empty(0, dtype=dtype), *parts])


def _number_terms(
    hashes: NDArray[np.uint64], titles: NDArray[np.uint64]
) -> tuple[NDArray[np.uint64], NDArray[np.int32], NDArray[np.int32]]:
    """The sorted distinct hashes of both groups, and the positions of each group's hashes in them.

    A million hashes are sorted and looked up at a time: these fit in the processor's cache.
    """
    blocks = [hashes[i : i + _BLOCK] for i in range(0, len(hashes), _BLOCK)]
    vocabulary = _distinct(np.concatenate([*map(_distinct, blocks), titles]))
    places = np.empty(len(hashes), dtype=np.int32)
    for i, block in enumerate(blocks):
        places[i * _BLOCK : (i + 1) * _BLOCK] = np.searchsorted(vocabulary, block)
    return vocabulary, places, np.searchsorted(vocabulary, titles).astype(np.int32)


def _distinct(values: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """The distinct values, sorted. np.unique uses a hash table, which takes three times as long."""
    ordered = np.sort(values)
    first = np.append(True, ordered[1:] != ordered[:-1])[: len(ordered)]
    return np.asarray(ordered[first])


def _counts(tokens: NDArray[np.int32], start: Ints, terms: int) -> "csc_array":
    """(paragraphs, terms) how often each paragraph has each term; it starts at `start`."""
    from scipy.sparse import csr_array  # lazy: only a build needs it

    ones = np.ones(len(tokens), dtype=np.int32)
    counts = csr_array((ones, tokens, start), shape=(len(start) - 1, terms)).tocsc()
    counts.sum_duplicates()
    return counts
