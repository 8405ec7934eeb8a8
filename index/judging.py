"""What counts as right, and how well a confidence knows it."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

__all__ = ["calibration_error", "holds_answer"]

Floats = NDArray[np.float64]


def holds_answer(text: str, answers: Sequence[str]) -> bool:
    """Whether a text has one of the accepted answers in it, whatever the case."""
    folded = text.casefold()
    return any(answer.casefold() in folded for answer in answers)


def calibration_error(confidence: Floats, right: NDArray[np.bool_], bins: int = 10) -> float:
    """Expected calibration error over equal bins of confidence (Guo et al. 2017)."""
    place = np.minimum((confidence * bins).astype(int), bins - 1)
    gaps = [
        abs(confidence[place == i].mean() - right[place == i].mean()) * (place == i).mean()
        for i in range(bins)
        if (place == i).any()
    ]
    return float(sum(gaps))
