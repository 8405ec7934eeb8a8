"""A cache of analysed articles in SQLite.

Only the embedding takes more time of a build than the analysis.
"""

import zlib
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

from corpus import Article
from index.analysis.analysed_article import AnalysedArticle, analyse_article, analysis_key
from index.analysis.term_hashes import Terms
from index.arrays import KEY
from index.storage.cache_ports import CountProgress
from index.storage.sqlite_cache import create_cache, open_cache

__all__ = ["SqliteAnalysisCache"]

_SCHEMA = """
CREATE TABLE IF NOT EXISTS analyses (
    key BLOB PRIMARY KEY,     -- analysis_key
    analysis BLOB NOT NULL    -- see _pack
)
"""
_BATCH = 200  # articles between two commits
_CHECKSUM = 4  # bytes at the start of each stored analysis


class SqliteAnalysisCache:
    """A SQLite file of analysed articles. Several processes may use it."""

    def __init__(self, path: Path) -> None:
        """Use the file at `path`; create it if it is missing. Raises QuotebotError."""
        self._path = path
        create_cache(path, _SCHEMA)

    def analyse(
        self, articles: Sequence[Article], progress: CountProgress
    ) -> list[AnalysedArticle]:
        """See `AnalysisCache`. New analyses are committed 200 at a time."""
        keys = [analysis_key(article) for article in articles]
        with open_cache(self._path) as connection:
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
        """See `AnalysisCache`."""
        wanted = {article.key for article in articles}
        with open_cache(self._path) as connection, connection:
            kept = [key for (key,) in connection.execute("SELECT key FROM analyses")]
            connection.executemany(
                "DELETE FROM analyses WHERE key = ?", ((k,) for k in kept if k not in wanted)
            )


def _pack(analysed: AnalysedArticle) -> bytes:
    """Checksum, the sizes of the arrays, the arrays, and the language."""
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
    """The analysis that `_pack` stored; None when it is damaged."""
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
