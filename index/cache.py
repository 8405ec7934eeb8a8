"""Vectors of texts already embedded, so that unchanged text is never embedded twice."""

import hashlib
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from itertools import islice
from pathlib import Path

import numpy as np

from corpus.errors import QuotebotError
from index.embedder import Embedder, Vectors

__all__ = ["VectorCache", "text_key"]

_SCHEMA = """
CREATE TABLE IF NOT EXISTS vectors (
    model TEXT NOT NULL,      -- fingerprint
    text BLOB NOT NULL,       -- text_key
    vector BLOB NOT NULL,     -- float16, little-endian
    PRIMARY KEY (model, text)
) WITHOUT ROWID
"""
_DAMAGED = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}
_BATCH = 500  # texts embedded between two commits; below SQLite's limit of bound variables


def text_key(text: str) -> bytes:
    """16 bytes that stand for a text."""
    return hashlib.blake2b(text.encode(), digest_size=16).digest()


class VectorCache:
    """A SQLite file of vectors by model fingerprint and text.

    Vectors are kept as float16: against float32 the cosine differs by less than 1e-6. Every method
    raises QuotebotError, in one line, when the file cannot be read or written.
    """

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._path = path
        with self._open() as connection, connection:
            connection.execute(_SCHEMA)

    def embed(
        self,
        embedder: Embedder,
        texts: Sequence[str],
        progress: Callable[[int, int], None] | None = None,
    ) -> Vectors:
        """Vectors of `texts`, float32 (len(texts), dimension); only unknown texts are embedded.

        What is new is committed batch by batch, so that an interrupted build loses one batch.
        `progress` is called with (done, total) of the texts that have to be embedded.
        """
        keys = [text_key(text) for text in texts]
        rows: dict[bytes, int] = {}
        for i, key in enumerate(keys):
            rows.setdefault(key, i)
        unique = np.empty((len(rows), embedder.dimension), dtype=np.float32)
        slots = {key: slot for slot, key in enumerate(rows)}
        with self._open() as connection:
            missing = self._read(connection, embedder, slots, unique)
            worker = embedder.for_many(len(missing))
            for start in range(0, len(missing), _BATCH):
                batch = missing[start : start + _BATCH]
                vectors = worker.embed_passages([texts[rows[key]] for key in batch])
                half = vectors.astype("<f2")
                with connection:
                    connection.executemany(
                        "INSERT OR REPLACE INTO vectors VALUES (?, ?, ?)",
                        (
                            (embedder.fingerprint, key, vector.tobytes())
                            for key, vector in zip(batch, half, strict=True)
                        ),
                    )
                unique[[slots[key] for key in batch]] = half
                if progress:
                    progress(start + len(batch), len(missing))
        return unique[[slots[key] for key in keys]] if texts else unique

    def keep_only(self, texts: Iterable[str]) -> int:
        """Forget every vector, of any model, whose text is not among `texts`; how many went."""
        with self._open() as connection, connection:
            connection.execute("CREATE TEMP TABLE wanted (text BLOB PRIMARY KEY) WITHOUT ROWID")
            connection.executemany(
                "INSERT OR IGNORE INTO wanted VALUES (?)", ((text_key(text),) for text in texts)
            )
            gone = connection.execute(
                "DELETE FROM vectors WHERE text NOT IN (SELECT text FROM wanted)"
            ).rowcount
        return gone

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        try:
            with closing(self._connect()) as connection:
                yield connection
        except sqlite3.Error as error:
            if getattr(error, "sqlite_errorcode", 0) & 0xFF in _DAMAGED:
                raise QuotebotError(
                    f"{self._path} is damaged: delete it, and `quotebot build` embeds anew"
                ) from error
            raise QuotebotError(f"{self._path}: cannot be read or written ({error})") from error

    def _connect(self) -> sqlite3.Connection:
        connection = sqlite3.connect(self._path, timeout=30)
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = NORMAL")  # a lost batch is only embedded again
        connection.execute("PRAGMA secure_delete = ON")  # what is forgotten leaves the disk
        return connection

    @staticmethod
    def _read(
        connection: sqlite3.Connection,
        embedder: Embedder,
        slots: dict[bytes, int],
        out: Vectors,
    ) -> list[bytes]:
        """Fill `out` with what is known; the keys that are not."""
        found: set[bytes] = set()
        for keys in _batched(slots, _BATCH):
            marks = ",".join("?" * len(keys))
            for key, blob in connection.execute(
                f"SELECT text, vector FROM vectors WHERE model = ? AND text IN ({marks})",  # noqa: S608
                (embedder.fingerprint, *keys),
            ):
                vector = np.frombuffer(blob, dtype="<f2")
                if vector.shape == (embedder.dimension,):
                    out[slots[key]] = vector
                    found.add(key)
        return [key for key in slots if key not in found]


def _batched(items: Iterable[bytes], size: int) -> Iterator[list[bytes]]:
    iterator = iter(items)
    while batch := list(islice(iterator, size)):
        yield batch
