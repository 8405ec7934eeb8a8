"""Simple systems with which quotebot is compared: vectors alone, and BM25 alone."""

import time

import numpy as np
from numpy.typing import NDArray

from index.arrays import Vectors
from index.embedding.base import Embedder
from index.engine.engine import Engine
from index.evaluation.results import DEPTH, Shown, document_name
from index.search.term_matching import LexicalQuery
from index.storage.cache_ports import VectorCache
from index.storage.generation import Generation

__all__ = ["Naive", "Words"]


class Naive:
    """A naive bot: it searches embedded paragraphs, and quotes the nearest sentence."""

    name = "naive"

    def __init__(self, embedder: Embedder, cache: VectorCache) -> None:
        """Embed with `embedder`; store the vectors of paragraphs in `cache`."""
        self._embedder = embedder
        self._cache = cache
        self._generation = ""

    def show(self, engine: Engine, question: str) -> Shown:
        """See `System`."""
        import faiss

        generation = _embedded(engine)
        if generation.name != self._generation:
            texts = [generation.text(p) for p in range(len(generation.paragraphs))]
            self._index = faiss.IndexFlatIP(self._embedder.dimension)
            self._index.add(self._cache.embed(self._embedder, texts).astype(np.float32))
            self._generation = generation.name
        started = time.perf_counter()
        vector = self._embedder.embed_query(question)
        scores, ids = self._index.search(vector[None, :], DEPTH)
        found = ids[0][ids[0] >= 0]
        quote = _nearest_sentence(generation, vector, int(found[0])) if len(found) else ""
        seconds = time.perf_counter() - started
        return _shown(generation, found, scores[0][: len(found)], quote, seconds)


class Words:
    """BM25 alone; it quotes the sentence with most of the question's idf."""

    name = "bm25"

    def show(self, engine: Engine, question: str) -> Shown:
        """See `System`."""
        generation = _embedded(engine)
        started = time.perf_counter()
        lexical = generation.lexical
        queries = lexical.query(question)
        every = lexical.scores(queries)
        ids = np.argsort(-every, kind="stable")[:DEPTH].astype(np.int64)
        quote = ""
        if len(ids):
            sentences = generation.sentence_range(int(ids[0]))
            query = queries.get(lexical.languages[int(lexical.language[ids[0]])])
            masses = [_mass(query, _terms(generation, s)) for s in sentences]
            quote = _sentence_text(generation, int(ids[0]), sentences[int(np.argmax(masses))])
        return _shown(generation, ids, every[ids], quote, time.perf_counter() - started)


def _embedded(engine: Engine) -> Generation:
    """The generation in use, of which the baselines read the arrays."""
    generation = engine.current()
    if not isinstance(generation, Generation):
        raise TypeError("the baselines need an embedded index")
    return generation


def _shown(
    generation: Generation, ids: NDArray[np.int64], scores: Vectors, quote: str, seconds: float
) -> Shown:
    documents = [
        document_name(generation.article_of(int(i)).id, int(generation.layout.number[i]))
        for i in ids
    ]
    best = float(scores[0]) if len(scores) else 0.0
    return Shown(documents, [float(s) for s in scores], quote, best, True, seconds)


def _nearest_sentence(generation: Generation, vector: Vectors, paragraph: int) -> str:
    sentences = generation.sentence_range(paragraph)
    near = generation.plain.similarities(vector, np.array(sentences, dtype=np.int64))
    return _sentence_text(generation, paragraph, sentences[int(near.argmax())])


def _sentence_text(generation: Generation, paragraph: int, sentence: int) -> str:
    start, end = generation.layout.span[sentence]
    return generation.text(paragraph)[start:end]


def _mass(query: LexicalQuery | None, terms: NDArray[np.int32]) -> float:
    """Sum of idf of the question's terms that are among `terms`."""
    return 0.0 if query is None else float(query.idf[np.isin(query.terms, terms)].sum())


def _terms(generation: Generation, sentence: int) -> NDArray[np.int32]:
    start, end = generation.lexical.token_start[sentence : sentence + 2]
    return generation.lexical.tokens[start:end]
