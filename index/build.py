"""Library → generation."""

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from corpus import Article, sentence_spans
from corpus.errors import IndexUnavailable
from index.cache import VectorCache
from index.calibration import PROBES, measure_scale, measure_trust
from index.cues import offered
from index.dense import DenseIndex
from index.embedder import Embedder, SentenceTransformerEmbedder
from index.export import export_encoder
from index.generation import Generation, Layout, Manifest, checksum, open_generation
from index.lexical import LexicalIndex, Text
from index.store import GenerationStore

__all__ = ["Progress", "build"]

Progress = Callable[[str, int, int], None]
"""Called with (what is being done, done, total)."""


_UNREADABLE = "the index that was built doesn't read back: nothing was changed"
_TITLE = 200  # characters of a title that go before a text to embed


@dataclass(frozen=True, slots=True)
class _Segmented:
    """A paragraph with all that the index needs of it."""

    article: int
    number: int
    page: int | None
    title: str
    text: str
    language: str
    spans: list[tuple[int, int]]

    def sentences(self) -> list[str]:
        return [self.text[start:end] for start, end in self.spans]


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

    Only text never embedded before with this model is embedded; with `forget`, vectors of texts
    that are no longer there are deleted. Until the very last step, people
    go on reading the generation that was current; on any error it stays. Raises QuotebotError when
    another process is building, IndexUnavailable when what was written doesn't read back.
    """
    report = progress or (lambda what, done, total: None)
    kept = list(articles)
    paragraphs = _segment(kept, report)
    store = GenerationStore(data)
    with store.building() as directory:
        cache = VectorCache(data / "vectors.db")
        _write(directory, kept, paragraphs, revision, embedder, cache, report)
        if isinstance(embedder, SentenceTransformerEmbedder):
            report("Exporting the model", 0, 1)
            export_encoder(embedder, data)
        report("Checking", 0, 1)
        _check(directory, paragraphs)
        name = store.publish(directory)
        report("Checking", 1, 1)
        if forget:
            cache.keep_only(_texts_to_embed(paragraphs))
    return name


def _segment(articles: Sequence[Article], report: Progress) -> list[_Segmented]:
    paragraphs = []
    for i, article in enumerate(articles):
        language = (article.language or "und").split("-")[0].lower()
        for number, paragraph in enumerate(article.paragraphs):
            spans = sentence_spans(paragraph.text, language)
            if spans:
                paragraphs.append(
                    _Segmented(
                        i, number, paragraph.page, article.title, paragraph.text, language, spans
                    )
                )
        report("Reading", i + 1, len(articles))
    return paragraphs


def _texts_to_embed(paragraphs: Sequence[_Segmented]) -> list[str]:
    """Paragraphs with their title, sentences with it, sentences alone, probes: in this order.

    News names its subject in the headline and says "he" ever after: with the title the right
    paragraph is nearest .81 of the time instead of .55 (docs/decisions/0002-titles.md).
    """
    sentences = [(p.title, sentence) for p in paragraphs for sentence in p.sentences()]
    return [
        *(_titled(p.title, p.text) for p in paragraphs),
        *(_titled(title, sentence) for title, sentence in sentences),
        *(sentence for _, sentence in sentences),
        *(text for pair in PROBES for text in pair),
    ]


def _titled(title: str, text: str) -> str:
    return f"{title[:_TITLE]}. {text}" if title.strip() else text


def _write(
    directory: Path,
    articles: Sequence[Article],
    paragraphs: Sequence[_Segmented],
    revision: str,
    embedder: Embedder,
    cache: VectorCache,
    report: Progress,
) -> None:
    vectors = cache.embed(
        embedder, _texts_to_embed(paragraphs), lambda done, total: report("Embedding", done, total)
    )
    count = sum(len(p.spans) for p in paragraphs)
    titled, titled_sentences, plain, probes = np.split(
        vectors, np.cumsum([len(paragraphs), count, count])
    )
    lexical = LexicalIndex.build(Text(p.language, p.title, p.sentences()) for p in paragraphs)
    plain_sentences = DenseIndex.build(plain)
    for name, index in {
        "paragraphs": DenseIndex.build(titled),
        "sentences": DenseIndex.build(titled_sentences),
        "plain": plain_sentences,
    }.items():
        index.save(directory / f"{name}.faiss")
    for array in LexicalIndex.ARRAYS:
        np.save(directory / f"lexical.{array}.npy", getattr(lexical, array))
    layout = _layout(paragraphs)
    for array in Layout.ARRAYS:
        np.save(directory / f"layout.{array}.npy", getattr(layout, array))
    (directory / "text.bin").write_bytes(b"".join(p.text.encode() for p in paragraphs))
    _write_articles(directory / "articles.jsonl", articles)
    scale = measure_scale(probes[::2], probes[1::2])
    manifest = Manifest(
        created=datetime.now(UTC).isoformat(timespec="seconds"),
        model=embedder.name,
        fingerprint=embedder.fingerprint,
        dimension=embedder.dimension,
        library_revision=revision,
        articles=len(articles),
        paragraphs=len(paragraphs),
        sentences=count,
        scale=scale,
        trust=measure_trust(lexical, plain_sentences, layout.article, scale),
        files={file.name: checksum(file) for file in sorted(directory.iterdir())},
    )
    (directory / "manifest.json").write_text(manifest.to_json(), "utf-8")


def _layout(paragraphs: Sequence[_Segmented]) -> Layout:
    sizes = np.array([0, *(len(p.text.encode()) for p in paragraphs)], dtype=np.int64)
    spans = [span for p in paragraphs for span in p.spans]
    cues = [int(offered(s, p.language)) for p in paragraphs for s in p.sentences()]
    return Layout(
        article=np.array([p.article for p in paragraphs], dtype=np.int32),
        number=np.array([p.number for p in paragraphs], dtype=np.int32),
        page=np.array([p.page or 0 for p in paragraphs], dtype=np.int32),
        text_start=np.cumsum(sizes),
        span=np.array(spans, dtype=np.int32).reshape(-1, 2),
        cues=np.array(cues, dtype=np.uint8),
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


def _check(directory: Path, paragraphs: Sequence[_Segmented]) -> None:
    """Open what was written, compare counts and texts, and let it answer a question about itself.

    Raises IndexUnavailable when anything differs.
    """
    try:
        generation = open_generation(directory)
    except IndexUnavailable as error:  # NumPy drops the error of a file's last block
        raise IndexUnavailable(f"{_UNREADABLE} (is the disk full?)") from error
    sentences = sum(len(p.spans) for p in paragraphs)
    sizes = (len(generation.paragraphs), len(generation.sentences))
    if sizes != (len(paragraphs), sentences) or not _finds_itself(generation, paragraphs):
        raise IndexUnavailable(_UNREADABLE)


def _finds_itself(generation: Generation, paragraphs: Sequence[_Segmented]) -> bool:
    if not paragraphs:
        return True
    last = len(paragraphs) - 1
    vector = generation.paragraphs.vectors(np.array([last]))[0]
    nearest = generation.paragraphs.search(vector, 1)
    similarity = float(generation.paragraphs.similarities(vector, nearest)[0])
    return generation.text(last) == paragraphs[last].text and similarity > 0.99 * float(
        vector @ vector
    )
