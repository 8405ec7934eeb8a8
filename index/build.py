"""Library → generation."""

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from corpus import Article
from corpus.errors import IndexUnavailable
from index.analysed import Analysed, AnalysisCache
from index.cache import VectorCache
from index.calibration import PROBES, measure_scale, measure_trust
from index.dense import DenseIndex
from index.embedder import Embedder, SentenceTransformerEmbedder
from index.export import export_encoder
from index.generation import Generation, Layout, Manifest, checksums, open_generation
from index.lexical import LexicalIndex
from index.store import GenerationStore

__all__ = ["Progress", "build"]

Progress = Callable[[str, int, int], None]
"""Called with (what is being done, done, total)."""

_UNREADABLE = "the index that was built doesn't read back: nothing was changed"
_TITLE = 200  # characters of a title that go before a text to embed


def build(
    articles: Iterable[Article],
    revision: str,
    embedder: Embedder,
    data: Path,
    progress: Progress | None = None,
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
        analyses = AnalysisCache(data / "analyses.db")
        analysed = analyses.analyse(kept, lambda done, total: report("Reading", done, total))
        cache = VectorCache(data / "vectors.db")
        vectors = cache.embed(
            embedder,
            _texts_to_embed(kept, analysed),  # not kept meanwhile: they are large
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
        name = store.publish(directory)
        report("Checking", 1, 1)
        if forget:
            analyses.keep_only(kept)
            cache.keep_only(_texts_to_embed(kept, analysed))
    return name


def _texts_to_embed(articles: Sequence[Article], analysed: Sequence[Analysed]) -> list[str]:
    """Paragraphs with their title, sentences with it, sentences alone, probes: in this order.

    News names its subject in the headline and says "he" ever after: with the title the right
    paragraph is nearest .81 of the time instead of .55 (docs/decisions/0002-titles.md).
    """
    paragraphs, titled, plain = [], [], []
    for article, found in zip(articles, analysed, strict=True):
        before = f"{article.title[:_TITLE]}. " if article.title.strip() else ""
        for text, spans in _paragraphs(article, found):
            paragraphs.append(before + text)
            sentences = [text[start:end] for start, end in spans]
            titled += [before + sentence for sentence in sentences]
            plain += sentences
    return [*paragraphs, *titled, *plain, *(text for pair in PROBES for text in pair)]


def _paragraphs(article: Article, analysed: Analysed) -> Iterator[tuple[str, list[list[int]]]]:
    """Text and spans of each paragraph that is indexed."""
    spans = analysed.span.tolist()
    first = 0
    for number, size in zip(
        analysed.number.tolist(), analysed.terms.paragraphs.tolist(), strict=True
    ):
        yield article.paragraphs[number].text, spans[first : first + size]
        first += size


def _write(
    directory: Path,
    articles: Sequence[Article],
    analysed: Sequence[Analysed],
    vectors: NDArray[np.float16],
    revision: str,
    embedder: Embedder,
) -> None:
    lexical = LexicalIndex.build(found.terms for found in analysed)
    for array in LexicalIndex.ARRAYS:
        np.save(directory / f"lexical.{array}.npy", getattr(lexical, array))
    layout = _write_text(directory, articles, analysed)
    for array in Layout.ARRAYS:
        np.save(directory / f"layout.{array}.npy", getattr(layout, array))
    _write_articles(directory / "articles.jsonl", articles)
    titled, titled_sentences, plain, probes = np.split(
        vectors, np.cumsum([len(layout.article), len(layout.span), len(layout.span)])
    )
    asked, answers = probes[::2].astype(np.float32), probes[1::2].astype(np.float32)
    scale = measure_scale(asked, answers)
    index = DenseIndex.build_for_scores(plain)
    index.save(directory / "plain.faiss")
    trust = measure_trust(lexical, index, layout.article, scale)
    dense = {"plain": index.kind}
    for name, searched in {"paragraphs": titled, "sentences": titled_sentences}.items():
        index = DenseIndex.build(searched, plain)  # one at a time: they are large
        index.save(directory / f"{name}.faiss")
        dense[name] = index.kind
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


def _write_text(
    directory: Path, articles: Sequence[Article], analysed: Sequence[Analysed]
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
        cues=np.concatenate([np.empty(0, np.uint16), *(found.cues for found in analysed)]),
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


def _check(directory: Path, articles: Sequence[Article], analysed: Sequence[Analysed]) -> None:
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


def _last_text(articles: Sequence[Article], analysed: Sequence[Analysed]) -> str | None:
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
