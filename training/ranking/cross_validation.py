"""Splits questions by article, and measures the results for articles that were held out."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import roc_auc_score

from index.evaluation.metrics import calibration_error
from index.ranking.ranker import Ranking
from training.ranking.examples import Example, is_quote_correct

__all__ = ["Judged", "held_out_groups", "judge", "summary"]

_FOLDS = 4
_ANSWERED = 0.5  # `Ranking.answer_score`, from which a quote is shown as an answer


@dataclass(frozen=True, slots=True)
class Judged:
    """The judgement of the first quote for a question.

    right_first    whether its paragraph is relevant
    quote_correct  whether it holds an answer
    answerable     whether the relevant paragraph is in the index
    confidence     see `Ranking`
    answered       whether the quote is offered as an answer
    exact, f1      compare the marked answer with the accepted ones; NaN when none was marked
    """

    right_first: bool
    quote_correct: bool
    answerable: bool
    confidence: float
    answered: bool
    exact: float = np.nan
    f1: float = np.nan


def held_out_groups(groups: set[str]) -> Iterator[set[str]]:
    """Divide the groups into four parts, in the same way each time."""
    ordered = sorted(groups)
    shuffled = [ordered[i] for i in np.random.default_rng(0).permutation(len(ordered))]
    for fold in range(_FOLDS):
        yield set(shuffled[fold::_FOLDS])


def judge(
    example: Example, ranking: Ranking, *, exact: float = np.nan, f1: float = np.nan
) -> Judged:
    """Judge the ranking of an example."""
    return Judged(
        bool(example.right[ranking.order[0]]),
        is_quote_correct(example, ranking),
        example.answerable,
        ranking.confidence,
        ranking.answer_score >= _ANSWERED and not example.features.says_nothing,
        exact,
        f1,
    )


def summary(whole: Sequence[Judged], parts: Sequence[Judged]) -> str:
    """Return the figures in one line: for indexes of all articles, and of parts of them."""
    answerable = [row for row in parts if row.answerable]
    others = [row for row in parts if not row.answerable]
    auroc = roc_auc_score([row.answerable for row in parts], [row.confidence for row in parts])
    return (
        f"{len(whole)} questions, R@1 {_mean([row.right_first for row in whole])}, "
        f"answer-in-quote@1 {_mean([row.quote_correct for row in whole])}, "
        f"calibration error {_calibration(whole):.3f} "
        f"(parts of the articles {_calibration(parts):.3f}){_marks(whole)}; "
        f"in parts, silence AUROC {auroc:.3f}, "
        f"answered {_mean([row.answered for row in answerable])} of the answerable, "
        f"{_mean([row.answered for row in others])} of the rest"
    )


def _marks(rows: Sequence[Judged]) -> str:
    """Figures of the marked answers; empty when none was marked."""
    exact = [row.exact for row in rows if not np.isnan(row.exact)]
    f1 = [row.f1 for row in rows if not np.isnan(row.f1)]
    if not exact:
        return ""
    return (
        f", marked {len(exact) / len(rows):.3f}, of these exact {_mean(exact)}, F1 {_mean(f1)}, "
        f"of all {sum(exact) / len(rows):.3f}, {sum(f1) / len(rows):.3f}"
    )


def _mean(values: Sequence[float]) -> str:
    return f"{np.mean(values):.3f}" if len(values) else "–"


def _calibration(rows: Sequence[Judged]) -> float:
    correct: NDArray[np.bool_] = np.array([row.quote_correct for row in rows], dtype=bool)
    return calibration_error(np.array([row.confidence for row in rows]), correct)
