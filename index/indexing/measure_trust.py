"""Measures the scale of the model, and how far it can be trusted in each language.

Every build does this, without labelled data.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from index.arrays import Vectors
from index.search.score_scale import DenseScale, Trust
from index.search.term_matching import ranges

__all__ = ["Paragraphs", "measure_scale", "measure_trust"]

_SAMPLE = 200  # trials of the self-test in a language
_RIVALS = 400  # other paragraphs of the language that are ranked in each trial
_ENOUGH = 30  # trials, from which the result of the self-test counts
_LIKENESS_SAMPLE = 1_000  # sentences that are compared

# Measured on XQuAD in 12 languages and on news in two (docs/decisions/0003-trust.md): in languages
# that the model knows, likeness is below .1. Where the model helps a little (German, Spanish), it
# is .35 and .45. From .6 on, answers are better without the dense scores.
_LIKENESS_FULL, _LIKENESS_NONE = 0.10, 0.62
_ONE_ARTICLE = 0.25  # likeness of the sentences of one article in a language that the model knows
_FOUND_NONE, _FOUND_FULL = 0.60, 0.75  # `Trust.dense_found` for no trust and for full trust

Ids = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Paragraphs:
    """The P paragraphs of a generation: their languages, articles and sentences.

    languages       ISO 639-1 codes
    language        (P,) uint16 position in `languages` of each paragraph's language
    article         (P,) int32 number of each paragraph's article
    sentence_start  (P + 1,) int64 first sentence of each paragraph, and the number of sentences
    """

    languages: Sequence[str]
    language: NDArray[np.uint16]
    article: NDArray[np.int32]
    sentence_start: NDArray[np.int64]


def measure_scale(questions: Vectors, answers: Vectors) -> DenseScale:
    """Measure the scale of a model with its vectors of `PROBES`.

    Both are float32 (len(PROBES), dimension), of unit length.
    """
    cosines = questions @ answers.T
    paired = np.eye(len(cosines), dtype=bool)
    return DenseScale(float(cosines[~paired].mean()), float(cosines[paired].mean()))


def measure_trust(
    paragraphs: Paragraphs, vectors: Callable[[Ids], Vectors], scale: DenseScale
) -> dict[str, Trust]:
    """Measure for each language of the paragraphs how far its dense scores can be trusted.

    `vectors` is called with the numbers of N sentences, and gives the unit vectors of these
    sentences without titles: float32 (N, dimension).
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
    """Mean scaled cosine of sentences of different articles, in the paragraphs `inside`.

    If there is only one article, it is the mean of its sentences, less `_ONE_ARTICLE`.
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
    """Hide one sentence in each of some paragraphs, and rank paragraphs with it as the question."""
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
    """Mean share, over the rows, of columns that score below the right one; ties count half."""
    own = scores[np.arange(len(right)), right][:, None]
    below = (scores < own).sum(axis=1) + ((scores == own).sum(axis=1) - 1) / 2
    return float((below / max(1, scores.shape[1] - 1)).mean())
