import math

import numpy as np
import pytest

from index.analysis.term_hashes import terms_of
from index.search.bm25 import PARAMETERS, LexicalIndex


def index_of(*paragraphs: str, language: str = "en", title: str = "") -> LexicalIndex:
    return LexicalIndex.build([terms_of(language, title, [p.split("|") for p in paragraphs])])


def test_scores_are_bm25_by_the_book() -> None:
    paragraphs = ["red fox jumps", "red red barn", "a quiet lake in the north"]
    index = index_of(*paragraphs)
    scores = index.scores(index.query("red"))
    k1, b = PARAMETERS.k1, PARAMETERS.b
    lengths = [len(p.split()) for p in paragraphs]
    mean = sum(lengths) / 3
    idf = math.log(1 + (3 - 2 + 0.5) / (2 + 0.5))
    for score, often, length in zip(scores, (1, 2, 0), lengths, strict=True):
        norm = k1 * (1 - b + b * length / mean)
        assert score == pytest.approx(idf * often * (k1 + 1) / (often + norm), rel=1e-5)


def test_a_paragraph_is_found_by_its_title_too() -> None:
    index = LexicalIndex.build(
        [
            terms_of("en", "Harbour", [["Ships came in."]]),
            terms_of("en", "Forest", [["Trees grew."]]),
        ]
    )
    assert index.scores(index.query("the harbour")).argmax() == 0


def test_each_language_is_searched_as_itself() -> None:
    index = LexicalIndex.build(
        [terms_of("ru", "", [["Мосты построили."]]), terms_of("en", "", [["Bridges were built."]])]
    )
    assert index.scores(index.query("мост")).argmax() == 0
    assert index.scores(index.query("bridge")).argmax() == 1


def test_unknown_and_empty_questions_score_nothing() -> None:
    index = index_of("red fox")
    assert not index.scores(index.query("xylophone")).any()
    assert index.query("?! …") == {}
    assert LexicalIndex.build([]).query("anything") == {}


def test_words_that_only_hold_a_question_together_hardly_count() -> None:
    index = index_of("the fox sleeps", "a barn burns")
    (query,) = index.query("where does the fox sleep").values()
    weights = dict(zip(["where", "doe", "the", "fox", "sleep"], query.idf, strict=False))
    assert weights["fox"] > 3 * weights["where"]


def test_arrays_describe_the_text() -> None:
    index = index_of("one two|three", "four")
    assert np.diff(index.token_start).tolist() == [2, 1, 1]
    assert index.sentence_start.tolist() == [0, 2, 3]


def words(random: np.random.Generator, count: int) -> str:
    """Zipfian words: some stand everywhere, most nowhere else."""
    return " ".join(f"w{min(int(rank), 500)}" for rank in random.zipf(1.3, count))


@pytest.mark.parametrize("allowed_share", [None, 0.5, 0.02])
def test_search_finds_the_best_without_looking_at_every_word(
    monkeypatch: pytest.MonkeyPatch, allowed_share: float | None
) -> None:
    monkeypatch.setattr("index.search.bm25._LONG", 20)
    random = np.random.default_rng(4)
    index = index_of(*(words(random, int(random.integers(1, 60))) for _ in range(2_000)))
    allowed = None if allowed_share is None else random.random(2_000) < allowed_share
    for _ in range(100):
        queries = index.query(words(random, int(random.integers(1, 9))))
        scores = index.scores(queries)
        if allowed is not None:
            scores[~allowed] = 0
        found = index.search(queries, 30, allowed)
        best = np.sort(scores)[::-1][:30]
        assert scores[found] == pytest.approx(best[best > 0], rel=1e-4)


def test_search_of_nothing_finds_nothing() -> None:
    index = index_of("red fox")
    assert index.search(index.query("xylophone"), 5).tolist() == []
    assert index.search(index.query("fox"), 5, np.array([False])).tolist() == []
    assert LexicalIndex.build([]).search({}, 5).tolist() == []


def test_a_word_that_stands_a_thousand_times_counts_as_often_as_can_be_kept() -> None:
    index = index_of("fox " * 1_000, "fox")
    assert index.posting_count.tolist() == [255, 1]
    assert len(index.tokens) == 1_001
