"""Computes one score from all features, with a few dozen learned coefficients.

`python -m training.ranking.fit_weights FILE...` writes the coefficients to `weights.json`. There
are two sets: `full`, and `words` for languages that the embedding model does not know; `words` does
not use the dense features. The score of a candidate is a mean of both, weighted by its trust.
"""

import json
import math
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from index.ranking.features import PARAGRAPH_FEATURES, SENTENCE_FEATURES, CandidateFeatures

__all__ = [
    "COEFFICIENTS",
    "CONFIDENCE_FEATURES",
    "CONFIDENCE_POWER",
    "Coefficients",
    "Ranking",
    "probability",
    "rank",
    "read_coefficients",
    "runner_up",
]

COEFFICIENTS = Path(__file__).with_name("weights.json")
_BEST_SENTENCE = "best_sentence"  # one more feature: the score of a paragraph's best sentence

CONFIDENCE_POWER = 0.8
"""Exponent of `p_quote_correct` in the confidence: a doubtful quote lowers it less than with 1.

Cross-validated on SQuAD-16, the calibration error is .025 / .037 (with all / half of the articles
in the index) instead of .041 / .029, and the silence AUROC .990 instead of .989.
"""

CONFIDENCE_FEATURES = (
    "bias", "score", "margin", "size",
    *(f"paragraph_{name}" for name in PARAGRAPH_FEATURES),
    *(f"sentence_{name}" for name in SENTENCE_FEATURES),
)  # fmt: skip

Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Coefficients:
    """The weights of one set: float32, in the order of the feature names.

    sentence        (len(SENTENCE_FEATURES),)
    paragraph       (len(PARAGRAPH_FEATURES),)
    best_sentence   weight of the score of a paragraph's best sentence
    answerable      (len(CONFIDENCE_FEATURES),) for the logit of `Ranking.p_answerable`
    quote_correct   (len(CONFIDENCE_FEATURES),) for the logit of `Ranking.p_quote_correct`
    threshold_line  (a, b): of the questions about something that is not in the index, one in 33
                    (one in 20 in a small index) has a logit of `p_answerable` above
                    a + b log(paragraphs); in a larger index, a match by chance is likelier
    """

    sentence: Floats
    paragraph: Floats
    best_sentence: float
    answerable: Floats
    quote_correct: Floats
    threshold_line: tuple[float, float]


@dataclass(frozen=True, slots=True)
class Ranking:
    """C candidates in order, with their S sentences; R of the candidates are not headings.

    order                (R,) int64 candidates without headings, best first
    scores               (R,) float32 their scores, in that order
    best                 (C,) int64 row of each candidate's best sentence
    sentence_scores      (S,) float32
    p_answerable         probability that the answer is in the index
    p_quote_correct      probability that the first quote has the answer, if it is in the index
    answer_score         0..1; .5 is where one in 33 questions about something that is not in the
                         index would get an answer
    confidence           probability that the first quote answers the question
    confidence_features  (len(CONFIDENCE_FEATURES),) float32 from which the probabilities come
    near_tie_margin      sentences whose scores differ by no more are almost equally good
                         (docs/quality.md)
    """

    order: NDArray[np.int64]
    scores: Floats
    best: NDArray[np.int64]
    sentence_scores: Floats
    p_answerable: float
    p_quote_correct: float
    answer_score: float
    confidence: float
    confidence_features: Floats
    near_tie_margin: float = 3.0


@cache
def coefficients(path: Path = COEFFICIENTS) -> dict[str, Coefficients]:
    """Read the sets in a coefficient file: `full` and `words`."""
    plain = json.loads(path.read_text("utf-8"))
    return {name: read_coefficients(plain[name]) for name in ("full", "words")}


def read_coefficients(plain: dict[str, dict[str, float]]) -> Coefficients:
    """Read one set from its form in JSON."""

    def array(group: str, names: tuple[str, ...]) -> Floats:
        return np.array([plain[group].get(name, 0.0) for name in names], dtype=np.float32)

    return Coefficients(
        array("sentence", SENTENCE_FEATURES),
        array("paragraph", PARAGRAPH_FEATURES),
        plain["paragraph"].get(_BEST_SENTENCE, 0.0),
        array("answerable", CONFIDENCE_FEATURES),
        array("quote_correct", CONFIDENCE_FEATURES),
        (plain["threshold_line"]["bias"], plain["threshold_line"]["size"]),
    )


def rank(features: CandidateFeatures, sets: dict[str, Coefficients] | None = None) -> Ranking:
    """Order the candidates, and compute the confidence in the first quote.

    At least one candidate must not be a heading. `sets` are those of `coefficients` by default.
    """
    sets = sets or coefficients()
    full, words = sets["full"], sets["words"]
    trust = features.trust
    by_sentence = np.repeat(trust, np.diff(features.start))
    sentence_scores = _blend(features.of_sentences, full.sentence, words.sentence, by_sentence)
    best = _best_rows(sentence_scores, features.start)
    scores = _blend(features.of_paragraphs, full.paragraph, words.paragraph, trust)
    weight = trust * full.best_sentence + (1 - trust) * words.best_sentence
    scores += sentence_scores[best] * weight
    _raise_introduced(scores, features.introduces)
    order = np.argsort(-scores, kind="stable")
    order = order[features.introduces[order] < 0]
    inputs = _confidence_features(features, scores, order, best)
    share = trust[order[0]]
    answerable = float(inputs @ (share * full.answerable + (1 - share) * words.answerable))
    correct = float(inputs @ (share * full.quote_correct + (1 - share) * words.quote_correct))
    line = np.array(full.threshold_line) * share + np.array(words.threshold_line) * (1 - share)
    threshold = float(line @ (1, math.log(features.size)))
    return Ranking(
        order=order,
        scores=scores[order],
        best=best,
        sentence_scores=sentence_scores,
        p_answerable=probability(answerable),
        p_quote_correct=probability(correct),
        answer_score=probability(answerable - threshold),
        confidence=probability(answerable) * probability(correct) ** CONFIDENCE_POWER,
        confidence_features=inputs,
    )


def _raise_introduced(scores: Floats, introduces: NDArray[np.int64]) -> None:
    """Give the candidate after each heading the higher one of both scores."""
    headings = np.flatnonzero(introduces >= 0)
    below = introduces[headings]
    scores[below] = np.maximum(scores[below], scores[headings])


def runner_up(features: CandidateFeatures, ranking: Ranking, candidate: int) -> int | None:
    """Return the row of a candidate's second best sentence, to be shown with the best one.

    None when it is not next to the best one, or not almost equally good (`near_tie_margin`).
    """
    start, end = int(features.start[candidate]), int(features.start[candidate + 1])
    best = int(ranking.best[candidate])
    scores = ranking.sentence_scores[start:end].copy()
    top = scores[best - start]
    scores[best - start] = -np.inf
    second = start + int(scores.argmax())
    is_near = abs(second - best) == 1 and top - scores[second - start] <= ranking.near_tie_margin
    return second if is_near else None


def probability(logit: float) -> float:
    """Return the probability of log-odds, which are limited to ±30."""
    return 1 / (1 + math.exp(-max(-30.0, min(30.0, logit))))


def _confidence_features(
    features: CandidateFeatures,
    scores: Floats,
    order: NDArray[np.int64],
    best: NDArray[np.int64],
) -> Floats:
    """(len(CONFIDENCE_FEATURES),) features of the confidence in the first candidate."""
    first = order[0]
    margin = scores[first] - scores[order[1]] if len(order) > 1 else 0.0
    return np.concatenate([
        np.array([1.0, scores[first], margin, np.log(features.size)], dtype=np.float32),
        features.of_paragraphs[first],
        features.of_sentences[best[first]],
    ])  # fmt: skip


def _blend(features: Floats, full: Floats, words: Floats, trust: Floats) -> Floats:
    return np.asarray(trust * (features @ full) + (1 - trust) * (features @ words))


def _best_rows(scores: Floats, start: NDArray[np.int64]) -> NDArray[np.int64]:
    """Row of the highest score in each start[i]:start[i+1]; the first one of equal scores."""
    owner = np.repeat(np.arange(len(start) - 1), np.diff(start))
    order = np.lexsort((np.arange(len(scores)), -scores, owner))
    return np.asarray(order[start[:-1]], dtype=np.int64)
