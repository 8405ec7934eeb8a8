"""Measures a reader with articles on which it was not trained."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import roc_auc_score

from corpus import sentence_spans
from index.evaluation.metrics import exact_match, f1, holds_answer
from index.reading.ports import Reader, ReaderInput, SpanScores
from training.reader.data import Example, Passage

__all__ = ["Row", "figures", "read_all"]

_RESAMPLED = 1_000  # samples for an interval


@dataclass(frozen=True, slots=True)
class Row:
    """The results of one question, in its own paragraph and in others that a search found.

    group      title of the article
    exact      exact match of the answer, 0 or 1
    f1         F1 of the answer, 0 to 1
    sentence   whether the sentence with the highest score holds an answer
    here       highest score in the own paragraph
    elsewhere  highest score in the other paragraphs; NaN if there are none
    """

    group: str
    exact: float
    f1: float
    sentence: bool
    here: float
    elsewhere: float


def read_all(
    reader: Reader, examples: Sequence[Example], done: Callable[[], None] = lambda: None
) -> list[Row]:
    """Read every example and return a row for each; `done` is called after each."""
    spans: dict[str, list[tuple[int, int]]] = {}
    rows = []
    for example in examples:
        rows.append(_read(reader, example, spans))
        done()
    return rows


def _read(reader: Reader, example: Example, spans: dict[str, list[tuple[int, int]]]) -> Row:
    passages = (example.passage, *example.others[:2])
    for passage in passages:
        if passage.text not in spans:
            spans[passage.text] = sentence_spans(passage.text, "en")
    readings = [_whole(reader, example.question, p, spans[p.text]) for p in passages]
    own, text = readings[0], example.passage.text
    best = int(own.scores.argmax())
    start, end = (int(x) for x in own.spans[best])
    answers = [text[a:b] for a, b in example.answers]
    first, last = spans[text][best]
    return Row(
        example.group,
        max(exact_match(text[start:end], answer) for answer in answers),
        max(f1(text[start:end], answer) for answer in answers),
        holds_answer(text[first:last], answers),
        float(own.scores[best]),
        max((float(other.scores.max()) for other in readings[1:]), default=float("nan")),
    )


def _whole(
    reader: Reader, question: str, passage: Passage, sentences: list[tuple[int, int]]
) -> SpanScores:
    """Scores of all sentences of a passage, read window by window."""
    scores = np.full(len(sentences), -np.inf, dtype=np.float32)
    places = np.zeros((len(sentences), 2), dtype=np.int64)
    while not np.isfinite(scores).all():
        focus = int(np.flatnonzero(~np.isfinite(scores))[0])
        found = reader.read(
            question, [ReaderInput(passage.title, passage.text, sentences, [focus])]
        )
        if found is None:
            raise RuntimeError("the reader did not read")
        better = found[0].scores > scores
        scores[better], places[better] = found[0].scores[better], found[0].spans[better]
        if not np.isfinite(scores[focus]):
            scores[focus] = -1e3  # nothing to read in it
    return SpanScores(scores, places)


def figures(rows: Sequence[Row], seed: int = 0) -> dict[str, tuple[float, float, float]]:
    """Return each measure with the ends of its 95 % interval: (value, low, high).

    The intervals come from samples of articles with all their questions.
    """
    groups = sorted({row.group for row in rows})
    table = [[row for row in rows if row.group == group] for group in groups]
    measures = {
        "exact match": lambda some: np.mean([row.exact for row in some]),
        "F1": lambda some: np.mean([row.f1 for row in some]),
        "right sentence": lambda some: np.mean([row.sentence for row in some]),
        "AUROC of here": _auroc,
    }
    random = np.random.default_rng(seed)
    draws = [random.integers(0, len(groups), len(groups)) for _ in range(_RESAMPLED)]
    found = {}
    for name, measure in measures.items():
        values = [measure([row for i in draw for row in table[i]]) for draw in draws]
        low, high = np.quantile(values, [0.025, 0.975])
        found[name] = (float(measure(list(rows))), float(low), float(high))
    return found


def _auroc(rows: Sequence[Row]) -> float:
    """AUROC of the scores of the own paragraphs against those of the others."""
    here = np.array([row.here for row in rows])
    elsewhere = np.array([row.elsewhere for row in rows])
    elsewhere = elsewhere[np.isfinite(elsewhere)]
    labels: NDArray[np.int64] = np.r_[np.ones(len(here)), np.zeros(len(elsewhere))]
    return float(roc_auc_score(labels, np.r_[here, elsewhere])) if len(elsewhere) else float("nan")
