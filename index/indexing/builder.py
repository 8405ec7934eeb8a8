"""Library → generation."""

import json
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from corpus import Article
from corpus.cpus import processors
from corpus.errors import IndexUnavailable
from index.analysis.analysed_article import AnalysedArticle, texts_to_embed
from index.arrays import Keys, keys_of
from index.checksum import checksums
from index.embedding.base import Embedder
from index.embedding.onnx_export import export_encoder
from index.embedding.probes import PROBES
from index.embedding.sentence_transformer import SentenceTransformerEmbedder
from index.indexing.measure_trust import Paragraphs, measure_scale, measure_trust
from index.progress import ProgressCallback
from index.search.bm25 import LexicalIndex
from index.search.faiss_index import DenseIndex, use_one_thread
from index.storage.analysis_cache import SqliteAnalysisCache
from index.storage.generation import Generation, Layout, Manifest, open_generation
from index.storage.generation_store import GenerationStore
from index.storage.vector_cache import SqliteVectorCache

__all__ = ["build"]

_UNREADABLE = "the index that was built doesn't read back: nothing was changed"


def build(
    articles: Iterable[Article],
    revision: str,
    embedder: Embedder,
    data: Path,
    progress: ProgressCallback | None = None,
    *,
    forget: bool = True,
) -> str:
    """Build a generation of `articles` under `data` and make it current; its name.

    Only text never embedded before with this model is embedded, only articles never analysed
    before are analysed; with `forget`, what is kept of texts that are no longer there is deleted.
    Until the very last step, people go on reading the generation that was current; on any error it
    stays. Raises QuotebotError when another process is building, IndexUnavailable when what was
    written doesn't read back.
    """
    report = progress or (lambda what, done, total: None)
    kept = list(articles)
    store = GenerationStore(data)
    with store.building() as directory:
        analyses = SqliteAnalysisCache(data / "analyses.db")
        analysed = analyses.analyse(kept, lambda done, total: report("Reading", done, total))
        cache = SqliteVectorCache(data / "vectors.db")
        texts = _Texts(kept, analysed)
        vectors = cache.look_up(
            embedder,
            texts.keys,
            texts.text,
            lambda done, total: report("Embedding", done, total),
        )
        report("Indexing", 0, 1)
        _write(directory, kept, analysed, vectors, revision, embedder)
        report("Indexing", 1, 1)
        if isinstance(embedder, SentenceTransformerEmbedder):
            report("Exporting the model", 0, 1)
            export_encoder(embedder, data)
        report("Checking", 0, 1)
        _check(directory, kept, analysed)
        if forget:  # before the last step: if it fails, nothing has changed to a reader
            analyses.keep_only(analysed)
            cache.keep_only(texts.keys)
        name = store.publish(directory)
        report("Checking", 1, 1)
    return name


class _Texts:
    """What to embed: of all articles the paragraphs, then the sentences with their title, then the
    sentences alone (see `texts_to_embed`); then the probes.

    All at once they would be large, and nearly all have been embedded already.
    """

    def __init__(self, articles: Sequence[Article], analysed: Sequence[AnalysedArticle]) -> None:
        self._of = lru_cache(maxsize=1)(lambda i: texts_to_embed(articles[i], analysed[i]))
        self._probes = [text for pair in PROBES for text in pair]
        sizes = np.array(
            [(len(found.number), len(found.span), len(found.span)) for found in analysed],
            dtype=np.int64,
        ).reshape(-1, 3)
        self._first = np.cumsum(sizes, axis=1) - sizes  # of each kind, among an article's texts
        self._start = np.append(0, np.cumsum(sizes.T))  # of each kind and article, among all
        self.keys: Keys = np.concatenate(
            [
                *(
                    found.texts[first : first + size]
                    for firsts, kind in zip(self._first.T, sizes.T, strict=True)
                    for found, first, size in zip(analysed, firsts, kind, strict=True)
                ),
                keys_of(self._probes),
            ]
        )

    def text(self, place: int) -> str:
        """The one at a place; its key is at the same place among `keys`."""
        run = int(np.searchsorted(self._start, place, "right")) - 1
        within = place - int(self._start[run])
        if run == len(self._start) - 1:
            return self._probes[within]
        kind, article = divmod(run, len(self._first))
        return self._of(article)[int(self._first[article, kind]) + within]


def _write(
    directory: Path,
    articles: Sequence[Article],
    analysed: Sequence[AnalysedArticle],
    vectors: NDArray[np.float16],
    revision: str,
    embedder: Embedder,
) -> None:
    layout = _write_text(directory, articles, analysed)
    for array in Layout.ARRAYS:
        np.save(directory / f"layout.{array}.npy", getattr(layout, array))
    _write_articles(directory / "articles.jsonl", articles)
    titled, titled_sentences, plain, probes = np.split(
        vectors, np.cumsum([len(layout.article), len(layout.span), len(layout.span)])
    )
    asked, answers = probes[::2].astype(np.float32), probes[1::2].astype(np.float32)
    scale = measure_scale(asked, answers)
    with _workers() as pool:  # what takes longest comes first
        sentences = pool.submit(_write_dense, directory, "sentences", titled_sentences, plain)
        scored = pool.submit(_write_dense, directory, "plain", plain)
        words = pool.submit(_write_lexical, directory, analysed)
        paragraphs = pool.submit(_write_dense, directory, "paragraphs", titled, plain)
        lexical = words.result()
        trust = measure_trust(
            Paragraphs(lexical.languages, lexical.language, layout.article, lexical.sentence_start),
            scored.result().vectors,
            scale,
        )
        dense = {
            "plain": scored.result().kind,
            "paragraphs": paragraphs.result().kind,
            "sentences": sentences.result().kind,
        }
    manifest = Manifest(
        created=datetime.now(UTC).isoformat(timespec="seconds"),
        model=embedder.name,
        fingerprint=embedder.fingerprint,
        dimension=embedder.dimension,
        library_revision=revision,
        articles=len(articles),
        paragraphs=len(layout.article),
        sentences=len(layout.span),
        scale=scale,
        trust=trust,
        dense=dense,
        files=checksums(sorted(directory.iterdir())),
    )
    (directory / "manifest.json").write_text(manifest.to_json(), "utf-8")


@contextmanager
def _workers() -> Iterator[ThreadPoolExecutor]:
    """Threads for work outside Python, one a task: more would wait for each other.

    What hasn't begun is dropped when anything goes wrong.
    """
    pool = ThreadPoolExecutor(processors(), initializer=use_one_thread)
    try:
        yield pool
    finally:
        pool.shutdown(cancel_futures=True)


def _write_lexical(directory: Path, analysed: Sequence[AnalysedArticle]) -> LexicalIndex:
    lexical = LexicalIndex.build(found.terms for found in analysed)
    for array in LexicalIndex.ARRAYS:
        np.save(directory / f"lexical.{array}.npy", getattr(lexical, array))
    return lexical


def _write_dense(
    directory: Path,
    name: str,
    vectors: NDArray[np.float16],
    questions: NDArray[np.float16] | None = None,
) -> DenseIndex:
    """An index to be searched with such `questions`; without any, only for scores."""
    if questions is None:
        index = DenseIndex.build_for_scores(vectors)
    else:
        index = DenseIndex.build(vectors, questions)
    index.save(directory / f"{name}.faiss")
    return index


def _write_text(
    directory: Path, articles: Sequence[Article], analysed: Sequence[AnalysedArticle]
) -> Layout:
    sizes, pages = [0], []
    with (directory / "text.bin").open("wb") as file:
        for article, found in zip(articles, analysed, strict=True):
            for number in found.number.tolist():
                paragraph = article.paragraphs[number]
                sizes.append(file.write(paragraph.text.encode()))
                pages.append(paragraph.page or 0)
    counts = [len(found.number) for found in analysed]
    return Layout(
        article=np.repeat(np.arange(len(articles), dtype=np.int32), counts),
        number=np.concatenate([np.empty(0, np.int32), *(found.number for found in analysed)]),
        page=np.array(pages, dtype=np.int32),
        text_start=np.cumsum(sizes, dtype=np.int64),
        span=np.concatenate([np.empty((0, 2), np.int32), *(found.span for found in analysed)]),
        cues=np.concatenate([np.empty(0, np.uint16), *(found.types for found in analysed)]),
    )


def _write_articles(path: Path, articles: Sequence[Article]) -> None:
    with path.open("w", encoding="utf-8") as file:
        for article in articles:
            info = {
                "id": article.id,
                "title": article.title,
                "url": article.url,
                "source": article.source,
                "published": article.published and article.published.isoformat(),
                "updated": article.updated and article.updated.isoformat(),
                "language": article.language,
                "paragraphs": len(article.paragraphs),
            }
            file.write(json.dumps(info, ensure_ascii=False) + "\n")


def _check(
    directory: Path, articles: Sequence[Article], analysed: Sequence[AnalysedArticle]
) -> None:
    """Open what was written, compare counts and texts, and let it answer a question about itself.

    Raises IndexUnavailable when anything differs.
    """
    try:
        generation = open_generation(directory)
    except IndexUnavailable as error:  # NumPy drops the error of a file's last block
        raise IndexUnavailable(f"{_UNREADABLE} (is the disk full?)") from error
    paragraphs = sum(len(found.number) for found in analysed)
    sentences = sum(len(found.span) for found in analysed)
    last = _last_text(articles, analysed)
    sizes = (len(generation.paragraphs), len(generation.sentences), len(generation.plain))
    if sizes != (paragraphs, sentences, sentences) or not _finds_itself(generation, last):
        raise IndexUnavailable(_UNREADABLE)


def _last_text(articles: Sequence[Article], analysed: Sequence[AnalysedArticle]) -> str | None:
    for article, found in zip(reversed(articles), reversed(analysed), strict=True):
        if len(found.number):
            return article.paragraphs[int(found.number[-1])].text
    return None


def _finds_itself(generation: Generation, last: str | None) -> bool:
    """Whether the last paragraph reads `last` and is the nearest to its own vector."""
    if last is None:
        return True
    place = len(generation.paragraphs) - 1
    vector = generation.paragraphs.vectors(np.array([place]))[0]
    nearest = generation.paragraphs.search(vector, 1)
    similarity = float(generation.paragraphs.similarities(vector, nearest)[0])
    return generation.text(place) == last and similarity > 0.99 * float(vector @ vector)
