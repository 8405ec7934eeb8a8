"""Builds a generation from the articles of the library."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from corpus import Article
from index.analysis.analysed_article import AnalysedArticle, texts_to_embed
from index.arrays import Keys, keys_of
from index.embedding.base import Embedder
from index.embedding.onnx_export import export_encoder
from index.embedding.probes import PROBES
from index.embedding.sentence_transformer import SentenceTransformerEmbedder
from index.indexing.measure_trust import Paragraphs, measure_scale, measure_trust
from index.progress import ProgressCallback
from index.search.term_matching import starts_of
from index.storage.analysis_cache import SqliteAnalysisCache
from index.storage.cache_ports import AnalysisCache, VectorCache
from index.storage.generation_store import EmbeddedStore
from index.storage.ports import GenerationContent, GenerationStore
from index.storage.vector_cache import SqliteVectorCache

__all__ = ["BuildCaches", "build", "build_generation"]


@dataclass(frozen=True, slots=True)
class BuildCaches:
    """The caches that save work at the next build: analyses of articles, and vectors of texts."""

    analyses: AnalysisCache
    vectors: VectorCache

    @classmethod
    def under(cls, data: Path) -> "BuildCaches":
        """Open the embedded caches in the data folder. Raises QuotebotError."""
        return cls(
            SqliteAnalysisCache(data / "analyses.db"), SqliteVectorCache(data / "vectors.db")
        )


def build(
    articles: Iterable[Article],
    revision: str,
    embedder: Embedder,
    data: Path,
    progress: ProgressCallback | None = None,
    *,
    forget: bool = True,
) -> str:
    """Call `build_generation` with the embedded store and caches below `data`."""
    return build_generation(
        articles,
        revision,
        embedder,
        EmbeddedStore(data),
        lambda: BuildCaches.under(data),
        data,
        progress,
        forget=forget,
    )


def build_generation(
    articles: Iterable[Article],
    revision: str,
    embedder: Embedder,
    store: GenerationStore,
    open_caches: Callable[[], BuildCaches],
    exports: Path,
    progress: ProgressCallback | None = None,
    *,
    forget: bool = True,
) -> str:
    """Build a generation of `articles` in `store`, make it current, and return its name.

    `revision` is the revision of the library. Texts and articles that are in a cache are not
    embedded or analysed again; with `forget`, entries that this build did not use are deleted. The
    caches are opened after the store is locked. The model is exported to the folder `exports`.
    Readers use the previous generation until the last step; after an error, it stays current.

    Raises BuildInProgress when another process is building, IndexUnavailable when the files differ
    from what was written, QuotebotError when the store or a cache cannot be written.
    """
    report = progress or (lambda what, done, total: None)
    kept = list(articles)
    with store.building() as writer:
        caches = open_caches()
        analysed = caches.analyses.analyse(kept, lambda done, total: report("Reading", done, total))
        texts = _TextsToEmbed(kept, analysed)
        vectors = caches.vectors.look_up(
            embedder,
            texts.keys,
            texts.text,
            lambda done, total: report("Embedding", done, total),
        )
        report("Indexing", 0, 1)
        content = _content(kept, analysed, texts.split(vectors), revision, embedder)
        writer.write(content)
        report("Indexing", 1, 1)
        if isinstance(embedder, SentenceTransformerEmbedder):
            report("Exporting the model", 0, 1)
            export_encoder(embedder, exports)
        report("Checking", 0, 1)
        writer.check(content)
        if forget:  # before the last step: if this fails, readers notice nothing
            caches.analyses.keep_only(analysed)
            caches.vectors.keep_only(texts.keys)
        name = writer.publish()
        report("Checking", 1, 1)
    return name


def _content(
    articles: Sequence[Article],
    analysed: Sequence[AnalysedArticle],
    vectors: Sequence[NDArray[np.float16]],
    revision: str,
    embedder: Embedder,
) -> GenerationContent:
    paragraphs, sentences, plain, probes = vectors
    questions, answers = probes[::2].astype(np.float32), probes[1::2].astype(np.float32)
    scale = measure_scale(questions, answers)
    return GenerationContent(
        articles=articles,
        analysed=analysed,
        paragraph_vectors=paragraphs,
        sentence_vectors=sentences,
        plain_vectors=plain,
        scale=scale,
        measure_trust=lambda vectors: measure_trust(_paragraphs(analysed), vectors, scale),
        library_revision=revision,
        model=embedder.name,
        fingerprint=embedder.fingerprint,
        dimension=embedder.dimension,
    )


def _paragraphs(analysed: Sequence[AnalysedArticle]) -> Paragraphs:
    """The paragraphs of all articles, with language, article and sentences."""
    languages = list(dict.fromkeys(one.terms.language for one in analysed))
    codes = np.array([languages.index(one.terms.language) for one in analysed], dtype=np.uint16)
    sizes = [len(one.terms.paragraphs) for one in analysed]
    sentences = [np.empty(0, np.int32), *(one.terms.paragraphs for one in analysed)]
    return Paragraphs(
        languages,
        np.repeat(codes, sizes),
        np.repeat(np.arange(len(analysed), dtype=np.int32), sizes),
        starts_of(np.concatenate(sentences)),
    )


class _TextsToEmbed:
    """The texts to embed, of all articles.

    First come the paragraphs with their title, then the sentences with it, then the sentences alone
    (see `texts_to_embed`), then the probes. A text is made when it is needed: all at once would
    take much memory, and most are in the cache.
    """

    def __init__(self, articles: Sequence[Article], analysed: Sequence[AnalysedArticle]) -> None:
        self._of = lru_cache(maxsize=1)(lambda i: texts_to_embed(articles[i], analysed[i]))
        self._probes = [text for pair in PROBES for text in pair]
        sizes = np.array(
            [(len(one.number), len(one.span), len(one.span)) for one in analysed],
            dtype=np.int64,
        ).reshape(-1, 3)
        self._first = np.cumsum(sizes, axis=1) - sizes  # of each kind, among an article's texts
        self._start = np.append(0, np.cumsum(sizes.T))  # of each kind and article, among all
        self.keys: Keys = np.concatenate(
            [
                *(
                    one.texts[first : first + size]
                    for firsts, kind in zip(self._first.T, sizes.T, strict=True)
                    for one, first, size in zip(analysed, firsts, kind, strict=True)
                ),
                keys_of(self._probes),
            ]
        )

    def split(self, vectors: NDArray[np.float16]) -> list[NDArray[np.float16]]:
        """Split the vectors: of paragraphs, sentences with title, sentences alone, and probes."""
        articles = len(self._first)
        return np.split(vectors, self._start[[articles, 2 * articles, 3 * articles]])

    def text(self, place: int) -> str:
        """Return the text at a position; its key is at the same position in `keys`."""
        run = int(np.searchsorted(self._start, place, "right")) - 1
        within = place - int(self._start[run])
        if run == len(self._start) - 1:
            return self._probes[within]
        kind, article = divmod(run, len(self._first))
        return self._of(article)[int(self._first[article, kind]) + within]
