"""Texts as hashes of their terms, from which the lexical index is built."""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from index.analysis.tokenizer import analyse

__all__ = ["Terms", "term_hash", "terms_of"]


@dataclass(frozen=True, slots=True)
class Terms:
    """Paragraphs of one language under one title, as 64-bit hashes of their terms.

    title      (T,) uint64 terms of the title
    paragraphs (P,) int32 how many sentences each has
    sentences  (S,) int32 how many terms each has
    terms      (N,) uint64 terms of all sentences, in order
    """

    language: str
    title: NDArray[np.uint64]
    paragraphs: NDArray[np.int32]
    sentences: NDArray[np.int32]
    terms: NDArray[np.uint64]


def terms_of(language: str, title: str, paragraphs: Iterable[Sequence[str]]) -> Terms:
    """The terms of a title and of paragraphs, each given as its sentences."""
    sizes: list[int] = []
    counts: list[int] = []
    hashes: list[int] = []
    for sentences in paragraphs:
        sizes.append(len(sentences))
        for sentence in sentences:
            terms = _hashes(sentence, language)
            counts.append(len(terms))
            hashes += terms
    return Terms(
        language,
        np.array(_hashes(title, language), dtype=np.uint64),
        np.array(sizes, dtype=np.int32),
        np.array(counts, dtype=np.int32),
        np.array(hashes, dtype=np.uint64),
    )


@lru_cache(maxsize=1 << 18)
def term_hash(language: str, term: str) -> int:
    """64-bit hash of a term of a language; the same term in two languages has two hashes."""
    digest = hashlib.blake2b(f"{language}\0{term}".encode(), digest_size=8).digest()
    return int.from_bytes(digest, "little")


def _hashes(text: str, language: str) -> list[int]:
    return [term_hash(language, term) for term in analyse(text, language)]
