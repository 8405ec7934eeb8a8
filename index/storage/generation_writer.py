"""Writes a generation into a directory of its own, and reads it back before it is published."""

import json
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from corpus import Article
from corpus.cpus import processors
from corpus.errors import IndexUnavailable
from index.analysis.analysed_article import AnalysedArticle
from index.checksum import checksums
from index.error_codes import Code
from index.search.bm25 import LexicalIndex
from index.search.faiss_index import DenseIndex, use_one_thread
from index.search.score_scale import Trust
from index.storage.generation import Generation, open_generation
from index.storage.generation_files import Layout
from index.storage.manifest import Manifest
from index.storage.ports import GenerationContent

__all__ = ["EmbeddedWriter"]


class EmbeddedWriter:
    """The embedded `GenerationWriter`: see `EmbeddedStore.building`."""

    def __init__(self, directory: Path, publish: Callable[[Path], str]) -> None:
        """Write into the empty `directory`; `publish` makes it current and returns the name."""
        self.directory = directory
        self._publish = publish

    def write(self, content: GenerationContent) -> None:
        """See `GenerationWriter`. Writes every file, the manifest last."""
        directory = self.directory
        layout = _write_text(directory, content.articles, content.analysed)
        for array in Layout.ARRAYS:
            np.save(directory / f"layout.{array}.npy", getattr(layout, array))
        _write_articles(directory / "articles.jsonl", content.articles)
        dense, trust = _write_indexes(directory, content, layout)
        manifest = Manifest(
            created=datetime.now(UTC).isoformat(timespec="seconds"),
            model=content.model,
            fingerprint=content.fingerprint,
            dimension=content.dimension,
            library_revision=content.library_revision,
            articles=len(content.articles),
            paragraphs=len(layout.article),
            sentences=len(layout.span),
            scale=content.scale,
            trust=trust,
            dense={name: index.kind for name, index in dense.items()},
            files=checksums(sorted(directory.iterdir())),
        )
        (directory / "manifest.json").write_text(manifest.to_json(), "utf-8")

    def check(self, content: GenerationContent) -> None:
        """See `GenerationWriter`. Compares checksums, counts, the last text and its vector."""
        try:
            generation = open_generation(self.directory)
        except IndexUnavailable as error:  # NumPy ignores an error in the last block of a file
            raise IndexUnavailable(Code.BUILD_NOT_READ()) from error
        paragraphs = sum(len(analysed.number) for analysed in content.analysed)
        sentences = sum(len(analysed.span) for analysed in content.analysed)
        sizes = (len(generation.paragraphs), len(generation.sentences), len(generation.plain))
        last = _last_text(content.articles, content.analysed)
        if sizes != (paragraphs, sentences, sentences) or not _finds_itself(generation, last):
            raise IndexUnavailable(Code.BUILD_DIFFERS())

    def publish(self) -> str:
        """See `GenerationWriter`."""
        return self._publish(self.directory)


def _write_indexes(
    directory: Path, content: GenerationContent, layout: Layout
) -> tuple[dict[str, DenseIndex], dict[str, Trust]]:
    """Write the terms and the three groups of vectors, at the same time; measure the trust."""
    plain_vectors = content.plain_vectors
    with _workers() as pool:  # the longest tasks come first
        sentences = pool.submit(
            _write_dense, directory, "sentences", content.sentence_vectors, plain_vectors
        )
        plain = pool.submit(_write_dense, directory, "plain", plain_vectors)
        words = pool.submit(_write_lexical, directory, content.analysed)
        paragraphs = pool.submit(
            _write_dense, directory, "paragraphs", content.paragraph_vectors, plain_vectors
        )
        words.result()
        trust = content.measure_trust(plain.result().vectors)
        dense = {
            "plain": plain.result(),
            "paragraphs": paragraphs.result(),
            "sentences": sentences.result(),
        }
    return dense, trust


@contextmanager
def _workers() -> Iterator[ThreadPoolExecutor]:
    """Threads for work of libraries, one for each task: with more they would wait for each other.

    After an error, tasks that have not begun are dropped.
    """
    pool = ThreadPoolExecutor(processors(), initializer=use_one_thread)
    try:
        yield pool
    finally:
        pool.shutdown(cancel_futures=True)


def _write_lexical(directory: Path, analysed: Sequence[AnalysedArticle]) -> LexicalIndex:
    lexical = LexicalIndex.build(one.terms for one in analysed)
    for array in LexicalIndex.ARRAYS:
        np.save(directory / f"lexical.{array}.npy", getattr(lexical, array))
    return lexical


def _write_dense(
    directory: Path,
    name: str,
    vectors: NDArray[np.float16],
    questions: NDArray[np.float16] | None = None,
) -> DenseIndex:
    """Write an index that is searched with vectors like `questions`; if None, it is only scored."""
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
        for article, one in zip(articles, analysed, strict=True):
            for number in one.number.tolist():
                paragraph = article.paragraphs[number]
                sizes.append(file.write(paragraph.text.encode()))
                pages.append(paragraph.page or 0)
    counts = [len(one.number) for one in analysed]
    return Layout(
        article=np.repeat(np.arange(len(articles), dtype=np.int32), counts),
        number=np.concatenate([np.empty(0, np.int32), *(one.number for one in analysed)]),
        page=np.array(pages, dtype=np.int32),
        text_start=np.cumsum(sizes, dtype=np.int64),
        span=np.concatenate([np.empty((0, 2), np.int32), *(one.span for one in analysed)]),
        cues=np.concatenate([np.empty(0, np.uint16), *(one.types for one in analysed)]),
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


def _last_text(articles: Sequence[Article], analysed: Sequence[AnalysedArticle]) -> str | None:
    for article, one in zip(reversed(articles), reversed(analysed), strict=True):
        if len(one.number):
            return article.paragraphs[int(one.number[-1])].text
    return None


def _finds_itself(generation: Generation, last: str | None) -> bool:
    """Whether the last paragraph has the text `last` and is the nearest to its own vector."""
    if last is None:
        return True
    place = len(generation.paragraphs) - 1
    vector = generation.paragraphs.vectors(np.array([place]))[0]
    nearest = generation.paragraphs.search(vector, 1)
    similarity = float(generation.paragraphs.similarities(vector, nearest)[0])
    return generation.text(place) == last and similarity > 0.99 * float(vector @ vector)
