"""Features of candidates made by hand."""

import numpy as np
import pytest

from index.analysis.answer_types import AnswerType
from index.ranking.features import (
    PARAGRAPH_FEATURES,
    SENTENCE_FEATURES,
    CandidateFeatures,
    compute_features,
)
from index.search.bm25 import PARAMETERS
from index.search.candidates import EncodedQuery
from tests.hand_made import Given, a_query, some_candidates, some_terms

FOX = a_query({"red": 1.0, "fox": 2.0, "barn": 1.0})


def of(query: EncodedQuery, *given: Given, **corpus: float) -> CandidateFeatures:
    return compute_features(query, some_candidates(*given, **corpus))  # type: ignore[arg-type]


def sentences(features: CandidateFeatures, name: str) -> list[float]:
    return features.of_sentences[:, SENTENCE_FEATURES.index(name)].round(5).tolist()


def paragraphs(features: CandidateFeatures, name: str) -> list[float]:
    return features.of_paragraphs[:, PARAGRAPH_FEATURES.index(name)].round(5).tolist()


def test_coverage_is_the_share_of_the_idf_mass() -> None:
    found = of(FOX, Given(["the fox sleeps", "a barn"]), Given(["nothing of it"]))
    assert sentences(found, "coverage") == [0.5, 0.25, 0.0]
    assert paragraphs(found, "coverage") == paragraphs(found, "text_coverage") == [0.75, 0.0]
    assert paragraphs(found, "best_coverage") == [0.5, 0.0]


def test_a_title_covers_for_the_paragraph_but_not_for_its_text() -> None:
    found = of(FOX, Given(["it sleeps"], title="fox"))
    assert paragraphs(found, "coverage") == [0.5]
    assert paragraphs(found, "text_coverage") == [0.0]
    assert sentences(found, "coverage") == [0.0]
    assert sentences(found, "in_context") == [0.5]


def test_bigrams_are_pairs_of_the_question_side_by_side_in_a_sentence() -> None:
    found = of(FOX, Given(["a red fox", "fox and barn", "red", "fox barn"]))
    assert sentences(found, "bigrams") == [0.5, 0.0, 0.0, 0.5]
    assert paragraphs(found, "bigrams") == [1.0]
    assert paragraphs(found, "best_bigrams") == [0.5]


def test_a_question_of_one_word_has_no_bigrams() -> None:
    found = of(a_query({"fox": 1.0}), Given(["fox fox"]))
    assert sentences(found, "bigrams") == paragraphs(found, "bigrams") == [0.0]


def test_before_is_the_sentence_before_also_of_another_paragraph() -> None:
    found = of(FOX, Given(["one", "barn"], before=["a red fox"]), Given(["barn", "fox"]))
    assert sentences(found, "before") == [0.75, 0.0, 0.0, 0.25]
    assert sentences(found, "with_before") == [0.75, 0.25, 0.25, 0.75]


def test_after_is_the_next_sentence_of_the_same_paragraph() -> None:
    found = of(FOX, Given(["one", "red", "fox"]), Given(["barn"]))
    assert sentences(found, "after") == [0.25, 0.5, 0.0, 0.0]


def test_context_reaches_three_sentences_back() -> None:
    found = of(FOX, Given(["two", "three", "four", "five"], before=["red fox"]))
    assert sentences(found, "in_context") == [0.75, 0.75, 0.75, 0.0]
    assert paragraphs(found, "in_context") == [0.75]
    assert paragraphs(found, "coverage") == [0.0]


def test_the_lead_counts_in_the_article_only() -> None:
    found = of(FOX, Given(["it sleeps in the barn"], lead=["the red fox"]))
    assert sentences(found, "in_context") == [0.25]
    assert sentences(found, "in_article") == paragraphs(found, "in_article") == [1.0]


def test_candidates_do_not_see_each_other() -> None:
    given, other = Given(["red fox", "barn"], title="fox"), Given(["red fox", "fox barn"])
    alone = of(FOX, given)
    for place, some in enumerate(([given, other], [other, given], [other, other, given])):
        found = of(FOX, *some)
        rows = slice(found.start[place], found.start[place + 1])
        assert found.of_sentences[rows] == pytest.approx(alone.of_sentences, abs=1e-6)
        assert found.of_paragraphs[place] == pytest.approx(alone.of_paragraphs[0], abs=1e-6)


def test_bm25_is_divided_by_the_idf_mass() -> None:
    query = a_query({"fox": 3.0, "barn": 1.0})
    found = of(query, Given(["fox fox sleeps"], title="barn"), mean_length=2.0, mean_sentence=6.0)

    k1, b = PARAMETERS.k1, PARAMETERS.b

    def saturated(often: float, relative: float, b: float) -> float:
        return often * (k1 + 1) / (often + k1 * (1 - b + b * relative))

    expected = 0.75 * saturated(2, 4 / 2, b) + 0.25 * saturated(1, 4 / 2, b)
    assert paragraphs(found, "bm25") == [pytest.approx(expected, abs=1e-4)]
    sentence = 0.75 * saturated(2, 3 / 6, PARAMETERS.b_of_sentences)
    assert sentences(found, "bm25") == [pytest.approx(sentence, abs=1e-4)]
    assert paragraphs(found, "best_bm25") == sentences(found, "bm25")


def test_length_is_the_log_of_the_number_of_terms_with_the_title() -> None:
    found = of(FOX, Given(["one two", "three"], title="four"))
    assert sentences(found, "length") == np.log1p([2, 1]).astype(np.float32).round(5).tolist()
    assert paragraphs(found, "length") == [pytest.approx(np.log1p(4), abs=1e-4)]


def test_cosines_are_taken_as_they_are_and_the_best_of_sentences() -> None:
    found = of(
        FOX,
        Given(["a", "b"], cosine=0.5, sentence_cosines=[0.25, 0.75], plain_cosines=[1.0, -1.0]),
        Given(["c"], cosine=-0.5, sentence_cosines=[-0.25]),
    )
    assert paragraphs(found, "cosine") == [0.5, -0.5]
    assert sentences(found, "cosine") == [0.25, 0.75, -0.25]
    assert paragraphs(found, "best_cosine") == [0.75, -0.25]
    assert paragraphs(found, "best_plain") == [1.0, 0.0]


def test_offers_and_lacks_say_whether_the_expected_type_is_there() -> None:
    query = a_query({"fox": 1.0}, "When did the fox come?")
    given = Given(["a", "b"], answer_types=[AnswerType.YEAR, AnswerType.NAME])
    assert sentences(of(query, given), "offers") == [1.0, 0.0]
    assert sentences(of(query, given), "lacks") == [0.0, 1.0]
    assert paragraphs(of(query, given), "offers") == [1.0]


def test_a_question_that_expects_no_type_is_neither_met_nor_missed() -> None:
    found = of(
        a_query({"fox": 1.0}, "Tell me of the fox"), Given(["a"], answer_types=[AnswerType.YEAR])
    )
    assert sentences(found, "offers") == sentences(found, "lacks") == [0.0]


def test_only_a_sentence_with_one_before_it_points_back() -> None:
    found = of(
        FOX, Given(["it is", "it was"], answer_types=[AnswerType.ANAPHORIC, AnswerType.ANAPHORIC])
    )
    assert sentences(found, "first") == [1.0, 0.0]
    assert sentences(found, "leans") == [0.0, 1.0]


def test_each_language_is_matched_with_its_own_terms() -> None:
    terms = {"en": some_terms({"fox": 1.0}), "de": some_terms({"fuchs": 3.0, "rot": 1.0})}
    query = EncodedQuery("", "en", np.zeros(2, np.float32), terms)
    found = of(
        query,
        Given(["fuchs"], language="de"),
        Given(["fox fuchs"]),
        Given(["fuchs fox"], language="fr"),
        Given(["rot", "rot fuchs"], language="de"),
    )
    assert paragraphs(found, "coverage") == [0.75, 1.0, 0.0, 1.0]
    assert sentences(found, "coverage") == [0.75, 1.0, 0.0, 0.25, 1.0]


def test_it_says_nothing_if_one_language_finds_it_empty_and_none_knows_its_words() -> None:
    empty, known = some_terms({"the": 0.1}, is_empty=True), some_terms({"fox": 1.0})
    unknown = some_terms({"xyz": 1.0})
    unknown.terms[:] = -1
    for terms, expected in (
        ({"en": empty}, True),
        ({"en": empty, "de": known}, False),
        ({"en": empty, "de": unknown}, True),
        ({"en": unknown}, False),
    ):
        query = EncodedQuery("", "en", np.zeros(2, np.float32), terms)
        assert of(query, Given(["the fox"])).says_nothing is expected
