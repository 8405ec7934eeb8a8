"""Rescoring after reading: another best sentence, another order, a surer confidence.

The reader's scores are one more feature beside those that `ranker` has weighed, with a few
coefficients of their own (`reader` in weights.json), learned by `python -m
training.ranking.fit_reader_weights`.
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
    "answerable",      # logit that the answer is in the index at all, before reading
    "quote_score",     # score of the answer in the quote
    "best_elsewhere",  # highest score in the other passages read
    "size",            # log of the number of paragraphs
)  # fmt: skip
QUOTE_CORRECT_FEATURES = (
    "bias",
    "quote_correct",   # logit that the quote has the answer, before reading
    "quote_score",
    "lead_in_passage", # by how much that is above the scores in the passage's other sentences
    "best_elsewhere",
)  # fmt: skip
READ = 3  # passages at most
MARGIN = 1.0
"""A passage is only read if it scores at most so far below the first."""
SURE = 0.0
"""Score from which an answer is marked: an answer is as likely as none."""
_NEAR_TIE_MARGIN = 6.0
"""As `Ranking.near_tie_margin`: after reading, scores of sentences lie further apart."""
_BOUND = 10.0  # log-odds; beyond, they say no more

Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class ReaderCoefficients:
    """Weights of the reader's scores.

    `sentence` and `paragraph` are what a point of the reader's score adds to the score of each;
    `unread` is the reader's score of a sentence that wasn't read in a passage that was.
    `answerable` and `quote_correct` weigh the features of those names, float32; `threshold_line` is
    that of `Coefficients`.
    """

    sentence: float
    unread: float
    paragraph: float
    answerable: Floats
    quote_correct: Floats
    threshold_line: tuple[float, float]


@cache
def reader_coefficients(path: Path = COEFFICIENTS) -> ReaderCoefficients:
    """The block `reader` of a coefficient file."""
    return read_coefficients(json.loads(path.read_text("utf-8"))["reader"])


def read_coefficients(plain: Mapping[str, Mapping[str, float]]) -> ReaderCoefficients:
    """The block in its form in JSON."""

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
    """How many of the first candidates score close to the very first one."""
    return int((ranking.scores[0] - ranking.scores <= MARGIN).sum())


def reader_input(candidates: Candidates, ranking: Ranking, candidate: int) -> ReaderInput:
    """A candidate as the reader wants it: its likeliest sentences come first."""
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
    """The ranking after reading some candidates, the first among them.

    `readings` are by candidate. Those read come first, in a new order, then the rest.
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
    """Other best sentences and another order; the confidence is left as it was."""
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
    if len(rest):  # the rest must score below all that was read
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
    """Scores within bounds; `unread` for sentences that weren't read."""
    return np.clip(np.where(np.isfinite(scores), scores, unread), -_BOUND, _BOUND)


def highest(reading: SpanScores) -> float:
    """Score of the likeliest answer in what was read, within bounds."""
    return float(bounded(reading.scores, -_BOUND).max())


def confidence_features(
    features: CandidateFeatures,
    ranking: Ranking,
    readings: Mapping[int, SpanScores],
    weights: ReaderCoefficients,
) -> tuple[Floats, Floats]:
    """Float32 values of ANSWERABLE_FEATURES and QUOTE_CORRECT_FEATURES of the first candidate."""
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
    """The answer in the candidate's best sentence, where the reader is sure of one.

    (start, end) in code points of the paragraph.
    """
    own = int(ranking.best[candidate] - features.start[candidate])
    if reading.scores[own] < SURE:
        return None
    return int(reading.spans[own, 0]), int(reading.spans[own, 1])


def _logit(probability: float) -> float:
    kept = min(max(probability, 1e-9), 1 - 1e-9)
    return math.log(kept / (1 - kept))
