"""Names for arrays, and the keys by which texts are known to caches."""

import hashlib
from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

__all__ = ["KEY", "Keys", "Vectors", "keys_of", "text_key"]

Vectors = NDArray[np.float32]
"""Embeddings, one a row, or one alone."""

KEY = np.dtype("S16")
"""NumPy's name for 16 bytes that can be sorted and compared."""

Keys = NDArray[np.bytes_]
"""`text_key` of texts, of dtype `KEY`."""


def text_key(text: str) -> bytes:
    """16 bytes that stand for a text."""
    return hashlib.blake2b(text.encode(), digest_size=16).digest()


def keys_of(texts: Iterable[str]) -> Keys:
    """`text_key` of each text."""
    return np.frombuffer(b"".join(map(text_key, texts)), KEY)
