import math

import numpy as np
import pytest

from index.lexical import K1, B, LexicalIndex, match
from index.terms import terms_of


def index_of(*paragraphs: str, language: str = "en", title: str = "") -> LexicalIndex:
    return LexicalIndex.build([terms_of(language, title, [p.split("|") for p in paragraphs])])


def test_scores_are_bm25_by_the_book() -> None:
    paragraphs = ["red fox jumps", "red red barn", "a quiet lake in the north"]
    index = index_of(*paragraphs)
    scores = index.scores(index.query("red"))
    lengths = [len(p.split()) for p in paragraphs]
    mean = sum(lengths) / 3
    idf = math.log(1 + (3 - 2 + 0.5) / (2 + 0.5))
    for score, count, length in zip(scores, (1, 2, 0), lengths, strict=True):
        norm = K1 * (1 - B + B * length / mean)
        assert score == pytest.approx(idf * count * (K1 + 1) / (count + norm), rel=1e-5)


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


def test_match_counts_terms_and_neighbouring_pairs_within_runs() -> None:
    index = index_of("new york city|york is old|new and york")
    (query,) = index.query("new york").values()
    counts, pairs, lengths = match(
        query, index.tokens, index.token_start[:-1], index.token_start[1:]
    )
    assert counts.tolist() == [[1, 1], [0, 1], [1, 1]]
    assert pairs[:, 0].tolist() == [True, False, False]
    assert lengths.tolist() == [3, 3, 3]


def test_arrays_describe_the_text() -> None:
    index = index_of("one two|three", "four")
    assert np.diff(index.token_start).tolist() == [2, 1, 1]
    assert index.sentence_start.tolist() == [0, 2, 3]
