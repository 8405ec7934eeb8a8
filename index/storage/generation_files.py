"""Reads the files of a generation."""

import json
import os
import weakref
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from index.article_text import ArticleInfo
from index.search.bm25 import LexicalIndex
from index.search.faiss_index import DenseIndex

__all__ = ["GenerationArrays", "Layout", "TextFile", "read_arrays", "read_articles"]


@dataclass(frozen=True, slots=True)
class Layout:
    """Positions of P paragraphs and S sentences.

    article     (P,) int32 position of each paragraph's article in articles.jsonl
    number      (P,) int32 0-based position of the paragraph in its article
    page        (P,) int32 page on which it begins, from 1; 0 where there are no pages
    text_start  (P+1,) int64 where its bytes start in text.bin
    span        (S, 2) int32 start and end of each sentence in its paragraph, in code points
    cues        (S,) uint16 `AnswerType` flags of each sentence; "cues" is their name in the files
    """

    article: NDArray[np.int32]
    number: NDArray[np.int32]
    page: NDArray[np.int32]
    text_start: NDArray[np.int64]
    span: NDArray[np.int32]
    cues: NDArray[np.uint16]

    ARRAYS = ("article", "number", "page", "text_start", "span", "cues")


@dataclass(frozen=True, slots=True)
class GenerationArrays:
    """The arrays of a generation, and its three groups of vectors."""

    layout: Layout
    lexical: LexicalIndex
    paragraphs: DenseIndex
    sentences: DenseIndex
    plain: DenseIndex


class TextFile:
    """The bytes of a file, which are read when they are needed.

    The file is not mapped: each passage that was ever shown would keep 64 kB of memory.
    """

    def __init__(self, path: Path) -> None:
        """Open a file. Raises OSError."""
        self._descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        weakref.finalize(self, os.close, self._descriptor)

    def read(self, start: int, end: int) -> bytes:
        """Return the bytes from `start` to before `end`. Raises OSError."""
        return os.pread(self._descriptor, end - start, start)


def read_arrays(directory: Path, group: str, names: tuple[str, ...]) -> dict[str, Any]:
    """Map the arrays of a group from disk, by name. Raises OSError or ValueError."""
    return {name: _map_array(directory / f"{group}.{name}.npy") for name in names}


def _map_array(path: Path) -> NDArray[Any]:
    """Map an array as a plain array: slices of np.memmap take three times as long."""
    return np.asarray(np.load(path, mmap_mode="r", allow_pickle=False))


def read_articles(directory: Path) -> list[ArticleInfo]:
    """Read every article, in the order of the index.

    Raises OSError, ValueError, KeyError or TypeError.
    """
    articles = []
    with (directory / "articles.jsonl").open(encoding="utf-8") as lines:
        for line in lines:
            plain = json.loads(line)
            for key in ("published", "updated"):
                plain[key] = date.fromisoformat(plain[key]) if plain[key] else None
            articles.append(ArticleInfo(**plain))
    return articles
