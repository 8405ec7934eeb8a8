"""Scores the best candidates again with a CrossEncoder of sentence-transformers. Off by default."""

from collections.abc import Sequence
from pathlib import Path
from threading import Lock
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from corpus.errors import ModelUnavailable
from index.embedding.base import first_line
from index.embedding.library_settings import configure_model_libraries
from index.error_codes import Code

__all__ = ["CrossEncoderReranker", "Reranker"]


class Reranker(Protocol):
    """Scores passages for a question. Several threads may call it."""

    def scores(self, question: str, passages: Sequence[str]) -> NDArray[np.float32]:
        """Return a score of each passage: float32 (len(passages),); higher is better."""


class CrossEncoderReranker:
    """A CrossEncoder with one output."""

    def __init__(self, name: str) -> None:
        """Load the model with a name or in a folder.

        Raises ModelUnavailable when it cannot be loaded or has several outputs.
        """
        configure_model_libraries(offline=Path(name).exists())
        from sentence_transformers import CrossEncoder

        try:
            self._model = CrossEncoder(name, device="cpu")
            outputs = self._model.num_labels
        except Exception as error:
            raise ModelUnavailable(
                Code.RERANKER_NOT_LOADED(name=name, error=first_line(error))
            ) from error
        if outputs != 1:
            raise ModelUnavailable(Code.RERANKER_OUTPUTS(name=name, count=outputs))
        self._lock = Lock()

    def scores(self, question: str, passages: Sequence[str]) -> NDArray[np.float32]:
        """See `Reranker`."""
        with self._lock:
            found = self._model.predict(
                [(question, passage) for passage in passages], show_progress_bar=False
            )
        return np.asarray(found, dtype=np.float32).reshape(len(passages))
