"""Fakes for tests of the index: an embedder and a reader without models, and short articles."""

import zlib
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from corpus import Article, Paragraph
from index.analysis.tokenizer import analyse
from index.reading.ports import ReaderInput, SpanScores


class FakeEmbedder:
    """An embedder without a model: texts that share words have similar vectors.

    `embedded` lists every passage that was embedded.
    """

    name = "fake"
    dimension = 64

    def __init__(self, fingerprint: str = "fake-1") -> None:
        self.fingerprint = fingerprint
        self.embedded: list[str] = []

    def embed_passages(self, texts: Sequence[str]) -> NDArray[np.float32]:
        self.embedded.extend(texts)
        return np.array([self._vector(text) for text in texts], dtype=np.float32).reshape(-1, 64)

    def for_many(self, count: int) -> "FakeEmbedder":
        return self

    def forget_recent(self) -> None:
        pass

    def embed_query(self, text: str) -> NDArray[np.float32]:
        return self._vector(text)

    def _vector(self, text: str) -> NDArray[np.float32]:
        vector = np.full(self.dimension, 1e-3, dtype=np.float32)
        for word in analyse(text, "en"):
            vector += _vector_of(word)
        return np.asarray(vector / np.linalg.norm(vector), dtype=np.float32)


@lru_cache(maxsize=100_000)
def _vector_of(word: str) -> NDArray[np.float64]:
    return np.random.default_rng(zlib.crc32(word.encode())).normal(size=FakeEmbedder.dimension)


def an_article(title: str, *paragraphs: str, **fields: Any) -> Article:
    """An article whose id and source follow from its title."""
    slug = title.lower().replace(" ", "-")
    known = {"id": slug, "source": f"/articles/{slug}.txt", "language": "en", **fields}
    return Article(title=title, paragraphs=tuple(map(Paragraph, paragraphs)), **known)


class FakeReader:
    """A reader without a model: in English passages, `wanted` is the answer to every question."""

    def __init__(self, wanted: str, score: float = 9.0) -> None:
        self.wanted, self.score = wanted, score
        self.seen: list[str] = []

    def reads(self, language: str | None) -> bool:
        return language == "en"

    def read(self, question: str, passages: Sequence[ReaderInput]) -> list[SpanScores] | None:
        self.seen += [passage.text for passage in passages]
        return [self._reading(passage) for passage in passages]

    def _reading(self, passage: ReaderInput) -> SpanScores:
        scores = np.full(len(passage.sentences), -self.score, dtype=np.float32)
        spans = np.array(passage.sentences, dtype=np.int64)
        at = passage.text.find(self.wanted)
        for i, (start, end) in enumerate(passage.sentences):
            if start <= at < end:
                scores[i] = self.score
                spans[i] = at, at + len(self.wanted)
        return SpanScores(scores, spans)
