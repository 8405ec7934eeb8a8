"""Finds the terms of a question in runs of text."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["LexicalQuery", "TokenRuns", "count", "match", "ranges", "starts_of"]

Ints = NDArray[np.int64]
Floats = NDArray[np.float32]


@dataclass(frozen=True)
class LexicalQuery:
    """The T distinct terms of a question in one language of the corpus.

    words     (T) the terms as text
    terms     (T,) int64 their numbers in the index; -1 for a term that the corpus does not have
    idf       (T,) float32 their weights; the highest possible for an unknown term
    sequence  (n,) int64 the question, in order, as positions in `terms`
    is_empty  whether it has only stop words, or is a single word that is common in the corpus
    """

    words: tuple[str, ...]
    terms: NDArray[np.int64]
    idf: Floats
    sequence: NDArray[np.int64]
    is_empty: bool = False

    @cached_property
    def ordered(self) -> tuple[Ints, Ints]:
        """The order (T,) that sorts the terms by number, and the numbers (T,) in that order."""
        order = self.terms.argsort()
        return order, self.terms[order]

    @cached_property
    def pairs(self) -> Ints:
        """(B,) the distinct word pairs, ascending; each is first * T + second, as positions."""
        return np.unique(self.sequence[:-1] * len(self.terms) + self.sequence[1:])

    @property
    def is_known(self) -> bool:
        """Whether the corpus has any of the terms in this language."""
        return bool((self.terms >= 0).any())

    @cached_property
    def mass(self) -> float:
        """Sum of the idf of all terms."""
        return float(self.idf.sum())

    @property
    def weights(self) -> dict[str, float]:
        """The idf of each distinct term, by its text."""
        return dict(zip(self.words, self.idf.tolist(), strict=True))


@dataclass(frozen=True, slots=True)
class TokenRuns:
    """N runs of text as term numbers, end to end: run i is tokens[start[i]:start[i + 1]].

    tokens  (M,) integers, with the numbers of `LexicalQuery.terms`
    start   (N+1,) int64
    """

    tokens: NDArray[np.integer[Any]]
    start: Ints

    @classmethod
    def of(cls, runs: Iterable[Iterable[int]]) -> "TokenRuns":
        """Make runs of lists of term numbers."""
        lists = [list(run) for run in runs]
        tokens = np.array([token for run in lists for token in run], dtype=np.int64)
        return cls(tokens, np.cumsum([0, *map(len, lists)], dtype=np.int64))

    @classmethod
    def cut(cls, tokens: NDArray[np.integer[Any]], start: Ints, end: Ints) -> "TokenRuns":
        """Copy tokens[start[i]:end[i]] for each i."""
        return cls(tokens[ranges(start, end)], starts_of(end - start))

    def select(self, rows: Ints) -> "TokenRuns":
        """Return the runs at `rows`, in that order."""
        return TokenRuns.cut(self.tokens, self.start[rows], self.start[rows + 1])

    @property
    def lengths(self) -> Ints:
        """(N,) number of tokens of each run."""
        return self.start[1:] - self.start[:-1]

    def __len__(self) -> int:
        return len(self.start) - 1


def starts_of(lengths: NDArray[Any]) -> Ints:
    """Return where runs of these lengths start, and the end of the last one: (N+1,)."""
    starts = np.zeros(len(lengths) + 1, dtype=np.int64)
    np.cumsum(lengths, out=starts[1:])
    return starts


def ranges(starts: Ints, ends: Ints) -> Ints:
    """Return `arange(start, end)` for each pair, concatenated."""
    lengths = ends - starts
    offsets = np.repeat(ends - np.cumsum(lengths), lengths)
    return np.arange(int(lengths.sum()), dtype=np.int64) + offsets


def match(query: LexicalQuery, runs: TokenRuns) -> tuple[Floats, NDArray[np.bool_]]:
    """Find a question's terms and word pairs in N runs.

    Returns (N, T) how often each run has each term, and (N, B) whether it has each word pair.
    """
    owner, term = _matches(query, runs)
    pairs, size = query.pairs, len(query.terms)
    present = np.zeros((len(runs), len(pairs)), dtype=bool)
    if len(pairs) and len(term) > 1:
        hit = term >= 0
        side_by_side = np.flatnonzero(hit[:-1] & hit[1:] & (owner[:-1] == owner[1:]))
        code = term[side_by_side] * size + term[side_by_side + 1]
        column = np.minimum(pairs.searchsorted(code), len(pairs) - 1)
        is_pair = pairs[column] == code
        present[owner[side_by_side[is_pair]], column[is_pair]] = True
    return _counts(query, owner, term, len(runs)), present


def count(query: LexicalQuery, runs: TokenRuns) -> Floats:
    """Return how often N runs have each of a question's T terms: (N, T)."""
    return _counts(query, *_matches(query, runs), len(runs))


def _matches(query: LexicalQuery, runs: TokenRuns) -> tuple[Ints, Ints]:
    """For each token: its run, and the position of its term in the question, or -1."""
    order, known = query.ordered
    owner = np.arange(len(runs)).repeat(runs.lengths)
    place = np.minimum(known.searchsorted(runs.tokens), len(known) - 1)
    return owner, np.where(known[place] == runs.tokens, order[place], -1)


def _counts(query: LexicalQuery, owner: Ints, term: Ints, runs: int) -> Floats:
    size, hit = len(query.terms), np.flatnonzero(term >= 0)
    counts = np.bincount(owner[hit] * size + term[hit], minlength=runs * size)
    return counts.reshape(runs, size).astype(np.float32)
