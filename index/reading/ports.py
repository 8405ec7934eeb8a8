"""The protocol of a reader model, with its input and output."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

__all__ = ["Reader", "ReaderInput", "SpanScores"]


@dataclass(frozen=True, slots=True)
class ReaderInput:
    """A passage for the reader.

    `title` is that of the article, `text` the paragraph. `sentences` has the (start, end) of each
    sentence, in code points of `text`. `order` has the positions of the sentences in the order in
    which they are read; of a long text, only the first ones are.
    """

    title: str
    text: str
    sentences: Sequence[tuple[int, int]]
    order: Sequence[int]


@dataclass(frozen=True, slots=True)
class SpanScores:
    """The likeliest answer in each of the S sentences of a passage.

    scores  (S,) float32 log-odds of the answer against "not here"; -inf for an unread sentence
    spans   (S, 2) int64 start and end of the answer, in code points of the passage's text
    """

    scores: NDArray[np.float32]
    spans: NDArray[np.int64]


class Reader(Protocol):
    """Finds answers in passages. Several threads may call it."""

    def reads(self, language: str | None) -> bool:
        """Whether the reader was trained for a language (ISO 639-1)."""

    def read(self, question: str, passages: Sequence[ReaderInput]) -> list[SpanScores] | None:
        """Return the scores of the first passages, in order: at least one, as many as time allows.

        None when there is no time or no model.
        """
