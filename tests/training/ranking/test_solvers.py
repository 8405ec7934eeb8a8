"""The models that are fitted, on numbers made by hand."""

import numpy as np
import pytest

from training.ranking.solvers import (
    conditional_logit,
    logistic_regression,
    named,
    threshold_line,
)


def test_the_feature_that_puts_the_right_rows_first_gets_the_weight() -> None:
    random = np.random.default_rng(0)
    groups = []
    for _ in range(60):
        rows = random.normal(size=(6, 3))
        right = rows[:, 1] == rows[:, 1].max()
        groups.append((rows, right))
    groups.append((np.full((4, 3), 9.0), np.zeros(4, bool)))  # nothing right: left out
    weights = conditional_logit(groups, np.array([True, True, False]))
    assert weights[1] > 5 * abs(weights[0])
    assert weights[2] == 0
    assert all(right[(rows @ weights).argmax()] for rows, right in groups[:-1])


def test_a_logistic_regression_finds_bias_and_weight() -> None:
    random = np.random.default_rng(0)
    x, noise = random.normal(size=20_000), random.normal(size=20_000)
    rows = np.column_stack([np.ones_like(x), 3 * x, noise, np.full_like(x, 2.0)])
    labels = random.random(20_000) < 1 / (1 + np.exp(-(0.5 + 2 * x)))
    weights = logistic_regression(rows, labels, np.array([True, True, False, True]))
    assert weights[:2] == pytest.approx([0.5, 2 / 3], abs=0.05)
    assert weights[2] == weights[3] == 0  # not usable; constant
    predicted = 1 / (1 + np.exp(-rows @ weights))
    assert predicted.mean() == pytest.approx(labels.mean(), abs=1e-3)


@pytest.mark.parametrize(("label", "sign"), [(True, 1), (False, -1)])
def test_labels_that_are_all_the_same_give_a_bias_alone(label: bool, sign: int) -> None:
    rows = np.column_stack([np.ones(9), np.arange(9.0)])
    weights = logistic_regression(rows, np.full(9, label), np.ones(2, bool))
    assert weights.tolist() == pytest.approx([sign * np.log(9.5 / 0.5), 0])


def test_so_many_questions_about_nothing_lie_above_the_line() -> None:
    sizes = np.log(np.repeat([10, 1_000], 1_000))
    logits = np.concatenate([np.arange(1_000), 2_000 + np.arange(1_000)]) / 1_000
    line = threshold_line(sizes, logits)
    above = logits > line["bias"] + line["size"] * sizes
    assert above[:1_000].mean() == pytest.approx(0.05, abs=0.002)
    assert above[1_000:].mean() == pytest.approx(0.03, abs=0.002)


def test_with_indexes_of_one_kind_the_line_is_flat() -> None:
    logits = np.arange(1_000) / 1_000
    line = threshold_line(np.full(1_000, np.log(10)), logits)
    assert line == {"bias": pytest.approx(0.949, abs=1e-6), "size": 0}
    assert threshold_line(np.full(1_000, np.log(500)), logits)["bias"] > line["bias"]


def test_weights_are_named_rounded_and_without_zeros() -> None:
    assert named(("a", "b", "c"), np.array([0.12344, 0.0, -2.0])) == {"a": 0.1234, "c": -2.0}
