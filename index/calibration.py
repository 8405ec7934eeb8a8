"""Measured at every build, without labels: the model's scale, and trust by language."""

import numpy as np
from numpy.typing import NDArray

from index.dense import DenseIndex
from index.embedder import Vectors
from index.lexical import LexicalIndex, match, ranges
from index.trust import DenseScale, Trust

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

_SAMPLE = 200  # hidden sentences tried per language: a standard error of 3.5 % at most
_RIVALS = 400  # other paragraphs of the language that compete
_ENOUGH = 12  # with fewer there is nothing to learn; the default stands  # fmt: skip
_DEFAULT_TRUST = 1.0


def measure_scale(questions: Vectors, answers: Vectors) -> DenseScale:
    """The scale of a model from its vectors of the probes, both (len(PROBES), dimension)."""
    cosines = questions @ answers.T
    paired = np.eye(len(cosines), dtype=bool)
    return DenseScale(float(cosines[~paired].mean()), float(cosines[paired].mean()))


def measure_trust(lexical: LexicalIndex, sentences: DenseIndex) -> dict[str, Trust]:
    """For each language of the corpus, how far its dense scores can be trusted."""
    trust = {}
    random = np.random.default_rng(0)
    for code, language in enumerate(lexical.languages):
        inside = np.flatnonzero(lexical.language == code)
        counts = np.diff(lexical.sentence_start)[inside]
        several = inside[counts >= 2]
        if len(several) < _ENOUGH:
            trust[language] = Trust(_DEFAULT_TRUST, len(several))
            continue
        chosen = random.choice(several, min(_SAMPLE, len(several)), replace=False)
        trust[language] = _self_test(lexical, sentences, inside, np.sort(chosen), random)
    return trust


def _self_test(
    lexical: LexicalIndex,
    sentences: DenseIndex,
    inside: NDArray[np.int64],
    chosen: NDArray[np.int64],
    random: np.random.Generator,
) -> Trust:
    """Hide one sentence of each chosen paragraph and look for the paragraph with it."""
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
    dense = np.maximum.reduceat(cosines, start, axis=1).argmax(axis=1) == places

    words = []
    for row, place in zip(hidden, places, strict=True):
        counts, _, _ = match(
            lexical.sentence_query(int(rows[row])),
            lexical.tokens,
            lexical.token_start[rows],
            lexical.token_start[rows + 1],
        )
        counts[row] = 0
        has = np.maximum.reduceat(counts, start) > 0
        words.append((has @ lexical.sentence_query(int(rows[row])).idf).argmax() == place)
    found, by_words = float(dense.mean()), float(np.mean(words))
    return Trust(_trust(found, by_words), len(chosen), found, by_words)


def _trust(dense: float, words: float) -> float:
    """Full when the dense arm finds half of what words find, none below a quarter."""
    ratio = dense / max(words, 1e-6)
    return float(np.clip((ratio - 0.25) / 0.25, 0, 1))
