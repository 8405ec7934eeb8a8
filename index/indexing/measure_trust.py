"""Measured at every build, without labels: the model's scale, and trust by language."""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from index.arrays import Vectors
from index.search.bm25 import LexicalIndex
from index.search.faiss_index import DenseIndex
from index.search.score_scale import DenseScale, Trust
from index.search.term_matching import ranges

__all__ = ["PROBES", "measure_scale", "measure_trust"]

PROBES: tuple[tuple[str, str], ...] = (
    ("How tall is the lighthouse?", "The lighthouse stands 41 metres above the sea."),
    ("Who founded the school?", "The school was founded by a retired sailor, Maria Lund."),
    ("When did the bakery open?", "The bakery opened its doors in the spring of 1954."),
    ("Why was the match postponed?", "Heavy rain forced the league to move the match to Sunday."),
    ("What do hedgehogs eat?", "Hedgehogs live mostly on beetles, caterpillars and earthworms."),
    ("How much does the ticket cost?", "A single ticket is sold for three euros."),
    ("Where was the treaty signed?", "Both sides signed the treaty in Vienna."),
    ("What causes tides?", "The pull of the Moon on the oceans makes the tides rise and fall."),
    ("Which team won the final?", "In the final the visitors beat the home side by two goals."),
    ("How is glass made?", "Sand, soda and lime are melted together to make glass."),
    ("What did the minister promise?", "The minister pledged to lower taxes on small firms."),
    ("How many people live on the island?", "The island has about nine hundred inhabitants."),
    ("Who wrote the opera?", "The opera is the work of a young composer from Porto."),
    ("What is the painting about?", "The canvas shows fishermen hauling their nets at dawn."),
    ("How does a vaccine work?", "A vaccine teaches the immune system to recognise a germ."),
    ("When should roses be pruned?", "Gardeners cut back their roses in late winter."),
)
"""Questions and sentences that answer them; any other pairing of the two is unrelated."""

_SAMPLE = 200  # hidden sentences tried per language
_RIVALS = 400  # other paragraphs of the language that compete
_ENOUGH = 30  # trials, for the self-test to count
_LIKENESS_SAMPLE = 1_000  # sentences

# Measured on XQuAD in 12 languages and on news in two (docs/decisions/0003-trust.md): where the
# model speaks the language, likeness is below .1; where it helps a little (German, Spanish), .35
# and .45; from .6 on, leaving the dense arm out is better.
_LIKENESS_FULL, _LIKENESS_NONE = 0.10, 0.62
_ONE_ARTICLE = 0.25  # likeness that the sentences of one article have anyway
_FOUND_NONE, _FOUND_FULL = 0.60, 0.75


def measure_scale(questions: Vectors, answers: Vectors) -> DenseScale:
    """The scale of a model from its vectors of the probes, both (len(PROBES), dimension)."""
    cosines = questions @ answers.T
    paired = np.eye(len(cosines), dtype=bool)
    return DenseScale(float(cosines[~paired].mean()), float(cosines[paired].mean()))


def measure_trust(
    lexical: LexicalIndex, sentences: DenseIndex, article: NDArray[np.int32], scale: DenseScale
) -> dict[str, Trust]:
    """For each language of the corpus, how far its dense scores can be trusted.

    `sentences` are those of the lexical index without titles, `article` (P,) that of each
    paragraph.
    """
    trust = {}
    random = np.random.default_rng(0)
    for code, language in enumerate(lexical.languages):
        inside = np.flatnonzero(lexical.language == code)
        likeness = _likeness(lexical, sentences, article, inside, scale, random)
        found = _self_test(lexical, sentences, inside, random)
        dense = _ramp(likeness, _LIKENESS_NONE, _LIKENESS_FULL)
        if found.sampled >= _ENOUGH:
            dense = min(dense, _ramp(found.dense_found, _FOUND_NONE, _FOUND_FULL))
        trust[language] = replace(found, dense=dense, likeness=likeness)
    return trust


def _ramp(value: float, none: float, full: float) -> float:
    """0 at `none`, 1 at `full`, straight between."""
    return float(np.clip((value - none) / (full - none), 0, 1))


def _likeness(
    lexical: LexicalIndex,
    sentences: DenseIndex,
    article: NDArray[np.int32],
    inside: NDArray[np.int64],
    scale: DenseScale,
    random: np.random.Generator,
) -> float:
    """Mean scaled cosine of sentences of different articles; of one, less what it has anyway."""
    rows = ranges(lexical.sentence_start[inside], lexical.sentence_start[inside + 1])
    owner = np.repeat(article[inside], np.diff(lexical.sentence_start)[inside])
    chosen = random.choice(len(rows), min(_LIKENESS_SAMPLE, len(rows)), replace=False)
    vectors, owner = sentences.vectors(rows[chosen]), owner[chosen]
    cosines = vectors @ vectors.T
    different = owner[:, None] != owner[None, :]
    if different.any():
        return float(scale.apply(cosines[different].mean(keepdims=True))[0])
    others = ~np.eye(len(owner), dtype=bool)
    if not others.any():
        return 0.0
    return float(scale.apply(cosines[others].mean(keepdims=True))[0]) - _ONE_ARTICLE


def _self_test(
    lexical: LexicalIndex,
    sentences: DenseIndex,
    inside: NDArray[np.int64],
    random: np.random.Generator,
) -> Trust:
    """Hide one sentence of paragraphs that have several, and look for the paragraph with it."""
    several = inside[np.diff(lexical.sentence_start)[inside] >= 2]
    if len(several) < 2:
        return Trust(0.0, sampled=len(several))
    chosen = random.choice(several, min(_SAMPLE, len(several)), replace=False)
    others = np.setdiff1d(inside, chosen)
    rivals = random.choice(others, min(_RIVALS, len(others)), replace=False)
    pool = np.sort(np.concatenate([chosen, rivals]))
    first, last = lexical.sentence_start[pool], lexical.sentence_start[pool + 1]
    rows = ranges(first, last)  # the pool's sentences
    start = np.concatenate([[0], np.cumsum(last - first)])[:-1]
    places = np.searchsorted(pool, chosen)
    hidden = start[places] + random.integers(0, (last - first)[places])

    vectors = sentences.vectors(rows)
    cosines = vectors[hidden] @ vectors.T
    cosines[np.arange(len(hidden)), hidden] = -np.inf
    dense = np.maximum.reduceat(cosines, start, axis=1)
    words = _shared_words(lexical, rows, start, hidden, places)
    return Trust(0.0, 0.0, len(chosen), _found(dense, places), _found(words, places))


def _shared_words(
    lexical: LexicalIndex,
    rows: NDArray[np.int64],
    start: NDArray[np.int64],
    hidden: NDArray[np.int64],
    places: NDArray[np.int64],
) -> Vectors:
    """(len(hidden), len(start)) idf of the terms that each hidden sentence shares with paragraphs.

    `rows` are sentences, `start` where each paragraph's begin among them; `hidden` some of them,
    of the paragraphs at `places`, where they count as not being there.
    """
    begin, end = lexical.token_start[rows], lexical.token_start[rows + 1]
    terms, column = np.unique(lexical.tokens[ranges(begin, end)], return_inverse=True)
    sizes = end - begin
    counts = csr_array(
        (np.ones(len(column), np.float32), column, np.append(0, np.cumsum(sizes))),
        shape=(len(rows), len(terms)),
    )
    owner = np.searchsorted(start, np.arange(len(rows)), side="right") - 1
    of_paragraph = csr_array(
        (np.ones(len(rows), np.float32), (owner, np.arange(len(rows)))),
        shape=(len(start), len(rows)),
    )
    in_paragraph, in_hidden = of_paragraph @ counts, counts[hidden]
    language = lexical.language[np.searchsorted(lexical.sentence_start, rows[0], side="right") - 1]
    weights = (in_hidden > 0).multiply(lexical.idf(terms, int(language))[None, :]).tocsr()
    shared = np.asarray((weights @ (in_paragraph > 0).astype(np.float32).T).toarray())
    elsewhere = (in_paragraph[places] - in_hidden) > 0
    shared[np.arange(len(hidden)), places] = weights.multiply(elsewhere).sum(axis=1)
    return np.asarray(shared, dtype=np.float32)


def _found(scores: Vectors, right: NDArray[np.int64]) -> float:
    """Mean share of the other columns that score below the right one of each row; ties are half."""
    own = scores[np.arange(len(right)), right][:, None]
    below = (scores < own).sum(axis=1) + ((scores == own).sum(axis=1) - 1) / 2
    return float((below / max(1, scores.shape[1] - 1)).mean())
