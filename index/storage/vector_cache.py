"""Vectors of texts already embedded, so that unchanged text is never embedded twice."""

import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from itertools import groupby
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from corpus.errors import QuotebotError
from index.arrays import KEY, Keys, keys_of
from index.embedding.sentence_transformer import Embedder

__all__ = ["VectorCache", "opened"]

_SCHEMA = """
CREATE TABLE IF NOT EXISTS batches (
    id INTEGER PRIMARY KEY,
    model TEXT NOT NULL,      -- fingerprint
    texts BLOB NOT NULL,      -- text_key of each, end to end
    vectors BLOB NOT NULL     -- of each, float16, little-endian
)
"""
_INSERT = "INSERT INTO batches (model, texts, vectors) VALUES (?, ?, ?)"
_DAMAGED = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}
_BATCH = 500  # texts embedded between two commits


class VectorCache:
    """A SQLite file of vectors by model fingerprint and text.

    Vectors are kept as float16: against float32 the cosine differs by less than 1e-6. They are
    read batch by batch, as they were embedded: a million rows would take a minute. Every method
    raises QuotebotError, in one line, when the file cannot be read or written.
    """

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._path = path
        with opened(path) as connection:
            with connection:
                connection.execute(_SCHEMA)
                moved = _take_over(connection)
            if moved:
                connection.execute("VACUUM")  # it was twice as large for a moment

    def embed(
        self,
        embedder: Embedder,
        texts: Sequence[str],
        progress: Callable[[int, int], None] | None = None,
    ) -> NDArray[np.float16]:
        """Vectors of `texts`: see `look_up`."""
        return self.look_up(embedder, keys_of(texts), texts.__getitem__, progress)

    def look_up(
        self,
        embedder: Embedder,
        keys: Keys,
        text: Callable[[int], str],
        progress: Callable[[int, int], None] | None = None,
    ) -> NDArray[np.float16]:
        """Vectors of texts, float16 (len(keys), dimension); only unknown texts are embedded.

        `text` gives one by its place, of those that have to be embedded only. What is new is
        committed batch by batch, so that an interrupted build loses one batch. `progress` is called
        with (done, total) of the texts that have to be embedded.
        """
        wanted = _Wanted(keys, embedder.dimension)
        with opened(self._path) as connection:
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
        """Forget every vector, of any model, whose text is not among `texts`; how many went.

        Instead of texts their keys may be given.
        """
        wanted = _Known(np.sort(texts if isinstance(texts, np.ndarray) else keys_of(texts)))
        gone = 0
        with opened(self._path) as connection, connection:
            for batch, blob in connection.execute("SELECT id, texts FROM batches").fetchall():
                keys = _keys(blob)
                _, stays = wanted.find(keys)
                if not len(keys) or not stays.all():
                    _thin_out(connection, batch, keys, stays)
                    gone += int(np.count_nonzero(~stays))
        return gone


class _Known:
    """Keys in order, found by their first half, which is thrice as fast.

    Of two whose first halves are the same (among a million texts one chance in ten million) the
    second isn't found.
    """

    def __init__(self, keys: Keys) -> None:
        self.keys = keys
        self._halves = _first_halves(keys)

    def find(self, keys: Keys) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
        """Where each of `keys` is, and whether it is there at all."""
        if not len(self.keys):
            return np.zeros(len(keys), np.int64), np.zeros(len(keys), bool)
        at = np.searchsorted(self._halves, _first_halves(keys))
        at = np.minimum(at, len(self.keys) - 1)
        return at, np.asarray(self.keys[at] == keys)


def _first_halves(keys: Keys) -> NDArray[np.uint64]:
    """As numbers, in the same order."""
    return keys.view(">u8")[::2].astype(np.uint64)


class _Wanted:
    """Vectors that are filled in by key. What comes twice has the vector of its first place."""

    def __init__(self, keys: Keys, dimension: int) -> None:
        self._vectors = np.empty((len(keys), dimension), dtype=np.float16)
        distinct, self._first, self._which = np.unique(keys, return_index=True, return_inverse=True)
        self._distinct = _Known(distinct)
        self._found = np.zeros(len(distinct), dtype=bool)

    def fill(self, keys: Keys, vectors: NDArray[np.float16]) -> None:
        """Take those of the vectors that are wanted."""
        at, hit = self._distinct.find(keys)
        self._vectors[self._first[at[hit]]] = vectors[hit]
        self._found[at[hit]] = True

    def missing(self) -> NDArray[np.int64]:
        """Places of keys that have no vector yet, each key once."""
        return np.sort(self._first[~self._found])

    def put(self, places: NDArray[np.int64], vectors: NDArray[np.float16]) -> None:
        """Take the vectors of some that were missing."""
        self._vectors[places] = vectors

    def all(self) -> NDArray[np.float16]:
        """Every vector, once none is missing."""
        first = self._first[self._which]
        again = np.flatnonzero(first != np.arange(len(first)))
        self._vectors[again] = self._vectors[first[again]]
        return self._vectors


def _batches(
    connection: sqlite3.Connection, embedder: Embedder
) -> Iterator[tuple[Keys, NDArray[np.float16]]]:
    """Keys and vectors of each batch of a model; a damaged one is passed over."""
    rows = connection.execute(
        "SELECT texts, vectors FROM batches WHERE model = ?", (embedder.fingerprint,)
    )
    for texts, blob in rows:
        keys = _keys(texts)
        if isinstance(blob, bytes) and len(blob) == 2 * len(keys) * embedder.dimension:
            yield keys, np.frombuffer(blob, "<f2").reshape(len(keys), embedder.dimension)


def _keys(blob: object) -> Keys:
    """The keys of a batch; none of a damaged one."""
    if not isinstance(blob, bytes) or len(blob) % KEY.itemsize:
        return np.empty(0, KEY)
    return np.frombuffer(blob, KEY)


def _thin_out(
    connection: sqlite3.Connection, batch: int, keys: Keys, stays: NDArray[np.bool_]
) -> None:
    """Leave those of a batch that stay; where none do, or it is damaged, nothing."""
    (blob,) = connection.execute("SELECT vectors FROM batches WHERE id = ?", (batch,)).fetchone()
    if not stays.any() or not isinstance(blob, bytes) or len(blob) % len(keys):
        connection.execute("DELETE FROM batches WHERE id = ?", (batch,))
        return
    vectors = np.frombuffer(blob, np.uint8).reshape(len(keys), -1)
    connection.execute(
        "UPDATE batches SET texts = ?, vectors = ? WHERE id = ?",
        (keys[stays].tobytes(), vectors[stays].tobytes(), batch),
    )


def _take_over(connection: sqlite3.Connection) -> bool:
    """Move vectors from where they were kept before there were batches, one a row; if there are."""
    if not connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'vectors'").fetchone():
        return False
    rows = connection.execute("SELECT model, text, vector FROM vectors ORDER BY model, text")
    while batch := rows.fetchmany(_BATCH):
        for (model, _), cluster_questions in groupby(batch, lambda row: (row[0], len(row[2]))):
            _, texts, vectors = zip(*cluster_questions, strict=True)
            connection.execute(_INSERT, (model, b"".join(texts), b"".join(vectors)))
    connection.execute("DROP TABLE vectors")
    return True


@contextmanager
def opened(path: Path) -> Iterator[sqlite3.Connection]:
    """A file of what can be made again. Raises QuotebotError when it can't be read or written."""
    try:
        with closing(sqlite3.connect(path, timeout=30)) as connection:
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = NORMAL")  # a lost batch is only made again
            connection.execute("PRAGMA secure_delete = ON")  # what is forgotten leaves the disk
            yield connection
    except sqlite3.Error as error:
        if getattr(error, "sqlite_errorcode", 0) & 0xFF in _DAMAGED:
            raise QuotebotError(
                f"{path} is damaged: delete it, and `quotebot build` makes it anew"
            ) from error
        raise QuotebotError(f"{path}: cannot be read or written ({error})") from error
