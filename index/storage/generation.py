"""A generation: one built, immutable index in a directory of its own.

    generations/20261124T101500Z-000-3f9a1c2b/    time, number, checksum of the manifest
        manifest.json      format, time, model, counts, parameters, size and SHA-256 of each file
        articles.jsonl     what an answer says of an article, one a line
        text.bin           UTF-8 of all paragraphs, end to end
        layout.*.npy       where paragraphs and sentences lie
        lexical.*.npy      see `LexicalIndex`
        paragraphs.faiss   vectors of paragraphs with their article's title; see `DenseIndex`
        sentences.faiss    of sentences with it; plain.faiss: without
        *.scan.faiss       beside either of the searched ones when it is large
    CURRENT                the name of the generation in use

Everything an answer needs is in the directory, so that a reader has one whole generation or
another, never a mix. `open_generation` checks every file against the manifest first, and the
manifest against the directory's name.
"""

import hashlib
import json
import os
import weakref
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from corpus.errors import IndexUnavailable
from index.analysis.answer_types import AnswerType
from index.answer import Filters
from index.checksum import checksum
from index.search.bm25 import LexicalIndex, ranges
from index.search.faiss_index import DenseIndex, DenseKind
from index.search.score_scale import DenseScale, Trust

__all__ = [
    "FORMAT",
    "ArticleInfo",
    "Generation",
    "Layout",
    "Manifest",
    "damaged_files",
    "manifest_digest",
    "open_generation",
    "read_manifest",
]

FORMAT = 4


@dataclass(frozen=True, slots=True)
class ArticleInfo:
    """What an answer says of the article; `paragraphs` is how many it has."""

    id: str
    title: str
    url: str | None
    source: str
    published: date | None
    updated: date | None
    language: str | None
    paragraphs: int


@dataclass(frozen=True, slots=True)
class Layout:
    """Where things lie. P paragraphs, S sentences.

    article    (P,) int32 article of each paragraph
    number     (P,) int32 its place in the article
    page       (P,) int32 the page that it begins on, 0 when there are none
    text_start (P+1,) int64 its bytes in text.bin
    span       (S, 2) int32 code points of each sentence in its paragraph
    cues       (S,) uint16 `AnswerType` flags of each sentence
    """

    article: NDArray[np.int32]
    number: NDArray[np.int32]
    page: NDArray[np.int32]
    text_start: NDArray[np.int64]
    span: NDArray[np.int32]
    cues: NDArray[np.uint16]

    ARRAYS = ("article", "number", "page", "text_start", "span", "cues")


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a generation says of itself."""

    created: str
    model: str
    fingerprint: str
    dimension: int
    library_revision: str
    articles: int
    paragraphs: int
    sentences: int
    scale: DenseScale
    trust: dict[str, Trust]
    dense: dict[str, DenseKind]
    files: dict[str, dict[str, Any]]

    def to_json(self) -> str:
        """As kept in manifest.json."""
        plain = {name: getattr(self, name) for name in self.__slots__}
        plain["scale"] = self.scale.to_dict()
        plain["trust"] = {language: trust.to_dict() for language, trust in self.trust.items()}
        plain["dense"] = {name: kind.to_dict() for name, kind in self.dense.items()}
        return json.dumps({"format": FORMAT, **plain}, indent=1, ensure_ascii=False)

    @classmethod
    def from_json(cls, text: str) -> "Manifest":
        """Read manifest.json. Raises ValueError, KeyError or TypeError when it isn't one."""
        plain = json.loads(text)
        if plain.pop("format") != FORMAT:
            raise ValueError("of another version of quotebot")
        plain["scale"] = DenseScale(**plain["scale"])
        plain["trust"] = {code: Trust.from_dict(trust) for code, trust in plain["trust"].items()}
        plain["dense"] = {name: DenseKind(**kind) for name, kind in plain["dense"].items()}
        return cls(**plain)


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


class Generation:
    """An opened generation. Read-only, safe to use from several threads."""

    def __init__(
        self,
        name: str,
        manifest: Manifest,
        articles: list[ArticleInfo],
        layout: Layout,
        text: TextFile,
        lexical: LexicalIndex,
        paragraphs: DenseIndex,
        sentences: DenseIndex,
        plain: DenseIndex,
    ) -> None:
        self.name = name
        self.manifest = manifest
        self.articles = articles
        self.layout = layout
        self.lexical = lexical
        self.paragraphs = paragraphs
        self.sentences = sentences
        self.plain = plain
        self._text = text

    def text(self, paragraph: int) -> str:
        """A paragraph's text."""
        start, end = self.layout.text_start[paragraph : paragraph + 2]
        return self._text.read(int(start), int(end)).decode()

    def page(self, paragraph: int) -> int | None:
        """The page that a paragraph begins on, if its document has pages."""
        return int(self.layout.page[paragraph]) or None

    def article_of(self, paragraph: int) -> ArticleInfo:
        """The article that a paragraph belongs to."""
        return self.articles[int(self.layout.article[paragraph])]

    def sentence_range(self, paragraph: int) -> range:
        """Ids of a paragraph's sentences."""
        start, end = self.lexical.sentence_start[paragraph : paragraph + 2]
        return range(int(start), int(end))

    def first_sentence_of_article(self, paragraphs: NDArray[np.int64]) -> NDArray[np.int64]:
        """Id of the first sentence of each paragraph's article."""
        start = paragraphs - self._before[paragraphs]
        return np.asarray(self.lexical.sentence_start[start], dtype=np.int64)

    @cached_property
    def _before(self) -> NDArray[np.int64]:
        """(P,) how many paragraphs of the same article stand before each in the index."""
        _, first = np.unique(self.layout.article, return_index=True)
        sizes = np.diff(np.append(first, len(self.layout.article)))
        return np.arange(len(self.layout.article)) - np.repeat(first, sizes)

    def distinct_terms(
        self, paragraphs: NDArray[np.int64]
    ) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Distinct terms of paragraphs: places in `paragraphs`, ascending, and terms."""
        lexical = self.lexical
        start = lexical.token_start[lexical.sentence_start[paragraphs]]
        end = lexical.token_start[lexical.sentence_start[paragraphs + 1]]
        place = np.repeat(np.arange(len(paragraphs)), end - start)
        keys = place << 32 | lexical.tokens[ranges(start, end)]
        keys.sort()
        keys = keys[np.flatnonzero(np.diff(keys, prepend=-1))]
        return keys >> 32, keys & 0xFFFFFFFF

    def leans(self, sentence: int) -> bool:
        """Whether a sentence points back at the one before it."""
        return bool(self.layout.cues[sentence] & AnswerType.ANAPHORIC)

    def is_heading(self, paragraphs: NDArray[np.int64]) -> NDArray[np.bool_]:
        """(N,) whether each paragraph is a heading of the one after it."""
        first = self.lexical.sentence_start[paragraphs]
        return np.asarray(self.layout.cues[first] & AnswerType.HEADING > 0)

    def allowed(self, filters: Filters) -> NDArray[np.bool_]:
        """(P,) whether each paragraph's article passes the filters."""
        places = range(len(self.articles))
        if filters.article is not None:  # follow-up questions: no need to look at every article
            place = self.place_of.get(filters.article)
            places = range(0) if place is None else range(place, place + 1)
        passes = np.zeros(len(self.articles), dtype=bool)
        passes[places] = [_passes(self.articles[place], filters) for place in places]
        return passes[self.layout.article]

    @cached_property
    def place_of(self) -> dict[str, int]:
        """Place of each article by its id."""
        return {article.id: place for place, article in enumerate(self.articles)}

    @cached_property
    def sentence_paragraph(self) -> NDArray[np.int32]:
        """(S,) paragraph of each sentence."""
        counts = np.diff(self.lexical.sentence_start)
        return np.repeat(np.arange(len(counts), dtype=np.int32), counts)

    @cached_property
    def trust(self) -> NDArray[np.float32]:
        """(L,) how far the dense scores count for paragraphs of each language, 0..1."""
        known = self.manifest.trust
        return np.array(
            [known[code].dense if code in known else 0.0 for code in self.lexical.languages],
            dtype=np.float32,
        )


def _passes(article: ArticleInfo, filters: Filters) -> bool:
    when = article.published or article.updated
    if (filters.after or filters.before) and when is None:
        return False
    return (
        (filters.article is None or filters.article == article.id)
        and (filters.language is None or filters.language == article.language)
        and (
            filters.source is None
            or filters.source.casefold() in f"{article.source}\n{article.url or ''}".casefold()
        )
        and (filters.after is None or when is None or when >= filters.after)
        and (filters.before is None or when is None or when <= filters.before)
    )


def manifest_digest(directory: Path) -> str:
    """What the name of a generation ends in: its manifest vouches for its files, the name for it.

    Raises OSError.
    """
    return hashlib.sha256((directory / "manifest.json").read_bytes()).hexdigest()[:8]


def read_manifest(directory: Path) -> Manifest:
    """The manifest of a generation. Raises IndexUnavailable when there is none that makes sense.

    A directory that is still being built, whose name begins with a dot, has no checksum in it.
    """
    try:
        if not directory.name.startswith(".") and not directory.name.endswith(
            f"-{manifest_digest(directory)}"
        ):
            raise IndexUnavailable(
                f"generation {directory.name} is damaged (manifest.json): run `quotebot build`"
            )
        return Manifest.from_json((directory / "manifest.json").read_text("utf-8"))
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise IndexUnavailable(
            f"generation {directory.name} has no readable manifest: run `quotebot build`"
        ) from error


def damaged_files(directory: Path, manifest: Manifest) -> Iterator[str]:
    """Names of files that are missing or differ from the manifest."""
    for name, expected in manifest.files.items():
        try:
            if checksum(directory / name) != expected:
                yield name
        except OSError:
            yield name


def open_generation(directory: Path, *, verify: bool = True) -> Generation:
    """Open a generation, its big arrays mapped from disk.

    With `verify` every file's checksum is compared first. Raises IndexUnavailable when anything is
    missing, damaged or of another version.
    """
    manifest = read_manifest(directory)
    if verify and (damaged := next(damaged_files(directory, manifest), None)):
        raise IndexUnavailable(
            f"generation {directory.name} is damaged ({damaged}): run `quotebot build`"
        )
    try:
        return Generation(
            directory.name,
            manifest,
            _read_articles(directory),
            Layout(**_read_arrays(directory, "layout", Layout.ARRAYS)),
            TextFile(directory / "text.bin"),
            LexicalIndex(
                languages=tuple(manifest.trust),
                **_read_arrays(directory, "lexical", LexicalIndex.ARRAYS),
            ),
            *(
                DenseIndex.load(directory / f"{name}.faiss", manifest.dense[name])
                for name in ("paragraphs", "sentences", "plain")
            ),
        )
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise IndexUnavailable(
            f"generation {directory.name} cannot be read: run `quotebot build`"
        ) from error


def _read_arrays(directory: Path, group: str, names: tuple[str, ...]) -> dict[str, Any]:
    return {name: _map_array(directory / f"{group}.{name}.npy") for name in names}


def _map_array(path: Path) -> NDArray[Any]:
    """A plain array over the map: slices of np.memmap itself cost three times as much."""
    return np.asarray(np.load(path, mmap_mode="r", allow_pickle=False))


def _read_articles(directory: Path) -> list[ArticleInfo]:
    articles = []
    with (directory / "articles.jsonl").open(encoding="utf-8") as lines:
        for line in lines:
            plain = json.loads(line)
            for key in ("published", "updated"):
                plain[key] = date.fromisoformat(plain[key]) if plain[key] else None
            articles.append(ArticleInfo(**plain))
    return articles
