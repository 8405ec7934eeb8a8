"""What the engine needs of a reader, whatever model it runs."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

__all__ = ["Reader", "ReaderInput", "SpanScores"]


@dataclass(frozen=True, slots=True)
class ReaderInput:
    """A passage for the reader.

    `sentences` are the spans of all its sentences, in code points of `text`; `order` their places,
    the most promising first: of a long text, the reader reads only the first of these.
    """

    title: str
    text: str
    sentences: Sequence[tuple[int, int]]
    order: Sequence[int]


@dataclass(frozen=True, slots=True)
class SpanScores:
    """The likeliest answer in each of the S sentences of a passage.

    scores  (S,) float32 log-odds of that answer against "not here"; -inf where it was not read
    spans   (S, 2) int64 start and end of that answer, in code points of the passage's text
    """

    scores: NDArray[np.float32]
    spans: NDArray[np.int64]


class Reader(Protocol):
    """Finds answers in passages. Safe to call from several threads."""

    def reads(self, language: str | None) -> bool:
        """Whether the reader was trained for a language (ISO 639-1)."""

    def read(self, question: str, passages: Sequence[ReaderInput]) -> list[SpanScores] | None:
        """The scores of the first passages, in order: of at least one, and as many as time allows.

        None when there is no time or no model.
        """
