"""Questions that come at the same time are embedded together, where that is quicker.

Under torch a question alone takes ten times as long as one of thirty in a batch, and two threads
slow each other down, so that whoever finds the model busy waits, and whoever comes next takes all
who wait along.
"""

import threading
from collections.abc import Sequence
from typing import Protocol, runtime_checkable

from index.embedder import Embedder, Vectors

__all__ = ["Together", "together"]

_MOST = 32


@runtime_checkable
class _Bulk(Embedder, Protocol):
    def embed_queries(self, texts: Sequence[str]) -> Vectors:
        """Unit vectors of questions: float32, shape (len(texts), dimension)."""


def together(embedder: Embedder) -> Embedder:
    """The embedder for questions of several threads, whichever way is quicker for it."""
    return Together(embedder) if isinstance(embedder, _Bulk) else embedder


class _Waiting:
    def __init__(self, text: str) -> None:
        self.text = text
        self.vector: Vectors | None = None
        self.error: Exception | None = None


class Together:
    """An embedder that embeds the questions of several threads in one go."""

    def __init__(self, inner: _Bulk) -> None:
        self._inner = inner
        self._guard = threading.Lock()
        self._busy = threading.Lock()
        self._queue: list[_Waiting] = []

    @property
    def name(self) -> str:
        """See `Embedder`."""
        return self._inner.name

    @property
    def fingerprint(self) -> str:
        """See `Embedder`."""
        return self._inner.fingerprint

    @property
    def dimension(self) -> int:
        """See `Embedder`."""
        return self._inner.dimension

    def embed_passages(self, texts: Sequence[str]) -> Vectors:
        """See `Embedder`."""
        return self._inner.embed_passages(texts)

    def for_many(self, count: int) -> Embedder:
        """See `Embedder`."""
        return self._inner.for_many(count)

    def forget_recent(self) -> None:
        """See `Embedder`."""
        self._inner.forget_recent()

    def embed_query(self, text: str) -> Vectors:
        """See `Embedder`."""
        mine = _Waiting(text)
        with self._guard:
            self._queue.append(mine)
        while mine.vector is None and mine.error is None:
            with self._busy:
                if mine.vector is None and mine.error is None:
                    self._embed_waiting()
        if mine.error is not None:
            raise mine.error
        assert mine.vector is not None  # noqa: S101  # so says the loop
        return mine.vector

    def _embed_waiting(self) -> None:
        with self._guard:
            batch, self._queue = self._queue[:_MOST], self._queue[_MOST:]
        try:
            if len(batch) == 1:  # the model remembers single questions
                vectors = [self._inner.embed_query(batch[0].text)]
            else:
                vectors = [*self._inner.embed_queries([waiting.text for waiting in batch])]
            for waiting, vector in zip(batch, vectors, strict=True):
                waiting.vector = vector
        except Exception as error:  # noqa: BLE001  # each of them must hear of it
            for waiting in batch:
                waiting.error = error
