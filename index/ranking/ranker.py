"""Fusion: one score from all the evidence, with a few dozen learned coefficients.

`weights.json` holds them; `python -m training.ranking.fit_weights FILE...` writes it. There are two
sets of everything: `full`, and `words` for languages that the embedding model doesn't speak, which
leaves the dense features out. A candidate's trust blends the two.
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
_BEST_SENTENCE = "best_sentence"  # the score of a paragraph's best sentence, as one more feature

CONFIDENCE_POWER = 0.8
"""Softens how much a doubtful quote lowers the confidence: cross-validated on SQuAD-16, the
calibration error is .025 / .037 (all / half of the articles in the index) instead of .041 / .029,
the silence AUROC .990 instead of .989."""

CONFIDENCE_FEATURES = (
    "bias", "score", "margin", "size",
    *(f"paragraph_{name}" for name in PARAGRAPH_FEATURES),
    *(f"sentence_{name}" for name in SENTENCE_FEATURES),
)  # fmt: skip

Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Coefficients:
    """Weights of one set, as arrays in the order of the feature names.

    `bar` (a, b): the logit of `found` that one in 33 questions about nothing in the index
    reaches (one in 20 where there are few paragraphs), a + b log(paragraphs): the more there is to
    find, the more is found by chance.
    """

    sentence: Floats
    paragraph: Floats
    best_sentence: float
    answerable: Floats
    quote_correct: Floats
    threshold_line: tuple[float, float]


@dataclass(frozen=True, slots=True)
class Ranking:
    """Candidates in order.

    order (R,) places in the evidence of all but headings, best first; scores (R,) in that order;
    best (C,) row of each candidate's best sentence; sentence_scores (S,). From confidence_features
    (len(CONFIDENCE_FEATURES),) come two probabilities: `found`, that the answer is in the index at
    all, and `told`, that if so the first one's quote tells it; `confidence` is made of both.
    A sentence within `near_tie_margin` of the best one's score is nearly as good (docs/quality.md).
    `answer_score` is .5 where one in 33 questions about nothing in the index would be answered.
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
    """The sets in a coefficient file: `full` and `words`."""
    plain = json.loads(path.read_text("utf-8"))
    return {name: read_coefficients(plain[name]) for name in ("full", "words")}


def read_coefficients(plain: dict[str, dict[str, float]]) -> Coefficients:
    """One set from its form in JSON."""

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


def rank(evidence: CandidateFeatures, sets: dict[str, Coefficients] | None = None) -> Ranking:
    """Order the candidates and say how sure the first one is."""
    full, words = (sets or coefficients())["full"], (sets or coefficients())["words"]
    trust = evidence.trust
    by_sentence = np.repeat(trust, np.diff(evidence.start))
    sentence_scores = _blend(evidence.of_sentences, full.sentence, words.sentence, by_sentence)
    best = _best_rows(sentence_scores, evidence.start)
    top = sentence_scores[best]
    scores = _blend(evidence.of_paragraphs, full.paragraph, words.paragraph, trust)
    scores += top * (trust * full.best_sentence + (1 - trust) * words.best_sentence)
    _let_headings_introduce(scores, evidence.heading)
    order = np.argsort(-scores, kind="stable")
    order = order[~evidence.heading[order]]
    features = _confidence_features(evidence, scores, order, best)
    first = trust[order[0]]
    logit = float(features @ (first * full.answerable + (1 - first) * words.answerable))
    told = float(features @ (first * full.quote_correct + (1 - first) * words.quote_correct))
    bar = np.array(full.threshold_line) * first + np.array(words.threshold_line) * (1 - first)
    return Ranking(
        order=order,
        scores=scores[order],
        best=best,
        sentence_scores=sentence_scores,
        p_answerable=probability(logit),
        p_quote_correct=probability(told),
        answer_score=probability(logit - float(bar @ (1, math.log(evidence.size)))),
        confidence=probability(logit) * probability(told) ** CONFIDENCE_POWER,
        confidence_features=features,
    )


def _let_headings_introduce(scores: Floats, heading: NDArray[np.bool_]) -> None:
    """Give what stands under each heading, the candidate after it, the better of their scores."""
    rows = np.flatnonzero(heading)
    scores[rows + 1] = np.maximum(scores[rows + 1], scores[rows])


def runner_up(evidence: CandidateFeatures, ranking: Ranking, candidate: int) -> int | None:
    """Row of a candidate's second best sentence, where it is beside the best and nearly as good."""
    start, end = int(evidence.start[candidate]), int(evidence.start[candidate + 1])
    best = int(ranking.best[candidate])
    scores = ranking.sentence_scores[start:end].copy()
    top = scores[best - start]
    scores[best - start] = -np.inf
    second = start + int(scores.argmax())
    is_near = abs(second - best) == 1 and top - scores[second - start] <= ranking.near_tie_margin
    return second if is_near else None


def probability(logit: float) -> float:
    """Of log-odds; within what a float can tell from 0 and 1."""
    return 1 / (1 + math.exp(-max(-30.0, min(30.0, logit))))


def _confidence_features(
    evidence: CandidateFeatures, scores: Floats, order: NDArray[np.int64], best: NDArray[np.int64]
) -> Floats:
    """(len(CONFIDENCE_FEATURES),) what the confidence in the first candidate rests on."""
    first = order[0]
    margin = scores[first] - scores[order[1]] if len(order) > 1 else 0.0
    return np.concatenate([
        np.array([1.0, scores[first], margin, np.log(evidence.size)], dtype=np.float32),
        evidence.of_paragraphs[first],
        evidence.of_sentences[best[first]],
    ])  # fmt: skip


def _blend(features: Floats, full: Floats, words: Floats, trust: Floats) -> Floats:
    return np.asarray(trust * (features @ full) + (1 - trust) * (features @ words))


def _best_rows(scores: Floats, start: NDArray[np.int64]) -> NDArray[np.int64]:
    """Row of the highest score in each start[i]:start[i+1]; the first of equals."""
    owner = np.repeat(np.arange(len(start) - 1), np.diff(start))
    order = np.lexsort((np.arange(len(scores)), -scores, owner))
    return np.asarray(order[start[:-1]], dtype=np.int64)
