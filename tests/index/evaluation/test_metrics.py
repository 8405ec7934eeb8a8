"""Figures of an evaluation, on results made by hand."""

import numpy as np
import pytest

from index.evaluation.datasets import JudgedQuestion
from index.evaluation.metrics import (
    calibration_error,
    exact_match,
    f1,
    holds_answer,
    marked_answers,
    quotes_with_answer,
    retrieval,
    silence,
    times,
)
from index.evaluation.results import Shown


def question(document: str, *answers: str) -> JudgedQuestion:
    return JudgedQuestion(document, "?", 0, {(document, 0): 1}, answers)


def shown(*documents: str, quote: str = "", answer: str | None = None, ms: float = 1.0) -> Shown:
    names = [f"{document}#0" for document in documents]
    return Shown(names, [1.0] * len(names), quote, 0.5, True, ms / 1e3, answer)


def test_calibration_error_is_the_mean_gap() -> None:
    confidence = np.array([0.95, 0.95, 0.15, 0.15])
    assert calibration_error(confidence, np.array([True, True, False, False])) == pytest.approx(0.1)
    assert calibration_error(confidence, np.array([False, False, True, True])) == pytest.approx(0.9)


def test_retrieval_counts_the_place_of_the_relevant_document() -> None:
    questions = [question("a"), question("b"), question("c"), question("d")]
    results = [shown("a"), shown("x", "b"), shown("x", "y"), shown()]
    found = retrieval(questions, results)
    assert found["R@1"] == pytest.approx(1 / 4)
    assert found["R@5"] == found["R@10"] == pytest.approx(2 / 4)
    assert found["MRR@10"] == pytest.approx((1 + 1 / 2) / 4)
    assert found["nDCG@10"] == pytest.approx((1 + 1 / np.log2(3)) / 4)


def test_a_quote_is_right_when_it_holds_any_of_the_answers() -> None:
    assert holds_answer("It opened in MAY 1907.", ["June", "may 1907"])
    assert not holds_answer("It opened.", ["May"])
    assert not holds_answer("It opened.", [])
    results = [shown("a", quote="in 1907"), shown("b", quote="in 1908")]
    right = quotes_with_answer([question("a", "1907"), question("b", "1907")], results)
    assert right.tolist() == [True, False]


@pytest.mark.parametrize(
    ("found", "answer", "exact", "share"),
    [
        ("the Old Bridge!", "old bridge", 1, 1),
        ("the old stone bridge", "old bridge", 0, 0.8),
        ("mill", "bridge", 0, 0),
        ("", "", 1, 1),
        ("", "bridge", 0, 0),
    ],
)
def test_marked_text_is_compared_as_squad_does(
    found: str, answer: str, exact: float, share: float
) -> None:
    assert exact_match(found, answer) == exact
    assert f1(found, answer) == pytest.approx(share)


def test_marked_answers_are_judged_by_the_best_of_the_accepted_ones() -> None:
    questions = [question("a", "bridge", "old stone bridge"), question("b", "1907")]
    marked = marked_answers(questions, [shown("a", answer="old bridge"), shown("b")])
    assert marked["marked"] == 0.5
    assert marked["exact match of marked"] == 0
    assert marked["F1 of marked"] == pytest.approx(0.8)
    assert marked_answers(questions, [shown("a"), shown("b")]) == {}


def test_silence_is_the_mean_over_runs_that_can_measure_it() -> None:
    known, unknown = np.array([True, True, False, False]), np.array([True] * 4)
    confidence = np.array([0.9, 0.5, 0.6, 0.1])
    answered = np.array([True, False, True, False])
    found = silence([known, unknown], [confidence, confidence], [answered, answered])
    assert found["silence AUROC"] == pytest.approx(3 / 4)
    assert found["false answers at 95 %"] == pytest.approx(1 / 2)
    assert found["answered when in the index"] == found["answered when not"] == 0.5
    assert set(silence([unknown], [confidence], [answered]).values()) == {None}


def test_times_are_in_milliseconds() -> None:
    found = times([shown("a", ms=ms) for ms in (1, 2, 3)])
    assert found["p50 ms"] == pytest.approx(2)
    assert found["p95 ms"] == pytest.approx(2.9)
