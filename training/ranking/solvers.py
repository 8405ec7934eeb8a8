"""Fits linear models: conditional logit, logistic regression, threshold line."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from sklearn.linear_model import LogisticRegression

__all__ = ["conditional_logit", "logistic_regression", "named", "threshold_line"]

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

_CONDITIONAL_L2 = 1e-3
_LOGISTIC_L2 = 1e-4
_SMALL = 100  # paragraphs: fewer are in a small index, such as a first trial of quotebot
# Share of false answers that is allowed to questions about something that is not in the index: in
# a small index, and in a larger one.
_FALSE_ANSWERS = (0.05, 0.03)


def conditional_logit(
    groups: Sequence[tuple[NDArray[np.floating], Bools]], usable: Bools
) -> Floats:
    """Return weights (F,) that put the right rows of each group first (McFadden 1974).

    A group has rows (N, F), and says which of them are right (N,). Groups in which all or no rows
    are right are left out. Features that are not `usable` (F,) get weight zero. Minimises the mean
    of -log(sum of the softmax over the right rows), with an L2 penalty on features of unit
    variance. scikit-learn has no such model.
    """
    groups = [(rows, right) for rows, right in groups if right.any() and not right.all()]
    sizes = [len(rows) for rows, _ in groups]
    rows = np.concatenate([rows for rows, _ in groups]).astype(np.float64)
    right = np.concatenate([right for _, right in groups])
    start = np.cumsum([0, *sizes[:-1]])
    owner = np.repeat(np.arange(len(groups)), sizes)
    scale = _inverse_spread(rows, usable)
    scaled = rows * scale

    def loss(weights: Floats) -> tuple[float, Floats]:
        scores = scaled @ weights
        scores = np.exp(scores - np.maximum.reduceat(scores, start)[owner])
        share = scores / np.add.reduceat(scores, start)[owner]
        mass = np.add.reduceat(share * right, start)
        residual = share - share * right / mass[owner]
        value = -np.log(mass).mean() + _CONDITIONAL_L2 * weights @ weights
        gradient = scaled.T @ residual / len(groups) + 2 * _CONDITIONAL_L2 * weights
        return float(value), gradient

    result = minimize(loss, np.zeros(len(scale)), jac=True, method="L-BFGS-B")
    return np.asarray(result.x * scale, dtype=np.float64)


def logistic_regression(rows: Floats, labels: Bools, usable: Bools) -> Floats:
    """Return weights (F,) that distinguish the rows (N, F) with label true from the others.

    The first column of the rows is 1; its weight, the bias, has no penalty. Features that are not
    `usable` (F,) get weight zero. The L2 penalty is on features of unit variance. When all labels
    are the same, only the bias is not zero: it is the logit of the share of true labels, with half
    a row added for each label.
    """
    if labels.all() or not labels.any():
        right = labels.sum() + 0.5
        weights = np.zeros(rows.shape[1])
        weights[0] = np.log(right / (len(labels) + 1 - right))
        return weights
    scale = _inverse_spread(rows, usable)
    scale[0] = 0.0  # the bias is fitted as the intercept
    kept = np.flatnonzero(scale)
    model = LogisticRegression(C=1 / (2 * len(rows) * _LOGISTIC_L2), tol=1e-8, max_iter=10_000)
    model.fit(rows[:, kept] * scale[kept], labels)
    weights = np.zeros(len(scale))
    weights[kept] = model.coef_[0] * scale[kept]
    weights[0] = model.intercept_[0]
    return weights


def _inverse_spread(rows: Floats, usable: Bools) -> Floats:
    """(F,) 1 / standard deviation of each usable feature; 0 for others and for constant ones."""
    spread = np.where(usable, rows.std(axis=0), 0.0)
    return np.asarray(np.divide(1, spread, out=np.zeros_like(spread), where=spread > 0))


def threshold_line(sizes: Floats, logits: Floats) -> dict[str, float]:
    """Return `bias` a and `size` b: `_FALSE_ANSWERS` of the logits are above the line a + b size.

    `sizes` (N,) are logarithms of the number of paragraphs in the index, `logits` (N,) those of
    questions whose answer is not in it. The line is flat when all indexes are small, or none is.
    """
    small = sizes < np.log(_SMALL)
    points = [
        (sizes[part].mean(), np.quantile(logits[part], 1 - share))
        for part, share in zip((small, ~small), _FALSE_ANSWERS, strict=True)
        if part.any()
    ]
    (x, y), (other_x, other_y) = points[0], points[-1]
    slope = (other_y - y) / (other_x - x) if len(points) > 1 else 0.0
    return {"bias": round(float(y - slope * x), 4), "size": round(float(slope), 4)}


def named(names: Sequence[str], weights: Floats) -> dict[str, float]:
    """Return weights by feature name, as in weights.json: rounded, without zeros."""
    return {n: round(float(w), 4) for n, w in zip(names, weights, strict=True) if w != 0}
