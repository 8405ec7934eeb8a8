"""Metrics of an evaluation: retrieval, quotes, marked answers, silence, confidence, time.

ir-measures (MacAvaney et al. 2022) computes those of retrieval, scikit-learn the AUROC.
"""

import string
from collections import Counter
from collections.abc import Callable, Sequence
from enum import Enum, auto
from typing import Any

import numpy as np
import regex
from numpy.typing import NDArray

from index.evaluation.datasets import JudgedQuestion
from index.evaluation.results import Shown, document_name

__all__ = [
    "METRICS",
    "MetricKind",
    "calibration_error",
    "exact_match",
    "f1",
    "figure",
    "figures",
    "holds_answer",
    "marked_answers",
    "quotes_with_answer",
    "retrieval",
    "silence",
    "times",
]


class MetricKind(Enum):
    """The unit of a metric."""

    SHARE = auto()
    """0 to 1."""
    MILLISECONDS = auto()


METRICS: dict[str, MetricKind] = {
    "R@1": MetricKind.SHARE,
    "R@5": MetricKind.SHARE,
    "R@10": MetricKind.SHARE,
    "MRR@10": MetricKind.SHARE,
    "nDCG@10": MetricKind.SHARE,
    "answer-in-quote@1": MetricKind.SHARE,
    "marked": MetricKind.SHARE,
    "exact match of marked": MetricKind.SHARE,
    "F1 of marked": MetricKind.SHARE,
    "p50 ms": MetricKind.MILLISECONDS,
    "p95 ms": MetricKind.MILLISECONDS,
    "silence AUROC": MetricKind.SHARE,
    "false answers at 95 %": MetricKind.SHARE,
    "answered when in the index": MetricKind.SHARE,
    "answered when not": MetricKind.SHARE,
    "calibration error": MetricKind.SHARE,
}
"""Every metric by name, in the order in which they are shown."""

_ANSWERED_SHARE = 0.95  # of the answerable questions, at which false answers are counted
Floats = NDArray[np.float64]
_ARTICLES = regex.compile(r"\b(a|an|the)\b")
_PUNCTUATION = str.maketrans("", "", string.punctuation)


def holds_answer(text: str, answers: Sequence[str]) -> bool:
    """Whether a text has one of the accepted answers; upper and lower case are equal."""
    folded = text.casefold()
    return any(answer.casefold() in folded for answer in answers)


def calibration_error(confidence: Floats, right: NDArray[np.bool_], bins: int = 10) -> float:
    """Expected calibration error over equal bins of confidence (Guo et al. 2017).

    `confidence` (N,) is from 0 to 1; `right` (N,) says whether the quote holds an answer.
    """
    place = np.minimum((confidence * bins).astype(int), bins - 1)
    gaps = [
        abs(confidence[place == i].mean() - right[place == i].mean()) * (place == i).mean()
        for i in range(bins)
        if (place == i).any()
    ]
    return float(sum(gaps))


def exact_match(found: str, answer: str) -> float:
    """1 if the texts are equal without case, punctuation, articles and spaces (SQuAD), else 0."""
    return float(_normal(found) == _normal(answer))


def f1(found: str, answer: str) -> float:
    """Harmonic mean of precision and recall of words, 0 to 1, as SQuAD computes it."""
    one, other = _normal(found).split(), _normal(answer).split()
    same = sum((Counter(one) & Counter(other)).values())
    return 2 * same / (len(one) + len(other)) if same else float(one == other)


def figure(name: str, value: float | None) -> str:
    """The value of a metric, for people."""
    if value is None:
        return "–"
    return f"{value:.1f}" if METRICS[name] is MetricKind.MILLISECONDS else f"{value:.3f}"


def figures(
    questions: Sequence[JudgedQuestion], shown: Sequence[Shown], right: NDArray[np.bool_]
) -> dict[str, float | None]:
    """Every metric of answers from an index of all articles, by name, in the order of showing.

    `right` are the `quotes_with_answer`.
    """
    has_answers = any(question.answers for question in questions)
    return {
        **retrieval(questions, shown),
        "answer-in-quote@1": float(right.mean()) if has_answers else None,
        **marked_answers(questions, shown),
        **times(shown),
    }


def retrieval(
    questions: Sequence[JudgedQuestion], shown: Sequence[Shown]
) -> dict[str, float | None]:
    """Recall, MRR and nDCG of the rankings, by name."""
    import ir_measures  # slow to load
    from ir_measures import RR, Success, nDCG

    names = {
        "R@1": Success @ 1, "R@5": Success @ 5, "R@10": Success @ 10,
        "MRR@10": RR @ 10, "nDCG@10": nDCG @ 10,
    }  # fmt: skip
    qrels = [
        ir_measures.Qrel(str(i), document_name(*key), grade)
        for i, question in enumerate(questions)
        for key, grade in question.relevant.items()
    ]
    run = [
        ir_measures.ScoredDoc(str(i), document, float(len(s.documents) - place))
        for i, s in enumerate(shown)
        for place, document in enumerate(s.documents)
    ]
    found: dict[Any, float] = ir_measures.calc_aggregate(list(names.values()), qrels, run)
    return {name: float(found[measure]) for name, measure in names.items()}


def quotes_with_answer(
    questions: Sequence[JudgedQuestion], shown: Sequence[Shown]
) -> NDArray[np.bool_]:
    """(Q,) whether the quote shown for each question holds an answer."""
    return np.array(
        [holds_answer(s.quote, q.answers) for q, s in zip(questions, shown, strict=True)]
    )


def marked_answers(
    questions: Sequence[JudgedQuestion], shown: Sequence[Shown]
) -> dict[str, float | None]:
    """The share of quotes with a marked answer, and how right these are; empty without marks."""
    marks = [(s.answer, q.answers) for q, s in zip(questions, shown, strict=True) if s.answer]
    if not marks:
        return {}
    return {
        "marked": len(marks) / len(shown),
        "exact match of marked": _mean_of_best(exact_match, marks),
        "F1 of marked": _mean_of_best(f1, marks),
    }


def _mean_of_best(
    measure: Callable[[str, str], float], marks: Sequence[tuple[str, Sequence[str]]]
) -> float | None:
    judged = [
        max(measure(said, answer) for answer in answers) for said, answers in marks if answers
    ]
    return float(np.mean(judged)) if judged else None


def times(shown: Sequence[Shown]) -> dict[str, float | None]:
    """Median and 95th percentile of the time of a question, in milliseconds."""
    seconds = np.array([s.seconds for s in shown])
    return {f"p{percent} ms": float(np.percentile(seconds, percent)) * 1e3 for percent in (50, 95)}


def silence(
    answerable: Sequence[NDArray[np.bool_]],
    confidence: Sequence[Floats],
    answered: Sequence[NDArray[np.bool_]],
) -> dict[str, float | None]:
    """How well a system knows that an answer is not in the index: means over the runs.

    Each run has arrays over its Q questions: whether the article was in the index, the confidence,
    and whether the system answered. Confidences of different runs are not compared.
    """
    from sklearn.metrics import roc_auc_score  # slow to load

    rows = []
    for can, sure, did in zip(answerable, confidence, answered, strict=True):
        if can.all() or not can.any():
            continue
        threshold = np.quantile(sure[can], 1 - _ANSWERED_SHARE)
        false = float((sure[~can] >= threshold).mean())
        rows.append((roc_auc_score(can, sure), false, did[can].mean(), did[~can].mean()))
    names = (
        "silence AUROC", "false answers at 95 %", "answered when in the index",
        "answered when not",
    )  # fmt: skip
    means = np.mean(rows, axis=0) if rows else [None] * len(names)
    return {n: None if m is None else float(m) for n, m in zip(names, means, strict=True)}


def _normal(text: str) -> str:
    return " ".join(_ARTICLES.sub(" ", text.lower().translate(_PUNCTUATION)).split())
