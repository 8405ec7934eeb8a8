"""Vectors of texts already embedded, so that unchanged text is never embedded twice."""

import hashlib
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from itertools import islice
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from corpus.errors import QuotebotError
from index.embedder import Embedder

__all__ = ["VectorCache", "opened", "text_key"]

_SCHEMA = """
CREATE TABLE IF NOT EXISTS vectors (
    model TEXT NOT NULL,      -- fingerprint
    text BLOB NOT NULL,       -- text_key
    vector BLOB NOT NULL,     -- float16, little-endian
    PRIMARY KEY (model, text)
) WITHOUT ROWID
"""
_INDEX = "CREATE INDEX IF NOT EXISTS by_text ON vectors (text)"  # to list texts without vectors
_DAMAGED = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}
_BATCH = 500  # texts embedded between two commits
_ROWS = 4_096  # read at a time


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
        with opened(path) as connection, connection:
            connection.execute(_SCHEMA)
            connection.execute(_INDEX)

    def embed(
        self,
        embedder: Embedder,
        texts: Sequence[str],
        progress: Callable[[int, int], None] | None = None,
    ) -> NDArray[np.float16]:
        """Vectors of `texts`, float16 (len(texts), dimension); only unknown texts are embedded.

        What is new is committed batch by batch, so that an interrupted build loses one batch.
        `progress` is called with (done, total) of the texts that have to be embedded.
        """
        vectors = np.empty((len(texts), embedder.dimension), dtype=np.float16)
        missing: dict[bytes, int] = {}  # → its first place in `texts`
        again: list[tuple[int, int]] = []  # place of a repeated text, and its first one
        for place, text in enumerate(texts):
            first = missing.setdefault(text_key(text), place)
            if first != place:
                again.append((place, first))
        with opened(self._path) as connection:
            self._read(connection, embedder.fingerprint, missing, vectors)
            done, total = 0, len(missing)
            new = iter(missing.items())
            worker = embedder.for_many(total)
            while batch := list(islice(new, _BATCH)):
                places = [place for _, place in batch]
                vectors[places] = worker.embed_passages([texts[place] for place in places])
                with connection:
                    connection.executemany(
                        "INSERT OR REPLACE INTO vectors VALUES (?, ?, ?)",
                        (
                            (embedder.fingerprint, key, vectors[place].astype("<f2").tobytes())
                            for key, place in batch
                        ),
                    )
                done += len(batch)
                if progress:
                    progress(done, total)
        if again:
            to, of = np.array(again).T
            vectors[to] = vectors[of]
        return vectors

    def keep_only(self, texts: Iterable[str]) -> int:
        """Forget every vector, of any model, whose text is not among `texts`; how many went."""
        wanted = {text_key(text) for text in texts}
        with opened(self._path) as connection, connection:
            kept = connection.execute("SELECT model, text FROM vectors")
            gone = [(model, key) for model, key in kept if key not in wanted]
            connection.executemany("DELETE FROM vectors WHERE model = ? AND text = ?", gone)
        return len(gone)

    @staticmethod
    def _read(
        connection: sqlite3.Connection,
        fingerprint: str,
        missing: dict[bytes, int],
        vectors: NDArray[np.float16],
    ) -> None:
        """Fill in the vectors that are known, and take their keys out of `missing`.

        Nearly all that is kept is wanted, so that reading all of it in order is ten times faster
        than looking up each.
        """
        size = vectors.shape[1] * vectors.itemsize
        rows = connection.execute(
            "SELECT text, vector FROM vectors WHERE model = ?", (fingerprint,)
        )
        while missing and (batch := rows.fetchmany(_ROWS)):
            known = [(key, blob) for key, blob in batch if key in missing and len(blob) == size]
            if known:
                block = np.frombuffer(b"".join(blob for _, blob in known), dtype="<f2")
                places = [missing.pop(key) for key, _ in known]
                vectors[places] = block.reshape(len(known), -1)


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
