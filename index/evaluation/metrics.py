"""What counts as right, and how well a confidence knows it."""

import string
from collections import Counter
from collections.abc import Sequence

import numpy as np
import regex
from numpy.typing import NDArray

__all__ = ["calibration_error", "exact_match", "f1", "holds_answer"]

Floats = NDArray[np.float64]
_ARTICLES = regex.compile(r"\b(a|an|the)\b")
_PUNCTUATION = str.maketrans("", "", string.punctuation)


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


def exact_match(found: str, answer: str) -> float:
    """1 when they are equal but for case, punctuation, articles and spaces, as SQuAD has it."""
    return float(_normal(found) == _normal(answer))


def f1(found: str, answer: str) -> float:
    """Harmonic mean of precision and recall of words, as SQuAD has it."""
    one, other = _normal(found).split(), _normal(answer).split()
    same = sum((Counter(one) & Counter(other)).values())
    return 2 * same / (len(one) + len(other)) if same else float(one == other)


def _normal(text: str) -> str:
    return " ".join(_ARTICLES.sub(" ", text.lower().translate(_PUNCTUATION)).split())
