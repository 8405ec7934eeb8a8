"""The order of candidates made by hand, and what is said of the first."""

import json
import math
from dataclasses import asdict

import numpy as np
import pytest

from index.ranking.features import PARAGRAPH_FEATURES, SENTENCE_FEATURES, compute_features
from index.ranking.ranker import (
    COEFFICIENTS,
    CONFIDENCE_FEATURES,
    CONFIDENCE_POWER,
    Coefficients,
    Ranking,
    coefficients,
    probability,
    rank,
    runner_up,
)
from index.ranking.reader_rescoring import (
    answer_span,
    reader_coefficients,
    reader_input,
    reading_cutoff,
    rescore,
)
from index.reading.ports import SpanScores
from index.search.bm25 import PARAMETERS
from index.search.candidates import Candidates
from tests.hand_made import Given, a_query, some_candidates

QUERY = a_query({"red": 1.0, "fox": 2.0, "barn": 1.0})


def weights(
    sentence: dict[str, float] | None = None,
    paragraph: dict[str, float] | None = None,
    best_sentence: float = 0.0,
    answerable: dict[str, float] | None = None,
    quote_correct: dict[str, float] | None = None,
    threshold_line: tuple[float, float] = (0.0, 0.0),
) -> Coefficients:
    def array(names: tuple[str, ...], values: dict[str, float] | None) -> np.ndarray:
        return np.array([(values or {}).get(name, 0.0) for name in names], dtype=np.float32)

    return Coefficients(
        array(SENTENCE_FEATURES, sentence),
        array(PARAGRAPH_FEATURES, paragraph),
        best_sentence,
        array(CONFIDENCE_FEATURES, answerable),
        array(CONFIDENCE_FEATURES, quote_correct),
        threshold_line,
    )


BY_WORDS = weights({"coverage": 1.0}, {"coverage": 1.0})
BY_MEANING = weights({"cosine": 1.0}, {"cosine": 1.0})


def ranked(
    *given: Given, full: Coefficients = BY_WORDS, words: Coefficients = BY_WORDS, size: int = 1_000
) -> Ranking:
    candidates = some_candidates(*given, paragraphs=size)
    return rank(compute_features(QUERY, candidates), {"full": full, "words": words})


def test_candidates_come_best_first_and_equal_ones_as_they_came() -> None:
    ranking = ranked(Given(["barn"]), Given(["fox"]), Given(["red"]), Given(["red fox"]))
    assert ranking.order.tolist() == [3, 1, 0, 2]
    assert ranking.scores.tolist() == [0.75, 0.5, 0.25, 0.25]


def test_the_best_sentence_of_each_is_its_highest_and_the_first_of_equal_ones() -> None:
    ranking = ranked(Given(["barn", "fox", "red"]), Given(["nothing", "else"]))
    assert ranking.best.tolist() == [1, 3]


def test_the_best_sentence_adds_to_its_paragraph() -> None:
    full = weights({"coverage": 2.0}, {"coverage": 1.0}, best_sentence=3.0)
    ranking = ranked(Given(["fox", "barn"]), full=full)
    assert ranking.scores.tolist() == [pytest.approx(0.75 + 3.0 * 2.0 * 0.5)]


def test_trust_blends_what_meaning_and_words_say() -> None:
    def scores(trust: float) -> list[float]:
        given = Given(["fox"], cosine=0.9, trust=trust), Given(["red fox"], cosine=0.1, trust=trust)
        ranking = ranked(*given, full=BY_MEANING)
        return ranking.scores[np.argsort(ranking.order)].tolist()

    assert scores(1.0) == pytest.approx([0.9, 0.1])
    assert scores(0.0) == pytest.approx([0.5, 0.75])
    assert scores(0.5) == pytest.approx([0.7, 0.425])


def test_each_candidate_has_the_trust_of_its_own_language() -> None:
    ranking = ranked(
        Given(["nothing"], cosine=0.6, trust=1.0),
        Given(["fox"], cosine=0.9, trust=0.0),
        full=BY_MEANING,
    )
    assert ranking.scores.tolist() == pytest.approx([0.6, 0.5])


def test_a_heading_lends_its_score_to_what_stands_under_it_and_is_not_ranked() -> None:
    ranking = ranked(
        Given(["nothing"]),
        Given(["red fox barn"], introduces=3),
        Given(["fox"]),
        Given(["nothing here"]),
    )
    assert ranking.order.tolist() == [3, 2, 0]
    assert ranking.scores.tolist() == [1.0, 0.5, 0.0]


def test_a_heading_takes_nothing_away() -> None:
    ranking = ranked(Given(["nothing"], introduces=1), Given(["red fox"]))
    assert ranking.order.tolist() == [1]
    assert ranking.scores.tolist() == [0.75]


def test_a_neighbour_that_is_nearly_as_good_is_the_runner_up() -> None:
    full = weights({"coverage": 8.0})  # "fox" 4, "red" 2, "barn" 2, margin 3

    def second(*sentences: str) -> int | None:
        features = compute_features(QUERY, some_candidates(Given(["red fox"]), Given(sentences)))
        return runner_up(features, rank(features, {"full": full, "words": full}), 1)

    assert second("fox", "barn") == 2
    assert second("barn", "fox") == 1
    assert second("fox", "nothing") is None  # 4 behind
    assert second("fox", "nothing", "barn") is None  # not beside it
    assert second("fox") is None


def test_confidence_is_made_of_both_probabilities() -> None:
    full = weights(
        answerable={"bias": 1.0, "paragraph_coverage": 2.0},
        quote_correct={"sentence_coverage": 4.0},
    )
    ranking = ranked(Given(["fox", "barn"]), full=full)
    assert ranking.p_answerable == pytest.approx(probability(1.0 + 2.0 * 0.75))
    assert ranking.p_quote_correct == pytest.approx(probability(4.0 * 0.5))
    expected = ranking.p_answerable * ranking.p_quote_correct**CONFIDENCE_POWER
    assert ranking.confidence == pytest.approx(expected)


def test_confidence_features_hold_score_margin_and_size() -> None:
    names = dict(
        zip(
            CONFIDENCE_FEATURES,
            ranked(Given(["red fox"]), Given(["fox"])).confidence_features,
            strict=True,
        )
    )
    assert names["bias"] == 1.0
    assert names["score"] == pytest.approx(0.75)
    assert names["margin"] == pytest.approx(0.25)
    assert names["size"] == pytest.approx(math.log(1_000))
    assert ranked(Given(["fox"])).confidence_features[2] == 0.0  # nothing to be ahead of


def test_the_threshold_rises_with_the_number_of_paragraphs() -> None:
    full = weights(answerable={"bias": 2.0}, threshold_line=(0.5, 0.25))
    for size in (10, 1_000, 100_000):
        ranking = ranked(Given(["fox"]), full=full, size=size)
        expected = probability(2.0 - 0.5 - 0.25 * math.log(size))
        assert ranking.answer_score == pytest.approx(expected)


def shipped(*given: Given) -> Ranking:
    return rank(compute_features(QUERY, some_candidates(*given)))


def test_with_the_weights_as_shipped_a_match_is_an_answer_and_a_stranger_is_not() -> None:
    match = shipped(
        Given(
            ["the red fox sleeps in the barn"],
            title="red fox",
            lead=["the red fox sleeps in the barn"],
            cosine=1.0,
            sentence_cosines=[1.0],
            plain_cosines=[1.0],
        )
    )
    stranger = shipped(Given(["a quiet lake"]), Given(["some other barn"]))
    assert match.answer_score > 0.5 > stranger.answer_score
    assert match.confidence > 0.5 > stranger.confidence


def test_without_trust_cosines_change_nothing() -> None:
    def score(cosine: float) -> float:
        return shipped(
            Given(["a red fox"], cosine=cosine, sentence_cosines=[cosine], trust=0.0)
        ).confidence

    assert score(0.0) == score(1.0)


def test_the_shipped_file_weighs_only_features_that_exist() -> None:
    for weights_of in coefficients().values():
        assert len(weights_of.sentence) == len(SENTENCE_FEATURES)
        assert weights_of.sentence.any()
        assert weights_of.paragraph.any()
        assert weights_of.answerable.any()
        assert weights_of.quote_correct.any()
    reader = reader_coefficients()
    assert reader.answerable.all()
    assert reader.quote_correct.all()


# After reading


CANDIDATES = some_candidates(
    Given(["red fox", "fox", "far"], title="Fox"), Given(["red barn", "red"]), Given(["lake"])
)


def reading(*scores: float) -> SpanScores:
    return SpanScores(
        np.array(scores, dtype=np.float32),
        np.array([(10 * i, 10 * i + 3) for i in range(len(scores))]),
    )


def before(candidates: Candidates = CANDIDATES) -> Ranking:
    return rank(compute_features(QUERY, candidates))


def test_only_candidates_close_to_the_first_are_read() -> None:
    ranking = before()
    assert 1 <= reading_cutoff(ranking) < len(ranking.order)


def test_the_reader_sees_the_title_and_the_likeliest_sentences_first() -> None:
    given = reader_input(CANDIDATES, before(), 0)
    assert (given.title, given.text) == ("Fox", "red fox fox far")
    assert given.sentences == [(0, 7), (8, 11), (12, 15)]
    assert given.order[0] == 0


def test_reading_changes_the_best_sentence_and_the_order() -> None:
    features, ranking = compute_features(QUERY, CANDIDATES), before()
    assert ranking.order[0] == 0
    after = rescore(features, ranking, {0: reading(-9, -9, -9), 1: reading(-9, 9)})
    assert after.order.tolist() == [1, 0, 2]
    assert after.best[1] == 4
    assert (np.diff(after.scores) < 0).all()
    assert after.best[2] == ranking.best[2]


def test_reading_raises_or_lowers_the_confidence() -> None:
    features, ranking = compute_features(QUERY, CANDIDATES), before()
    sure = rescore(features, ranking, {0: reading(9, -9, -9)})
    doubtful = rescore(features, ranking, {0: reading(-9, -9, -9)})
    assert sure.p_answerable > doubtful.p_answerable
    assert sure.confidence == pytest.approx(sure.p_answerable * sure.p_quote_correct)
    assert sure.answer_score > doubtful.answer_score


def test_an_answer_is_marked_only_where_the_reader_is_sure() -> None:
    features, ranking = compute_features(QUERY, CANDIDATES), before()
    assert answer_span(features, ranking, 0, reading(0.1, -9, -9)) == (0, 3)
    assert answer_span(features, ranking, 0, reading(-0.1, 9, -9)) is None


def test_the_weights_were_learned_with_todays_bm25() -> None:
    learned_with = json.loads(COEFFICIENTS.read_text("utf-8"))["bm25"]
    assert learned_with == asdict(PARAMETERS), "learn the weights again: CONTRIBUTING.md says how"
