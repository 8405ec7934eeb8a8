"""Search by meaning, the approximate one made to begin at a few vectors."""

from pathlib import Path

import numpy as np
import pytest

import index.search.faiss_index
from corpus.errors import IndexUnavailable
from index.search.faiss_index import DenseIndex

COUNT, DIMENSION = 4_000, 32
ALLOWED = {"nearly all": 0.9, "half": 0.5, "some": 0.1, "few": 0.02}


@pytest.fixture(autouse=True)
def _few_are_many(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(index.search.faiss_index, "EXACT_AT_MOST", COUNT // 2)


@pytest.fixture(scope="module")
def vectors() -> np.ndarray:
    """Unit vectors in groups, as sentences about the same thing are."""
    random = np.random.default_rng(1)
    centres = random.normal(size=(COUNT // 20, DIMENSION)).repeat(20, axis=0)
    found = centres + random.normal(size=(COUNT, DIMENSION))
    return (found / np.linalg.norm(found, axis=1, keepdims=True)).astype(np.float16)


@pytest.fixture(scope="module")
def questions(vectors: np.ndarray) -> np.ndarray:
    random = np.random.default_rng(2)
    found = vectors[random.choice(COUNT, 50, replace=False)].astype(np.float32)
    found += 0.15 * random.normal(size=found.shape).astype(np.float32)
    return found / np.linalg.norm(found, axis=1, keepdims=True)


def exact(vectors: np.ndarray, question: np.ndarray, k: int) -> np.ndarray:
    return np.argsort(-(vectors.astype(np.float32) @ question))[:k]


def saved(found: DenseIndex, path: Path) -> DenseIndex:
    found.save(path)
    return DenseIndex.load(path, found.kind)


def test_few_vectors_are_searched_exactly(vectors: np.ndarray, questions: np.ndarray) -> None:
    few = vectors[: COUNT // 2]
    found = DenseIndex.build(few)
    assert (found.kind.code, found.kind.rescored) == ("SQfp16", None)
    for question in questions:
        assert found.search(question, 10).tolist() == exact(few, question, 10).tolist()


def test_many_are_searched_approximately_and_well(
    tmp_path: Path, vectors: np.ndarray, questions: np.ndarray
) -> None:
    found = saved(DenseIndex.build(vectors), tmp_path / "many.faiss")
    assert found.kind.code == "PQ8x4fs,Refine(SQ8)"
    assert found.kind.recall is not None
    assert found.kind.recall >= 0.98
    hits = [np.isin(exact(vectors, q, 10), found.search(q, 10)).mean() for q in questions]
    assert np.mean(hits) >= 0.97
    assert (len(found), found.dimension) == (COUNT, DIMENSION)


@pytest.mark.parametrize("share", ALLOWED.values(), ids=ALLOWED.keys())
def test_only_allowed_ones_are_found_and_the_nearest_of_them(
    vectors: np.ndarray, questions: np.ndarray, share: float
) -> None:
    found = DenseIndex.build(vectors)
    allowed = np.random.default_rng(3).random(COUNT) < share
    ids = np.flatnonzero(allowed)
    hits = []
    for question in questions:
        near = found.search(question, 30, allowed)
        assert len(near) == 30
        assert allowed[near].all()
        hits.append(np.isin(ids[exact(vectors[ids], question, 10)], near).mean())
    assert np.mean(hits) >= 0.98


def test_allowed_ones_far_from_the_question_are_found_too(
    vectors: np.ndarray, questions: np.ndarray
) -> None:
    """All that the fast scan would look at is left out."""
    found = DenseIndex.build(vectors)
    allowed = np.zeros(COUNT, dtype=bool)
    allowed[np.argsort(vectors.astype(np.float32) @ questions[0])[: COUNT // 4]] = True
    near = found.search(questions[0], 20, allowed)
    assert len(near) == 20
    assert allowed[near].all()


@pytest.mark.parametrize("left", [0, 1, 5])
def test_fewer_allowed_than_wanted_are_all_found(vectors: np.ndarray, left: int) -> None:
    allowed = np.arange(COUNT) < left
    found = DenseIndex.build(vectors).search(vectors[0].astype(np.float32), 30, allowed)
    assert sorted(found.tolist()) == list(range(left))


def test_scores_by_id_are_close_to_the_true_ones(
    vectors: np.ndarray, questions: np.ndarray
) -> None:
    ids = np.array([7, 3, COUNT - 1, 7])
    true = vectors[ids].astype(np.float32) @ questions[0]
    searched = DenseIndex.build(vectors).similarities(questions[0], ids)
    scored = DenseIndex.build_for_scores(vectors).similarities(questions[0], ids)
    assert searched == pytest.approx(true, abs=0.01)
    assert scored == pytest.approx(true, abs=0.1)


def test_the_same_vectors_give_the_same_file(tmp_path: Path, vectors: np.ndarray) -> None:
    for name in "ab":
        DenseIndex.build(vectors).save(tmp_path / name)
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


def test_where_it_cannot_be_approximated_well_it_stays_exact(
    vectors: np.ndarray, questions: np.ndarray, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(index.search.faiss_index, "_RECALL", 1.01)
    found = DenseIndex.build(vectors)
    assert found.kind.rescored is None
    assert found.search(questions[0], 10).tolist() == exact(vectors, questions[0], 10).tolist()


@pytest.mark.parametrize("dimension", [30, 31])
def test_any_dimension_can_be_quantised(dimension: int) -> None:
    vectors = np.random.default_rng(0).normal(size=(COUNT, dimension)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    assert DenseIndex.build(vectors).search(vectors[5], 1).tolist() == [5]


def test_a_damaged_file_is_named(tmp_path: Path, vectors: np.ndarray) -> None:
    path = tmp_path / "sentences.faiss"
    found = DenseIndex.build(vectors)
    found.save(path)
    path.write_bytes(path.read_bytes()[:1000])
    with pytest.raises(IndexUnavailable, match=r"sentences\.faiss is damaged"):
        DenseIndex.load(path, found.kind)
