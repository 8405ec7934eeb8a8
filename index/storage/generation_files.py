"""The files of a generation: what their arrays hold, and how they are read."""

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
    """Where things lie. P paragraphs, S sentences.

    article    (P,) int32 article of each paragraph
    number     (P,) int32 its place in the article
    page       (P,) int32 the page that it begins on, 0 when there are none
    text_start (P+1,) int64 its bytes in text.bin
    span       (S, 2) int32 code points of each sentence in its paragraph
    cues       (S,) uint16 `AnswerType` flags of each sentence (the file keeps this name)
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
    """Every array of a generation, and its three groups of vectors."""

    layout: Layout
    lexical: LexicalIndex
    paragraphs: DenseIndex
    sentences: DenseIndex
    plain: DenseIndex


class TextFile:
    """Bytes of a file, read as they are needed.

    Mapped, each passage ever shown would keep 64 kB in the process's memory.
    """

    def __init__(self, path: Path) -> None:
        """Open a file. Raises OSError."""
        self._descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        weakref.finalize(self, os.close, self._descriptor)

    def read(self, start: int, end: int) -> bytes:
        """What is from `start` to before `end`."""
        return os.pread(self._descriptor, end - start, start)


def read_arrays(directory: Path, group: str, names: tuple[str, ...]) -> dict[str, Any]:
    """Arrays of a group by name, mapped from disk. Raises OSError or ValueError."""
    return {name: _map_array(directory / f"{group}.{name}.npy") for name in names}


def _map_array(path: Path) -> NDArray[Any]:
    """A plain array over the map: slices of np.memmap itself cost three times as much."""
    return np.asarray(np.load(path, mmap_mode="r", allow_pickle=False))


def read_articles(directory: Path) -> list[ArticleInfo]:
    """Every article, in the order of the index. Raises OSError, or ValueError and its kin."""
    articles = []
    with (directory / "articles.jsonl").open(encoding="utf-8") as lines:
        for line in lines:
            plain = json.loads(line)
            for key in ("published", "updated"):
                plain[key] = date.fromisoformat(plain[key]) if plain[key] else None
            articles.append(ArticleInfo(**plain))
    return articles
