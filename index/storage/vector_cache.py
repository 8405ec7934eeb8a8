"""A cache of vectors of texts, in SQLite."""

import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from index.arrays import KEY, Keys, keys_of
from index.embedding.base import Embedder
from index.storage.cache_ports import CountProgress
from index.storage.sqlite_cache import create_cache, open_cache

__all__ = ["SqliteVectorCache"]

_SCHEMA = """
CREATE TABLE IF NOT EXISTS batches (
    id INTEGER PRIMARY KEY,
    model TEXT NOT NULL,      -- fingerprint
    texts BLOB NOT NULL,      -- text_key of each, end to end
    vectors BLOB NOT NULL     -- of each, float16, little-endian
)
"""
_INSERT = "INSERT INTO batches (model, texts, vectors) VALUES (?, ?, ?)"
_BATCH = 500  # texts embedded between two commits


class SqliteVectorCache:
    """A SQLite file of vectors. Several processes may use it.

    Vectors are stored as float16: the cosine differs by less than 1e-6 from that of float32. A row
    has the vectors of a whole batch, since reading a million rows would take a minute.
    """

    def __init__(self, path: Path) -> None:
        """Use the file at `path`; create it if it is missing. Raises QuotebotError."""
        self._path = path
        create_cache(path, _SCHEMA)

    def embed(
        self,
        embedder: Embedder,
        texts: Sequence[str],
        progress: CountProgress | None = None,
    ) -> NDArray[np.float16]:
        """See `VectorCache`."""
        return self.look_up(embedder, keys_of(texts), texts.__getitem__, progress)

    def look_up(
        self,
        embedder: Embedder,
        keys: Keys,
        text: Callable[[int], str],
        progress: CountProgress | None = None,
    ) -> NDArray[np.float16]:
        """See `VectorCache`. New vectors are committed 500 at a time."""
        wanted = _WantedVectors(keys, embedder.dimension)
        with open_cache(self._path) as connection:
            for known, vectors in _batches(connection, embedder):
                wanted.fill(known, vectors)
            missing = wanted.missing()
            worker = embedder.for_many(len(missing))
            for first in range(0, len(missing), _BATCH):
                places = missing[first : first + _BATCH]
                found = worker.embed_passages([text(place) for place in places.tolist()])
                vectors = np.asarray(found, dtype="<f2")
                wanted.put(places, vectors)
                new = (embedder.fingerprint, keys[places].tobytes(), vectors.tobytes())
                with connection:
                    connection.execute(_INSERT, new)
                if progress:
                    progress(first + len(places), len(missing))
        return wanted.all()

    def keep_only(self, texts: Iterable[str] | Keys) -> int:
        """See `VectorCache`."""
        wanted = _SortedKeys(np.sort(texts if isinstance(texts, np.ndarray) else keys_of(texts)))
        gone = 0
        with open_cache(self._path) as connection, connection:
            for batch, blob in connection.execute("SELECT id, texts FROM batches").fetchall():
                keys = _keys(blob)
                _, stays = wanted.find(keys)
                if not len(keys) or not stays.all():
                    _keep_in_batch(connection, batch, keys, stays)
                    gone += int(np.count_nonzero(~stays))
        return gone


class _SortedKeys:
    """Sorted keys, searched by their first 8 bytes: three times as fast as by all 16.

    When two keys have the same first 8 bytes (among a million texts, the chance is one in ten
    million), only the first is found, and the text of the other is embedded again.
    """

    def __init__(self, keys: Keys) -> None:
        self.keys = keys
        self._halves = _first_halves(keys)

    def find(self, keys: Keys) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
        """Return the position of each of `keys` (any if missing), and whether it is there."""
        if not len(self.keys):
            return np.zeros(len(keys), np.int64), np.zeros(len(keys), bool)
        at = np.searchsorted(self._halves, _first_halves(keys))
        at = np.minimum(at, len(self.keys) - 1)
        return at, np.asarray(self.keys[at] == keys)


def _first_halves(keys: Keys) -> NDArray[np.uint64]:
    """The first 8 bytes of each key, as numbers that sort in the same order."""
    return keys.view(">u8")[::2].astype(np.uint64)


class _WantedVectors:
    """The vectors of keys, filled in step by step. A key that is there twice is filled once."""

    def __init__(self, keys: Keys, dimension: int) -> None:
        self._vectors = np.empty((len(keys), dimension), dtype=np.float16)
        distinct, self._first, self._which = np.unique(keys, return_index=True, return_inverse=True)
        self._distinct = _SortedKeys(distinct)
        self._found = np.zeros(len(distinct), dtype=bool)

    def fill(self, keys: Keys, vectors: NDArray[np.float16]) -> None:
        """Fill in the vectors whose key is wanted."""
        at, hit = self._distinct.find(keys)
        self._vectors[self._first[at[hit]]] = vectors[hit]
        self._found[at[hit]] = True

    def missing(self) -> NDArray[np.int64]:
        """Return the positions of keys without a vector, each key once."""
        return np.sort(self._first[~self._found])

    def put(self, places: NDArray[np.int64], vectors: NDArray[np.float16]) -> None:
        """Fill in vectors at positions from `missing`."""
        self._vectors[places] = vectors

    def all(self) -> NDArray[np.float16]:
        """Return all vectors, in the order of the keys; none may be missing."""
        first = self._first[self._which]
        again = np.flatnonzero(first != np.arange(len(first)))
        self._vectors[again] = self._vectors[first[again]]
        return self._vectors


def _batches(
    connection: sqlite3.Connection, embedder: Embedder
) -> Iterator[tuple[Keys, NDArray[np.float16]]]:
    """Keys and vectors of each batch of a model; damaged batches are left out."""
    rows = connection.execute(
        "SELECT texts, vectors FROM batches WHERE model = ?", (embedder.fingerprint,)
    )
    for texts, blob in rows:
        keys = _keys(texts)
        if isinstance(blob, bytes) and len(blob) == 2 * len(keys) * embedder.dimension:
            yield keys, np.frombuffer(blob, "<f2").reshape(len(keys), embedder.dimension)


def _keys(blob: object) -> Keys:
    """The keys of a batch; empty when it is damaged."""
    if not isinstance(blob, bytes) or len(blob) % KEY.itemsize:
        return np.empty(0, KEY)
    return np.frombuffer(blob, KEY)


def _keep_in_batch(
    connection: sqlite3.Connection, batch: int, keys: Keys, stays: NDArray[np.bool_]
) -> None:
    """Keep only the vectors that stay; delete a batch that is damaged or has none of these."""
    (blob,) = connection.execute("SELECT vectors FROM batches WHERE id = ?", (batch,)).fetchone()
    if not stays.any() or not isinstance(blob, bytes) or len(blob) % len(keys):
        connection.execute("DELETE FROM batches WHERE id = ?", (batch,))
        return
    vectors = np.frombuffer(blob, np.uint8).reshape(len(keys), -1)
    connection.execute(
        "UPDATE batches SET texts = ?, vectors = ? WHERE id = ?",
        (keys[stays].tobytes(), vectors[stays].tobytes(), batch),
    )
