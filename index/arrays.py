"""Types of arrays, and the keys under which caches store texts."""

import hashlib
from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

__all__ = ["KEY", "Keys", "Vectors", "keys_of", "text_key"]

Vectors = NDArray[np.float32]
"""Embeddings: (n, dimension), or (dimension,) for one."""

KEY = np.dtype("S16")
"""The dtype of keys: 16 bytes, which NumPy can sort and compare."""

Keys = NDArray[np.bytes_]
"""(n,) `text_key` of texts, of dtype `KEY`."""


def text_key(text: str) -> bytes:
    """Return 16 bytes that identify a text."""
    return hashlib.blake2b(text.encode(), digest_size=16).digest()


def keys_of(texts: Iterable[str]) -> Keys:
    """Return the `text_key` of each text."""
    return np.frombuffer(b"".join(map(text_key, texts)), KEY)
