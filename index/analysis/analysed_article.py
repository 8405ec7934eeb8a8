"""Articles cut into sentences and terms, each once: what has not changed is remembered.

Cutting and counting takes longer than all the rest of a build, embedding aside. The result depends
on an article's language, title and text, on the code that does it and on its libraries; all of
them are part of the key under which it is kept.
"""

import hashlib
import inspect
import sys
import zlib
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.metadata import version
from itertools import islice
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

from corpus import Article, sentence_spans
from corpus.text import abbreviations, sentence_rules, sentences
from index.analysis import answer_types, term_hashes, tokenizer
from index.analysis.answer_types import AnswerType, is_heading, types_in
from index.analysis.term_hashes import Terms, terms_of
from index.arrays import KEY, Keys, keys_of
from index.storage.vector_cache import opened

__all__ = ["AnalysedArticle", "AnalysisCache", "analyse_article", "language_of", "texts_to_embed"]

_SCHEMA = """
CREATE TABLE IF NOT EXISTS analyses (
    key BLOB PRIMARY KEY,     -- see _key
    analysis BLOB NOT NULL    -- see _pack
)
"""
_BATCH = 200  # articles between two commits
_CHECKSUM = 4  # bytes, in front of what is kept
_TITLE = 200  # characters of a title that go before a text to embed
CODE: tuple[ModuleType, ...] = (
    *(sentences, sentence_rules, abbreviations),
    *(tokenizer, answer_types, term_hashes, sys.modules[__name__]),
)
"""The modules whose code decides what an analysis holds; their source is part of its key."""
_LIBRARIES = ("PyStemmer", "razdel", "regex", "sentencex")


@dataclass(frozen=True, slots=True)
class AnalysedArticle:
    """An article in S sentences of P paragraphs: those that have any.

    key stands for the article's language, title and text; number (P,) int32 the place of each
    paragraph in the article; terms of them; span (S, 2) int32 code points of each sentence in its
    paragraph; types (S,) uint16 `AnswerType` flags; texts (P + 2 * S,) keys of `texts_to_embed`.
    """

    key: bytes
    number: NDArray[np.int32]
    terms: Terms
    span: NDArray[np.int32]
    types: NDArray[np.uint16]
    texts: Keys


def language_of(article: Article) -> str:
    """The language that an article is analysed as: an ISO 639-1 code, or `und`."""
    return (article.language or "und").split("-")[0].lower()


def analyse_article(article: Article) -> AnalysedArticle:
    """Cut an article into sentences and terms."""
    language = language_of(article)
    cut = [(p.text, sentence_spans(p.text, language)) for p in article.paragraphs]
    numbers = [number for number, (_, spans) in enumerate(cut) if spans]
    sentences = [[cut[n][0][start:end] for start, end in cut[n][1]] for n in numbers]
    spans = [span for n in numbers for span in cut[n][1]]
    flags = [types_in(sentence, language) for found in sentences for sentence in found]
    first = 0
    for place, found in enumerate(sentences[:-1]):
        if len(found) == 1 and is_heading(found[0], cut[numbers[place + 1]][0]):
            flags[first] |= AnswerType.HEADING
        first += len(found)
    return AnalysedArticle(
        _key(article),
        np.array(numbers, dtype=np.int32),
        terms_of(language, article.title, sentences),
        np.array(spans, dtype=np.int32).reshape(-1, 2),
        np.array([int(flag) for flag in flags], dtype=np.uint16),
        keys_of(_texts(article.title, [cut[n][0] for n in numbers], sentences)),
    )


def texts_to_embed(article: Article, analysed: AnalysedArticle) -> list[str]:
    """Paragraphs with the title, sentences with it, sentences alone: in this order.

    News names its subject in the headline and says "he" ever after: with the title the right
    paragraph is nearest .81 of the time instead of .55 (docs/decisions/0002-titles.md).
    """
    paragraphs = [article.paragraphs[number].text for number in analysed.number.tolist()]
    spans = iter(analysed.span.tolist())
    sentences = [
        [text[start:end] for start, end in islice(spans, size)]
        for text, size in zip(paragraphs, analysed.terms.paragraphs.tolist(), strict=True)
    ]
    return _texts(article.title, paragraphs, sentences)


def _texts(title: str, paragraphs: Iterable[str], sentences: Iterable[Iterable[str]]) -> list[str]:
    before = f"{title[:_TITLE]}. " if title.strip() else ""
    plain = [sentence for found in sentences for sentence in found]
    return [*(before + text for text in paragraphs), *(before + text for text in plain), *plain]


class AnalysisCache:
    """A SQLite file of analysed articles.

    Every method raises QuotebotError, in one line, when the file cannot be read or written.
    """

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._path = path
        with opened(path) as connection, connection:
            connection.execute(_SCHEMA)

    def analyse(
        self, articles: Sequence[Article], progress: Callable[[int, int], None]
    ) -> list[AnalysedArticle]:
        """Each article analysed; only those that are new or have changed take time.

        `progress` is called with (done, total) of all.
        """
        keys = [_key(article) for article in articles]
        with opened(self._path) as connection:
            wanted = set(keys)
            kept = connection.execute("SELECT key, analysis FROM analyses")
            found = (_unpack(key, blob) for key, blob in kept if key in wanted)
            known = {analysed.key: analysed for analysed in found if analysed}
            new: list[bytes] = []
            for done, (key, article) in enumerate(zip(keys, articles, strict=True), 1):
                if key not in known:
                    known[key] = analyse_article(article)
                    new.append(key)
                if len(new) == _BATCH or (new and done == len(articles)):
                    with connection:
                        connection.executemany(
                            "INSERT OR REPLACE INTO analyses VALUES (?, ?)",
                            ((key, _pack(known[key])) for key in new),
                        )
                    new.clear()
                progress(done, len(articles))
        return [known[key] for key in keys]

    def keep_only(self, articles: Collection[AnalysedArticle]) -> None:
        """Forget every article that is not among `articles` as they are now."""
        wanted = {article.key for article in articles}
        with opened(self._path) as connection, connection:
            kept = [key for (key,) in connection.execute("SELECT key FROM analyses")]
            connection.executemany(
                "DELETE FROM analyses WHERE key = ?", ((k,) for k in kept if k not in wanted)
            )


def _key(article: Article) -> bytes:
    texts = (language_of(article), article.title, *(p.text for p in article.paragraphs))
    digest = hashlib.blake2b(_version(), digest_size=16)
    digest.update(np.array([len(text) for text in texts], dtype="<i8").tobytes())
    digest.update("".join(texts).encode())
    return digest.digest()


@cache
def _version() -> bytes:
    """Stands for the code and the libraries that analyse. Raises OSError without their source."""
    digest = hashlib.blake2b(digest_size=16)
    for module in CODE:
        digest.update(inspect.getsource(module).encode())  # raises OSError where there is none
    digest.update(repr([version(library) for library in _LIBRARIES]).encode())
    return digest.digest()


def _pack(analysed: AnalysedArticle) -> bytes:
    words = analysed.terms
    parts = (
        words.title, words.terms, words.paragraphs, words.sentences,
        analysed.number, analysed.span, analysed.types, analysed.texts,
    )  # fmt: skip
    sizes = np.array([part.size for part in parts], dtype=np.int64)
    arrays = b"".join(array.tobytes() for array in (sizes, *parts))
    packed = arrays + words.language.encode()
    return _checksum(analysed.key, packed) + packed


def _unpack(key: bytes, blob: object) -> AnalysedArticle | None:
    """What `_pack` made; None where it is damaged."""
    if not isinstance(blob, bytes):
        return None
    packed = memoryview(blob)[_CHECKSUM:]
    if blob[:_CHECKSUM] != _checksum(key, packed):
        return None
    dtypes: tuple[DTypeLike, ...] = (
        np.uint64, np.uint64, np.int32, np.int32, np.int32, np.int32, np.uint16, KEY,
    )  # fmt: skip
    place = 8 * len(dtypes)
    parts: list[NDArray[Any]] = []
    for dtype, size in zip(dtypes, np.frombuffer(packed, np.int64, len(dtypes)), strict=True):
        parts.append(np.frombuffer(packed, dtype, int(size), place))
        place += parts[-1].nbytes
    title, hashes, paragraphs, sentences, number, span, flags, texts = parts
    words = Terms(str(packed[place:], "utf-8"), title, paragraphs, sentences, hashes)
    return AnalysedArticle(key, number, words, span.reshape(-1, 2), flags, texts)


def _checksum(key: bytes, packed: bytes | memoryview) -> bytes:
    return zlib.crc32(packed, zlib.crc32(key)).to_bytes(_CHECKSUM, "little")
