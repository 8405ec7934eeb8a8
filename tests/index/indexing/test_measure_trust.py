"""Scale and trust, measured on vectors made by hand."""

import numpy as np
import pytest
from numpy.typing import NDArray

from index.indexing.measure_trust import Paragraphs, measure_scale, measure_trust
from index.search.score_scale import DenseScale, Trust

SCALE = DenseScale(zero=0.0, one=1.0)
DIMENSION = 64


def unit(vectors: NDArray[np.float64]) -> NDArray[np.float32]:
    return np.asarray(vectors / np.linalg.norm(vectors, axis=1, keepdims=True), dtype=np.float32)


def corpus(articles: int, paragraphs: int, sentences: int = 3, code: int = 0) -> Paragraphs:
    """Articles of so many paragraphs of so many sentences, in the language of that code."""
    count = articles * paragraphs
    return Paragraphs(
        ["aa", "bb"][: code + 1],
        np.full(count, code),
        np.repeat(np.arange(articles), paragraphs),
        np.arange(count + 1) * sentences,
    )


def by_topic(of: Paragraphs, noise: float = 0.05) -> NDArray[np.float32]:
    """Vectors of a model that knows the language: a direction of its own for each paragraph."""
    random = np.random.default_rng(1)
    topics = random.normal(size=(len(of.article), DIMENSION))
    each = np.repeat(topics, np.diff(of.sentence_start), axis=0)
    return unit(each + noise * random.normal(size=each.shape))


def all_alike(of: Paragraphs) -> NDArray[np.float32]:
    """Vectors of a model to which every sentence looks the same."""
    random = np.random.default_rng(2)
    count = int(of.sentence_start[-1])
    return unit(np.ones((count, DIMENSION)) + 0.05 * random.normal(size=(count, DIMENSION)))


def trust(of: Paragraphs, vectors: NDArray[np.float32], language: str = "aa") -> Trust:
    return measure_trust(of, vectors.__getitem__, SCALE)[language]


def test_a_language_that_the_model_knows_is_trusted_fully() -> None:
    articles = corpus(articles=20, paragraphs=3)
    found = trust(articles, by_topic(articles))
    assert found.dense == 1
    assert abs(found.likeness) < 0.1
    assert found.sampled == 60
    assert found.dense_found == pytest.approx(1)


def test_a_language_in_which_all_looks_alike_is_not_trusted() -> None:
    articles = corpus(articles=20, paragraphs=3)
    found = trust(articles, all_alike(articles))
    assert found.dense == 0
    assert found.likeness > 0.9


def test_between_the_two_trust_falls_with_likeness() -> None:
    articles = corpus(articles=20, paragraphs=3)
    common = np.ones(DIMENSION) / np.sqrt(DIMENSION)
    mixed = unit(by_topic(articles) + 0.8 * common)  # cosines of about .64 / 1.64
    found = trust(articles, mixed)
    assert found.likeness == pytest.approx(0.39, abs=0.08)
    assert found.dense == pytest.approx((0.62 - found.likeness) / 0.52)


def test_vectors_that_do_not_find_their_paragraph_are_not_trusted() -> None:
    articles = corpus(articles=20, paragraphs=3)
    count = int(articles.sentence_start[-1])
    noise = unit(np.random.default_rng(3).normal(size=(count, DIMENSION)))
    found = trust(articles, noise)
    assert found.likeness < 0.1  # by that alone it would be trusted
    assert found.dense_found == pytest.approx(0.5, abs=0.1)
    assert found.dense == 0


def test_too_few_trials_say_nothing() -> None:
    articles = corpus(articles=2, paragraphs=14)
    count = int(articles.sentence_start[-1])
    found = trust(articles, unit(np.random.default_rng(3).normal(size=(count, DIMENSION))))
    assert found.sampled == 28
    assert found.dense == 1
    single = corpus(articles=40, paragraphs=1, sentences=1)
    found = trust(single, by_topic(single))
    assert (found.sampled, found.dense) == (0, 1)


def test_the_sentences_of_one_article_may_be_alike() -> None:
    article = corpus(articles=1, paragraphs=8)
    common = np.ones(DIMENSION) / np.sqrt(DIMENSION)
    related = unit(by_topic(article) + 0.65 * common)
    found = trust(article, related)
    two = Paragraphs(article.languages, article.language, np.arange(8) // 4, article.sentence_start)
    assert found.likeness < trust(two, related).likeness
    assert found.dense > trust(two, related).dense
    assert trust(article, all_alike(article)).dense == 0


def test_a_single_sentence_is_trusted() -> None:
    sentence = corpus(articles=1, paragraphs=1, sentences=1)
    found = trust(sentence, by_topic(sentence))
    assert (found.dense, found.likeness, found.sampled) == (1, 0, 0)


def test_each_language_is_measured_by_itself() -> None:
    known, unknown = corpus(20, 3), corpus(20, 3, code=1)
    both = Paragraphs(
        ["aa", "bb"],
        np.concatenate([known.language, unknown.language]),
        np.concatenate([known.article, unknown.article + 20]),
        np.concatenate([known.sentence_start, known.sentence_start[1:] + known.sentence_start[-1]]),
    )
    vectors = np.concatenate([by_topic(known), all_alike(unknown)])
    found = measure_trust(both, vectors.__getitem__, SCALE)
    assert found["aa"].dense == 1
    assert found["bb"].dense == 0


def test_the_scale_is_between_unrelated_and_paired_probes() -> None:
    questions = unit(np.array([[1.0, 0.0], [0.0, 1.0]]))
    answers = unit(np.array([[1.0, 1.0], [0.0, 1.0]]))
    scale = measure_scale(questions, answers)
    assert scale.one == pytest.approx((np.sqrt(0.5) + 1) / 2)
    assert scale.zero == pytest.approx((0 + np.sqrt(0.5)) / 2)
    assert scale.apply(np.array([scale.zero, scale.one], np.float32)) == pytest.approx([0, 1])


def test_trust_of_an_earlier_manifest_can_still_be_read() -> None:
    earlier = {
        "dense": 0.5,
        "likeness": 0.3,
        "sampled": 9,
        "dense_found": 0.8,
        "lexical_found": 1.0,
    }
    assert Trust.from_dict(earlier) == Trust(0.5, 0.3, 9, 0.8)
    assert Trust.from_dict(Trust(0.5, 0.3, 9, 0.8).to_dict()) == Trust(0.5, 0.3, 9, 0.8)
