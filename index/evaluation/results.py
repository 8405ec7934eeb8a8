"""The results of an evaluation: what a system showed for each question, and its metrics."""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

__all__ = ["DEPTH", "Evaluation", "Shown", "document_name"]

DEPTH = 10
"""How many documents a system ranks for a question."""

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Shown:
    """What a system showed for a question.

    documents   `document_name` of each passage, best first
    scores      of the documents
    quote       the text of the first passage's quote, or ""
    confidence  higher means surer; on the system's own scale
    answered    whether the quote was shown as an answer
    seconds     the time that the question took
    answer      the text of the answer that was marked in the quote, if any
    """

    documents: list[str]
    scores: list[float]
    quote: str
    confidence: float
    answered: bool
    seconds: float
    answer: str | None = None


@dataclass(frozen=True, slots=True)
class Evaluation:
    """Results of one system for Q questions, and for N = 2 Q in the runs that measure silence.

    system         name of the system
    metrics        values by name (`index.evaluation.metrics.METRICS`); None where undefined
    questions      ids of the questions
    shown          what was shown for each question
    right          (Q,) whether its quote holds an answer; all false when there are no answers
    confidence     (N,) of both silence runs, one after the other; empty without these runs
    is_right       (N,) whether the quote holds an answer and the article was in the index
    is_answerable  (N,) whether the article was in the index
    """

    system: str
    metrics: dict[str, float | None]
    questions: list[str]
    shown: list[Shown]
    right: NDArray[np.bool_]
    confidence: Floats = field(default_factory=lambda: np.empty(0))
    is_right: NDArray[np.bool_] = field(default_factory=lambda: np.empty(0, dtype=bool))
    is_answerable: NDArray[np.bool_] = field(default_factory=lambda: np.empty(0, dtype=bool))


def document_name(article: str, paragraph: int) -> str:
    """Return the name of a paragraph in rankings, from its article's id and its position."""
    return f"{article}#{paragraph}"
