"""Measured at every build, without labelled data: the model's scale, and its trust by language."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from index.arrays import Vectors
from index.search.score_scale import DenseScale, Trust
from index.search.term_matching import ranges

__all__ = ["Paragraphs", "measure_scale", "measure_trust"]

_SAMPLE = 200  # hidden sentences that are tried in a language
_RIVALS = 400  # other paragraphs of the language to choose from
_ENOUGH = 30  # trials from which the self-test counts
_LIKENESS_SAMPLE = 1_000  # sentences

# Measured on XQuAD in 12 languages and on news in two (docs/decisions/0003-trust.md): where the
# model knows the language, likeness is below .1; where it helps a little (German, Spanish), .35
# and .45; from .6 on, answers are better without the dense scores.
_LIKENESS_FULL, _LIKENESS_NONE = 0.10, 0.62
_ONE_ARTICLE = 0.25  # likeness of the sentences of one article in a language that the model knows
_FOUND_NONE, _FOUND_FULL = 0.60, 0.75

Ids = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Paragraphs:
    """The P paragraphs of a generation: their languages, articles and sentences.

    languages       codes
    language        (P,) place of each paragraph's language among them
    article         (P,) number of each paragraph's article
    sentence_start  (P + 1,) first sentence of each paragraph, and the number of sentences
    """

    languages: Sequence[str]
    language: NDArray[np.uint16]
    article: NDArray[np.int32]
    sentence_start: NDArray[np.int64]


def measure_scale(questions: Vectors, answers: Vectors) -> DenseScale:
    """The scale of a model, from its vectors of `PROBES`: both float32 (len(PROBES), dimension)."""
    cosines = questions @ answers.T
    paired = np.eye(len(cosines), dtype=bool)
    return DenseScale(float(cosines[~paired].mean()), float(cosines[paired].mean()))


def measure_trust(
    paragraphs: Paragraphs, vectors: Callable[[Ids], Vectors], scale: DenseScale
) -> dict[str, Trust]:
    """For each language of the paragraphs, how far its dense scores can be trusted.

    `vectors` gives the unit vectors, float32 (N, dimension), of N sentences by their numbers,
    without titles.
    """
    trust = {}
    random = np.random.default_rng(0)
    for code, language in enumerate(paragraphs.languages):
        inside = np.flatnonzero(paragraphs.language == code)
        likeness = _likeness(paragraphs, vectors, inside, scale, random)
        found = _self_test(paragraphs, vectors, inside, random)
        dense = _ramp(likeness, _LIKENESS_NONE, _LIKENESS_FULL)
        if found.sampled >= _ENOUGH:
            dense = min(dense, _ramp(found.dense_found, _FOUND_NONE, _FOUND_FULL))
        trust[language] = replace(found, dense=dense, likeness=likeness)
    return trust


def _ramp(value: float, none: float, full: float) -> float:
    """0 at `none`, 1 at `full`, linear between them."""
    return float(np.clip((value - none) / (full - none), 0, 1))


def _likeness(
    paragraphs: Paragraphs,
    vectors: Callable[[Ids], Vectors],
    inside: Ids,
    scale: DenseScale,
    random: np.random.Generator,
) -> float:
    """Mean scaled cosine of sentences of different articles, among paragraphs `inside`.

    When all are of one article, that of its sentences, less `_ONE_ARTICLE`.
    """
    start = paragraphs.sentence_start
    rows = ranges(start[inside], start[inside + 1])
    owner = np.repeat(paragraphs.article[inside], np.diff(start)[inside])
    chosen = random.choice(len(rows), min(_LIKENESS_SAMPLE, len(rows)), replace=False)
    sample, owner = vectors(rows[chosen]), owner[chosen]
    cosines = sample @ sample.T
    different = owner[:, None] != owner[None, :]
    if different.any():
        return float(scale.apply(cosines[different].mean(keepdims=True))[0])
    others = ~np.eye(len(owner), dtype=bool)
    if not others.any():
        return 0.0
    return float(scale.apply(cosines[others].mean(keepdims=True))[0]) - _ONE_ARTICLE


def _self_test(
    paragraphs: Paragraphs,
    vectors: Callable[[Ids], Vectors],
    inside: Ids,
    random: np.random.Generator,
) -> Trust:
    """Hide a sentence of each of some paragraphs, and rank all paragraphs for it."""
    sizes = np.diff(paragraphs.sentence_start)
    several = inside[sizes[inside] >= 2]
    if len(several) < 2:
        return Trust(0.0, sampled=len(several))
    chosen = random.choice(several, min(_SAMPLE, len(several)), replace=False)
    others = np.setdiff1d(inside, chosen)
    rivals = random.choice(others, min(_RIVALS, len(others)), replace=False)
    pool = np.sort(np.concatenate([chosen, rivals]))
    first, last = paragraphs.sentence_start[pool], paragraphs.sentence_start[pool + 1]
    start = np.concatenate([[0], np.cumsum(last - first)])[:-1]
    places = np.searchsorted(pool, chosen)
    hidden = start[places] + random.integers(0, (last - first)[places])

    sentences = vectors(ranges(first, last))  # of the pool's paragraphs
    cosines = sentences[hidden] @ sentences.T
    cosines[np.arange(len(hidden)), hidden] = -np.inf
    best = np.maximum.reduceat(cosines, start, axis=1)
    return Trust(0.0, 0.0, len(chosen), _share_below(best, places))


def _share_below(scores: Vectors, right: Ids) -> float:
    """Mean share of the other columns that score below the right one of each row; ties are half."""
    own = scores[np.arange(len(right)), right][:, None]
    below = (scores < own).sum(axis=1) + ((scores == own).sum(axis=1) - 1) / 2
    return float((below / max(1, scores.shape[1] - 1)).mean())
