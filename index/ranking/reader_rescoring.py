"""Changes a ranking after the reader has read: best sentences, order and confidence.

The reader's scores are added to those of `ranker`, with a few coefficients of their own: `reader`
in weights.json, which `python -m training.ranking.fit_reader_weights` learns.
"""

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from index.ranking.features import CandidateFeatures
from index.ranking.ranker import COEFFICIENTS, Ranking, probability
from index.reading.ports import ReaderInput, SpanScores
from index.search.candidates import Candidates

__all__ = [
    "ANSWERABLE_FEATURES",
    "QUOTE_CORRECT_FEATURES",
    "READ",
    "ReaderCoefficients",
    "answer_span",
    "confidence_features",
    "reader_coefficients",
    "reader_input",
    "reading_cutoff",
    "reorder",
    "rescore",
]

ANSWERABLE_FEATURES = (
    "bias",
    "answerable",      # logit of `Ranking.p_answerable` before reading
    "quote_score",     # the reader's score of the best sentence
    "best_elsewhere",  # the reader's highest score in the other passages
    "size",            # log of the number of paragraphs in the index
)  # fmt: skip
QUOTE_CORRECT_FEATURES = (
    "bias",
    "quote_correct",   # logit of `Ranking.p_quote_correct` before reading
    "quote_score",
    "lead_in_passage", # "quote_score" less the highest score of the passage's other sentences
    "best_elsewhere",
)  # fmt: skip
READ = 3
"""Most passages that are read for a question."""
MARGIN = 1.0
"""Passages whose score is further below the first one are not read."""
SURE = 0.0
"""The reader's score (log-odds) from which an answer is marked."""
_NEAR_TIE_MARGIN = 6.0
"""`Ranking.near_tie_margin` after reading: the scores of sentences are further apart then."""
_BOUND = 10.0  # log-odds; larger ones have no more meaning

Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class ReaderCoefficients:
    """Weights of the reader's scores.

    sentence        weight of the reader's score in the score of a sentence
    unread          the reader's score for an unread sentence of a passage that was read
    paragraph       weight of the reader's highest score in the score of a paragraph
    answerable      (len(ANSWERABLE_FEATURES),) float32
    quote_correct   (len(QUOTE_CORRECT_FEATURES),) float32
    threshold_line  see `Coefficients`
    """

    sentence: float
    unread: float
    paragraph: float
    answerable: Floats
    quote_correct: Floats
    threshold_line: tuple[float, float]


@cache
def reader_coefficients(path: Path = COEFFICIENTS) -> ReaderCoefficients:
    """Read the block `reader` of a coefficient file."""
    return read_coefficients(json.loads(path.read_text("utf-8"))["reader"])


def read_coefficients(plain: Mapping[str, Mapping[str, float]]) -> ReaderCoefficients:
    """Read the block `reader` from its form in JSON."""

    def array(group: str, names: tuple[str, ...]) -> Floats:
        return np.array([plain[group].get(name, 0.0) for name in names], dtype=np.float32)

    scores, line = plain["scores"], plain["threshold_line"]
    return ReaderCoefficients(
        scores["sentence"],
        scores["unread"],
        scores["paragraph"],
        array("answerable", ANSWERABLE_FEATURES),
        array("quote_correct", QUOTE_CORRECT_FEATURES),
        (line["bias"], line["size"]),
    )


def reading_cutoff(ranking: Ranking) -> int:
    """Return how many of the first candidates have a score close to that of the first."""
    return int((ranking.scores[0] - ranking.scores <= MARGIN).sum())


def reader_input(candidates: Candidates, ranking: Ranking, candidate: int) -> ReaderInput:
    """Make the reader's input of a candidate; it reads the sentences with the highest scores."""
    rows = candidates.rows(candidate)
    scores = ranking.sentence_scores[rows.start : rows.stop]
    return ReaderInput(
        candidates.articles[candidate].title,
        candidates.text_of(candidate),
        [candidates.span(row) for row in rows],
        np.argsort(-scores, kind="stable").tolist(),
    )


def rescore(
    features: CandidateFeatures,
    ranking: Ranking,
    readings: Mapping[int, SpanScores],
    weights: ReaderCoefficients | None = None,
) -> Ranking:
    """Return the ranking after the reader has read some candidates, including the first.

    `readings` are by candidate. The candidates that were read come first, in a new order.
    """
    weights = weights or reader_coefficients()
    ranking = reorder(features, ranking, readings, weights)
    for_answerable, for_quote = confidence_features(features, ranking, readings, weights)
    logit = float(for_answerable @ weights.answerable)
    intercept, slope = weights.threshold_line
    p_answerable = probability(logit)
    p_quote_correct = probability(float(for_quote @ weights.quote_correct))
    return replace(
        ranking,
        p_answerable=p_answerable,
        p_quote_correct=p_quote_correct,
        answer_score=probability(logit - (intercept + slope * math.log(features.size))),
        confidence=p_answerable * p_quote_correct,
    )


def reorder(
    features: CandidateFeatures,
    ranking: Ranking,
    readings: Mapping[int, SpanScores],
    weights: ReaderCoefficients,
) -> Ranking:
    """Return the ranking with new best sentences and a new order; the confidence is unchanged.

    Arguments as in `rescore`.
    """
    best, sentence_scores = ranking.best.copy(), ranking.sentence_scores.copy()
    scores = ranking.scores.copy()
    read = [place for place, c in enumerate(ranking.order) if int(c) in readings]
    for place in read:
        candidate = int(ranking.order[place])
        rows = slice(features.start[candidate], features.start[candidate + 1])
        known = bounded(readings[candidate].scores, weights.unread)
        sentence_scores[rows] += weights.sentence * known
        best[candidate] = rows.start + int(sentence_scores[rows].argmax())
        scores[place] += weights.paragraph * highest(readings[candidate])
    rest = np.setdiff1d(np.arange(len(scores)), read)
    ahead = np.array(read)[np.argsort(-scores[read], kind="stable")]
    if len(rest):  # the rest must score below all candidates that were read
        scores[rest] += min(0.0, float(scores[read].min() - scores[rest[0]]) - 1e-3)
    places = np.concatenate([ahead, rest]).astype(np.int64)
    return replace(
        ranking,
        order=ranking.order[places],
        scores=scores[places],
        best=best,
        sentence_scores=sentence_scores,
        near_tie_margin=_NEAR_TIE_MARGIN,
    )


def bounded(scores: Floats, unread: float) -> Floats:
    """Limit scores (S,) to ±10; sentences that were not read get the score `unread`."""
    return np.clip(np.where(np.isfinite(scores), scores, unread), -_BOUND, _BOUND)


def highest(reading: SpanScores) -> float:
    """Return the highest score in a passage that was read, limited to ±10."""
    return float(bounded(reading.scores, -_BOUND).max())


def confidence_features(
    features: CandidateFeatures,
    ranking: Ranking,
    readings: Mapping[int, SpanScores],
    weights: ReaderCoefficients,
) -> tuple[Floats, Floats]:
    """Return ANSWERABLE_FEATURES and QUOTE_CORRECT_FEATURES of the first candidate, float32."""
    first = int(ranking.order[0])
    scores = bounded(readings[first].scores, weights.unread)
    own = int(ranking.best[first] - features.start[first])
    quote_score = float(scores[own])
    next_best = float(np.delete(scores, own).max(initial=-_BOUND))
    others = [highest(reading) for candidate, reading in readings.items() if candidate != first]
    elsewhere = max(others, default=-_BOUND)
    size = math.log(features.size)
    answerable = (1.0, _logit(ranking.p_answerable), quote_score, elsewhere, size)
    lead = quote_score - next_best
    correct = (1.0, _logit(ranking.p_quote_correct), quote_score, lead, elsewhere)
    return np.array(answerable, dtype=np.float32), np.array(correct, dtype=np.float32)


def answer_span(
    features: CandidateFeatures, ranking: Ranking, candidate: int, reading: SpanScores
) -> tuple[int, int] | None:
    """Return the answer in the candidate's best sentence: (start, end) in code points.

    None when the reader is not sure.
    """
    own = int(ranking.best[candidate] - features.start[candidate])
    if reading.scores[own] < SURE:
        return None
    return int(reading.spans[own, 0]), int(reading.spans[own, 1])


def _logit(probability: float) -> float:
    kept = min(max(probability, 1e-9), 1 - 1e-9)
    return math.log(kept / (1 - kept))
