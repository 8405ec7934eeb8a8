"""Turns texts into hashes of their terms, from which the lexical index is built."""

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
    """The paragraphs of one article in one language, as 64-bit hashes of their terms.

    language   ISO 639-1 code, or `und`
    title      (T,) uint64 terms of the title
    paragraphs (P,) int32 number of sentences of each paragraph
    sentences  (S,) int32 number of terms of each sentence
    terms      (N,) uint64 terms of all sentences, in order
    """

    language: str
    title: NDArray[np.uint64]
    paragraphs: NDArray[np.int32]
    sentences: NDArray[np.int32]
    terms: NDArray[np.uint64]


def terms_of(language: str, title: str, paragraphs: Iterable[Sequence[str]]) -> Terms:
    """Return the terms of a title and of paragraphs; each paragraph is a sequence of sentences."""
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
    """Return a 64-bit hash of a term; it differs between languages."""
    digest = hashlib.blake2b(f"{language}\0{term}".encode(), digest_size=8).digest()
    return int.from_bytes(digest, "little")


def _hashes(text: str, language: str) -> list[int]:
    return [term_hash(language, term) for term in analyse(text, language)]
