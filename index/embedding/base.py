"""What the index needs of an embedding model, whatever runs it."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from functools import lru_cache
from typing import Protocol

import numpy as np

from index.arrays import Vectors

__all__ = ["Embedder", "RecentQuestions", "first_line", "unit"]

_RECENT = 4_096  # questions


class Embedder(Protocol):
    """From text to unit vectors. Safe to call from several threads."""

    @property
    def name(self) -> str:
        """The model's name in the settings."""

    @property
    def fingerprint(self) -> str:
        """32 hexadecimal digits, which differ for models whose vectors differ."""

    @property
    def dimension(self) -> int:
        """Length of a vector."""

    def embed_passages(self, texts: Sequence[str]) -> Vectors:
        """Unit vectors of texts to be found: float32, shape (len(texts), dimension)."""

    def embed_query(self, text: str) -> Vectors:
        """Unit vector of a question: float32, shape (dimension,)."""

    def for_many(self, count: int) -> "Embedder":
        """The embedder that embeds `count` passages fastest; its vectors are the same in effect."""

    def forget_recent(self) -> None:
        """Clear the cache of questions, so that a measured time includes their encoding."""


class RecentQuestions(ABC):
    """Caches the vectors of the last 4,096 questions: 6 MB of them."""

    def __init__(self) -> None:
        self._recent = lru_cache(maxsize=_RECENT)(self._read_only)

    def embed_query(self, text: str) -> Vectors:
        """See `Embedder`."""
        return self._recent(text)

    def forget_recent(self) -> None:
        """See `Embedder`."""
        self._recent.cache_clear()

    def _read_only(self, text: str) -> Vectors:
        vector = self._encode_query(text)
        vector.setflags(write=False)  # every caller gets the same array
        return vector

    @abstractmethod
    def _encode_query(self, text: str) -> Vectors:
        """Unit vector of a question: float32, shape (dimension,)."""


def unit(vectors: Vectors) -> Vectors:
    """Vectors (n, dimension) scaled to length 1; a zero vector stays zero."""
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.asarray(vectors / np.maximum(lengths, 1e-12), dtype=np.float32)


def first_line(error: Exception) -> str:
    """First line of a library's error message, at most 200 characters; else its class name."""
    text = str(error).strip() or type(error).__name__
    return text.splitlines()[0][:200]
