"""Articles cut into sentences and terms, each once: what has not changed is remembered.

Cutting and counting takes longer than all the rest of a build, embedding aside. The result depends
on an article's language, title and text, on the code that does it and on its libraries; all of
them are part of the key under which it is kept.
"""

import hashlib
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.metadata import version
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

import corpus
from corpus import Article, sentence_spans
from index.cache import opened
from index.cues import Cue, is_heading, offered
from index.terms import Terms, terms_of

__all__ = ["Analysed", "AnalysisCache", "analyse_article", "language_of"]

_SCHEMA = """
CREATE TABLE IF NOT EXISTS analyses (
    key BLOB PRIMARY KEY,     -- see _key
    analysis BLOB NOT NULL    -- see _pack
)
"""
_BATCH = 200  # articles between two commits
_ROOMS = (Path(corpus.__file__).parent, Path(__file__).parent)
_MODULES = (
    "segmentation.py", "boundaries.py", "abbreviations.py",
    "analysis.py", "analysed.py", "cues.py", "terms.py",
)  # fmt: skip
_LIBRARIES = ("PyStemmer", "razdel", "regex", "sentencex")


@dataclass(frozen=True, slots=True)
class Analysed:
    """An article in S sentences of P paragraphs: those that have any.

    number (P,) int32 the place of each paragraph in the article; terms of them; span (S, 2) int32
    code points of each sentence in its paragraph; cues (S,) uint16 `Cue` flags.
    """

    number: NDArray[np.int32]
    terms: Terms
    span: NDArray[np.int32]
    cues: NDArray[np.uint16]


def language_of(article: Article) -> str:
    """The language that an article is analysed as: an ISO 639-1 code, or `und`."""
    return (article.language or "und").split("-")[0].lower()


def analyse_article(article: Article) -> Analysed:
    """Cut an article into sentences and terms."""
    language = language_of(article)
    cut = [(p.text, sentence_spans(p.text, language)) for p in article.paragraphs]
    numbers = [number for number, (_, spans) in enumerate(cut) if spans]
    sentences = [[cut[n][0][start:end] for start, end in cut[n][1]] for n in numbers]
    spans = [span for n in numbers for span in cut[n][1]]
    cues = [offered(sentence, language) for found in sentences for sentence in found]
    first = 0
    for place, found in enumerate(sentences[:-1]):
        if len(found) == 1 and is_heading(found[0], cut[numbers[place + 1]][0]):
            cues[first] |= Cue.HEADING
        first += len(found)
    return Analysed(
        np.array(numbers, dtype=np.int32),
        terms_of(language, article.title, sentences),
        np.array(spans, dtype=np.int32).reshape(-1, 2),
        np.array([int(cue) for cue in cues], dtype=np.uint16),
    )


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
    ) -> list[Analysed]:
        """Each article analysed; only those that are new or have changed take time.

        `progress` is called with (done, total) of all.
        """
        keys = [_key(article) for article in articles]
        with opened(self._path) as connection:
            wanted = set(keys)
            known = {
                key: _unpack(blob)
                for key, blob in connection.execute("SELECT key, analysis FROM analyses")
                if key in wanted
            }
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

    def keep_only(self, articles: Collection[Article]) -> None:
        """Forget every article that is not among `articles` as they are now."""
        wanted = {_key(article) for article in articles}
        with opened(self._path) as connection, connection:
            kept = [key for (key,) in connection.execute("SELECT key FROM analyses")]
            connection.executemany(
                "DELETE FROM analyses WHERE key = ?", ((k,) for k in kept if k not in wanted)
            )


def _key(article: Article) -> bytes:
    digest = hashlib.blake2b(_version(), digest_size=16)
    for text in (language_of(article), article.title, *(p.text for p in article.paragraphs)):
        encoded = text.encode()
        digest.update(len(encoded).to_bytes(8, "little"))
        digest.update(encoded)
    return digest.digest()


@cache
def _version() -> bytes:
    """Stands for the code and the libraries that analyse."""
    digest = hashlib.blake2b(digest_size=16)
    for name in _MODULES:
        digest.update(b"".join((r / name).read_bytes() for r in _ROOMS if (r / name).exists()))
    digest.update(repr([version(library) for library in _LIBRARIES]).encode())
    return digest.digest()


def _pack(analysed: Analysed) -> bytes:
    terms = analysed.terms
    parts = (
        terms.title, terms.terms, terms.paragraphs, terms.sentences,
        analysed.number, analysed.span, analysed.cues,
    )  # fmt: skip
    sizes = np.array([part.size for part in parts], dtype=np.int64)
    arrays = b"".join(array.tobytes() for array in (sizes, *parts))
    return arrays + terms.language.encode()


def _unpack(blob: bytes) -> Analysed:
    dtypes = (np.uint64, np.uint64, np.int32, np.int32, np.int32, np.int32, np.uint16)
    place = 8 * len(dtypes)
    parts = []
    for dtype, size in zip(dtypes, np.frombuffer(blob, np.int64, len(dtypes)), strict=True):
        parts.append(np.frombuffer(blob, dtype, int(size), place))
        place += parts[-1].nbytes
    title, terms, paragraphs, sentences, number, span, cues = parts
    words = Terms(blob[place:].decode(), title, paragraphs, sentences, terms)
    return Analysed(number, words, span.reshape(-1, 2), cues)
