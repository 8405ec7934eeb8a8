"""The protocol of an embedding model, and code that all models share."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from functools import lru_cache
from typing import Protocol

import numpy as np

from index.arrays import Vectors

__all__ = ["Embedder", "RecentQuestions", "first_line", "unit"]

_RECENT = 4_096  # questions


class Embedder(Protocol):
    """Turns text into unit vectors. Several threads may call it."""

    @property
    def name(self) -> str:
        """The model's name in the settings."""

    @property
    def fingerprint(self) -> str:
        """32 hexadecimal digits; models with different vectors have different fingerprints."""

    @property
    def dimension(self) -> int:
        """Length of a vector."""

    def embed_passages(self, texts: Sequence[str]) -> Vectors:
        """Return unit vectors of texts that are searched: float32 (len(texts), dimension)."""

    def embed_query(self, text: str) -> Vectors:
        """Return the unit vector of a question: float32 (dimension,)."""

    def for_many(self, count: int) -> "Embedder":
        """Return the embedder that is fastest for `count` passages; its vectors are equivalent."""

    def forget_recent(self) -> None:
        """Clear the cache of questions, so that a measured time includes their embedding."""


class RecentQuestions(ABC):
    """Base class that caches the vectors of the last 4,096 questions, 6 MB."""

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
        """Return the unit vector of a question: float32 (dimension,)."""


def unit(vectors: Vectors) -> Vectors:
    """Scale vectors (n, dimension) to length 1; a zero vector stays zero."""
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.asarray(vectors / np.maximum(lengths, 1e-12), dtype=np.float32)


def first_line(error: Exception) -> str:
    """Return the first line of an error's message, at most 200 characters, or its class name."""
    text = str(error).strip() or type(error).__name__
    return text.splitlines()[0][:200]
