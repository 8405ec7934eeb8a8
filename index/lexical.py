"""Words: which paragraphs share the question's terms, and how much of the question they cover.

A paragraph is searched in its own language: its text is analysed as that language, and a question
is analysed once for each language of the corpus. Terms of different languages never meet.

Everything is flat arrays, so that a generation can map them from disk: the vocabulary is a sorted
array of 64-bit term hashes, the text is kept forward (terms of every sentence, in order) and
inverted (paragraphs of every term).
"""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from index.analysis import analyse
from index.function_words import function_terms

__all__ = ["LexicalIndex", "LexicalQuery", "Text", "match", "ranges"]

K1 = 1.2
B = 0.75
"""BM25's usual parameters (Robertson & Zaragoza, The Probabilistic Relevance Framework, 2009)."""

_COMMON, _COMMON_AT_LEAST = 0.01, 5  # share, and number, of paragraphs with a common word
_FUNCTION_WEIGHT = 0.1  # not zero: "The Who" has nothing else

Ints = NDArray[np.int64]
Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Text:
    """A paragraph to index: its language, its article's title, its sentences."""

    language: str
    title: str
    sentences: Sequence[str]


@dataclass(frozen=True, slots=True)
class LexicalQuery:
    """A question in the terms of one language of the corpus.

    `terms` (T,) are the distinct terms' places in the vocabulary, -1 where the corpus doesn't have
    one; `idf` (T,) their weights, the highest possible for an unknown term; `sequence` the
    question as places in `terms`, in order. `is_empty`: nothing but words that hold a question
    together, or one word alone that is common here.
    """

    terms: NDArray[np.int64]
    idf: Floats
    sequence: NDArray[np.int64]
    is_empty: bool = False

    @property
    def is_known(self) -> bool:
        """Whether the corpus has any of the terms in this language."""
        return bool((self.terms >= 0).any())

    @property
    def mass(self) -> float:
        """Sum of idf: what a text that has every term covers."""
        return float(self.idf.sum())


@dataclass(frozen=True)
class LexicalIndex:
    """The arrays. S sentences, P paragraphs, V terms, L languages; titles are kept per paragraph.

    languages      names, the position is the code
    language       (P,) uint16 code of each paragraph
    vocabulary     (V,) uint64 sorted hashes
    df             (V,) int32 paragraphs with the term; not in the title, which would make the
                   very subject of a one-article library a word that says nothing
    tokens         (N,) int32 terms of all sentences, in order
    token_start    (S+1,) int64 where each sentence's terms start
    sentence_start (P+1,) int64 where each paragraph's sentences start
    title_tokens, title_start  the same for titles, one a paragraph
    posting_start  (V+1,) int64; posting_paragraph (M,) int32; posting_count (M,) uint16
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
    posting_count: NDArray[np.uint16]

    ARRAYS = (
        "language", "vocabulary", "df", "tokens", "token_start", "sentence_start",
        "title_tokens", "title_start", "posting_start", "posting_paragraph", "posting_count",
    )  # fmt: skip

    @classmethod
    def build(cls, texts: Iterable[Text]) -> "LexicalIndex":
        """Index paragraphs in order."""
        return _Builder().build(texts)

    @cached_property
    def paragraph_count_by_language(self) -> Ints:
        """(L,) paragraphs in each language."""
        return np.bincount(self.language, minlength=len(self.languages))

    @cached_property
    def paragraph_length(self) -> Floats:
        """(P,) terms of each paragraph, title included."""
        text = np.diff(self.token_start[self.sentence_start])
        return (text + np.diff(self.title_start)).astype(np.float32)

    @cached_property
    def mean_length(self) -> Floats:
        """(L,) terms of a paragraph, title included, on average in each language; at least 1."""
        lengths = self.paragraph_length
        totals = np.bincount(self.language, weights=lengths, minlength=len(self.languages))
        means = totals / np.maximum(self.paragraph_count_by_language, 1)
        return np.maximum(means, 1).astype(np.float32)

    @cached_property
    def _norm(self) -> Floats:
        """(P,) BM25's length normalisation, relative to the mean of the paragraph's language."""
        relative = self.paragraph_length / self.mean_length[self.language]
        return np.asarray(K1 * (1 - B + B * relative), dtype=np.float32)

    @cached_property
    def mean_sentence_length(self) -> float:
        """Terms of a sentence, on average."""
        return max(1.0, len(self.tokens) / max(1, len(self.token_start) - 1))

    def query(self, question: str) -> dict[int, LexicalQuery]:
        """The question by language code, for each language in which it has any term at all."""
        queries = {}
        for code, language in enumerate(self.languages):
            terms = analyse(question, language)
            if terms:
                queries[code] = self._lookup(terms, code)
        return queries

    def weights(self, text: str, code: int) -> dict[str, float]:
        """What each term of `text` counts in the language of that code: its idf."""
        terms = analyse(text, self.languages[code])
        idf = self._lookup(terms, code).idf.tolist() if terms else []
        return dict(zip(dict.fromkeys(terms), idf, strict=True))

    def _lookup(self, terms: list[str], code: int) -> LexicalQuery:
        distinct = {term: i for i, term in enumerate(dict.fromkeys(terms))}
        hashes = np.array([_hash(self.languages[code], t) for t in distinct], dtype=np.uint64)
        places = np.searchsorted(self.vocabulary, hashes).astype(np.int64)
        places[places == len(self.vocabulary)] = 0
        known = (
            self.vocabulary[places] == hashes
            if len(self.vocabulary)
            else np.zeros(len(hashes), bool)
        )
        df = np.where(known, self.df[places] if len(self.df) else 0, 0)
        idf = _idf(df, int(self.paragraph_count_by_language[code]))
        empty = function_terms(self.languages[code])
        holds_together = np.array([term in empty for term in distinct])
        idf[holds_together] *= _FUNCTION_WEIGHT
        sequence = np.array([distinct[term] for term in terms], dtype=np.int64)
        common = max(_COMMON_AT_LEAST, _COMMON * int(self.paragraph_count_by_language[code]))
        says_nothing = bool(holds_together.all() or (len(terms) == 1 and df[0] > common))
        return LexicalQuery(np.where(known, places, -1), idf, sequence, says_nothing)

    def sentence_query(self, sentence: int) -> LexicalQuery:
        """A sentence of the corpus as a question."""
        tokens = self.tokens[self.token_start[sentence] : self.token_start[sentence + 1]]
        terms, sequence = np.unique(tokens, return_inverse=True)
        paragraph = int(np.searchsorted(self.sentence_start, sentence, side="right")) - 1
        count = int(self.paragraph_count_by_language[self.language[paragraph]])
        return LexicalQuery(terms.astype(np.int64), _idf(self.df[terms], count), sequence)

    def scores(self, queries: dict[int, LexicalQuery]) -> Floats:
        """(P,) BM25 of every paragraph with its title."""
        scores = np.zeros(len(self.language), dtype=np.float32)
        for query in queries.values():
            for term, weight in zip(query.terms, query.idf, strict=True):
                if term < 0:
                    continue
                span = slice(self.posting_start[term], self.posting_start[term + 1])
                paragraphs = self.posting_paragraph[span]
                counts = self.posting_count[span].astype(np.float32)
                scores[paragraphs] += weight * (K1 + 1) * counts / (counts + self._norm[paragraphs])
        return scores


def _idf(df: NDArray[np.integer[Any]], count: int) -> Floats:
    """BM25's idf of terms that stand in `df` of `count` paragraphs."""
    return np.log1p((count - df + 0.5) / (df + 0.5)).astype(np.float32)


def _hash(language: str, term: str) -> int:
    digest = hashlib.blake2b(f"{language}\0{term}".encode(), digest_size=8).digest()
    return int.from_bytes(digest, "little")


class _Builder:
    """Numbers terms as they come; renumbers them in hash order at the end."""

    def __init__(self) -> None:
        self._numbers: dict[tuple[str, str], int] = {}
        self._tokens: list[int] = []
        self._token_start = [0]
        self._sentence_start = [0]
        self._title_tokens: list[int] = []
        self._title_start = [0]
        self._codes: dict[str, int] = {}
        self._language: list[int] = []

    def build(self, texts: Iterable[Text]) -> LexicalIndex:
        for text in texts:
            self._add(text)
        hashes = np.array([_hash(*key) for key in self._numbers], dtype=np.uint64)
        order = np.argsort(hashes)
        rank = np.empty(len(order), dtype=np.int32)
        rank[order] = np.arange(len(order), dtype=np.int32)
        tokens = rank[np.array(self._tokens, dtype=np.int64)]
        titles = rank[np.array(self._title_tokens, dtype=np.int64)]
        token_start = np.array(self._token_start, dtype=np.int64)
        sentence_start = np.array(self._sentence_start, dtype=np.int64)
        title_start = np.array(self._title_start, dtype=np.int64)
        owner = _owners(token_start[sentence_start])
        in_text = _invert(tokens, owner, len(self._language), len(order))
        postings = _invert(
            np.concatenate([tokens, titles]),
            np.concatenate([owner, _owners(title_start)]),
            len(self._language),
            len(order),
        )
        return LexicalIndex(
            languages=tuple(self._codes),
            language=np.array(self._language, dtype=np.uint16),
            vocabulary=hashes[order],
            df=np.diff(in_text[0]).astype(np.int32),
            tokens=tokens,
            token_start=token_start,
            sentence_start=sentence_start,
            title_tokens=titles,
            title_start=title_start,
            posting_start=postings[0],
            posting_paragraph=postings[1],
            posting_count=postings[2],
        )

    def _add(self, text: Text) -> None:
        self._language.append(self._codes.setdefault(text.language, len(self._codes)))
        self._title_tokens.extend(self._number(text.title, text.language))
        self._title_start.append(len(self._title_tokens))
        for sentence in text.sentences:
            self._tokens.extend(self._number(sentence, text.language))
            self._token_start.append(len(self._tokens))
        self._sentence_start.append(len(self._token_start) - 1)

    def _number(self, text: str, language: str) -> list[int]:
        numbers = self._numbers
        return [
            numbers.setdefault((language, term), len(numbers)) for term in analyse(text, language)
        ]


def _owners(start: Ints) -> Ints:
    """Which run each token belongs to, for runs that lie at start[i]:start[i+1]."""
    return np.repeat(np.arange(len(start) - 1, dtype=np.int64), np.diff(start))


def _invert(
    tokens: NDArray[np.int32], owner: Ints, paragraphs: int, terms: int
) -> tuple[Ints, NDArray[np.int32], NDArray[np.uint16]]:
    """Postings: where each term's start, their paragraphs in order, and how often it stands there.

    `owner` is the paragraph of each of `tokens`.
    """
    keys, counts = np.unique(
        tokens.astype(np.int64) * max(1, paragraphs) + owner, return_counts=True
    )
    term, paragraph = np.divmod(keys, max(1, paragraphs))
    start = np.zeros(terms + 1, dtype=np.int64)
    np.cumsum(np.bincount(term, minlength=terms), out=start[1:])
    return (
        start,
        paragraph.astype(np.int32),
        np.minimum(counts, np.iinfo(np.uint16).max).astype(np.uint16),
    )


def ranges(starts: Ints, ends: Ints) -> Ints:
    """Concatenation of `arange(start, end)` for each pair."""
    lengths = ends - starts
    offsets = np.repeat(ends - np.cumsum(lengths), lengths)
    return np.arange(int(lengths.sum()), dtype=np.int64) + offsets


def match(
    query: LexicalQuery, tokens: NDArray[np.int32], start: Ints, end: Ints
) -> tuple[Floats, NDArray[np.bool_], Floats]:
    """Where a query's terms and word pairs stand in N runs of tokens.

    Counts (N, T) of each term, presence (N, B) of each distinct word pair, lengths (N,).
    """
    size, runs = len(query.terms), len(start)
    order = np.argsort(query.terms)
    known = query.terms[order]
    run = tokens[ranges(start, end)]
    lengths = end - start
    owner = np.repeat(np.arange(runs), lengths)
    place = np.minimum(np.searchsorted(known, run), size - 1)
    term = np.where(known[place] == run, order[place], -1)

    hit = term >= 0
    counts = np.bincount(owner[hit] * size + term[hit], minlength=runs * size)
    pairs = np.unique(query.sequence[:-1] * size + query.sequence[1:])
    found = np.zeros((runs, len(pairs)), dtype=bool)
    if len(pairs) and len(run) > 1:
        side_by_side = hit[:-1] & hit[1:] & (owner[:-1] == owner[1:])
        code = term[:-1][side_by_side] * size + term[1:][side_by_side]
        column = np.minimum(np.searchsorted(pairs, code), len(pairs) - 1)
        is_pair = pairs[column] == code
        found[owner[:-1][side_by_side][is_pair], column[is_pair]] = True
    return (
        counts.reshape(runs, size).astype(np.float32),
        found,
        lengths.astype(np.float32),
    )
