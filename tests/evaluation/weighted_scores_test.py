import numpy as np
import pytest
import sklearn.metrics

from dmtdr_tf.evaluation.weighted_scores import (
    confusion_scores,
    weighted_auc,
    weighted_mean,
)
from dmtdr_tf.metrics import classification_scores

COUNT = 40


@pytest.fixture
def rng():
    return np.random.default_rng(0)


@pytest.fixture
def weights(rng):
    return rng.multinomial(COUNT, np.full(COUNT, 1 / COUNT), 6)


def test_scores_of_each_resample_equal_scikit_learn_s(rng, weights):
    true, guess = rng.integers(0, 5, (2, COUNT))
    counts = np.zeros((len(weights), 5, 5))
    for row, matrix in zip(weights, counts, strict=True):
        np.add.at(matrix, (true, guess), row)
    scores = confusion_scores(counts)
    for number, row in enumerate(weights):
        labels = np.repeat(true, row), np.repeat(guess, row)
        expected = {
            "accuracy": sklearn.metrics.accuracy_score(*labels),
            "precision": sklearn.metrics.precision_score(
                *labels, average="weighted", zero_division=0
            ),
            "f1": sklearn.metrics.f1_score(*labels, average="weighted"),
        }
        for name, weighting in (
            ("kappa", None),
            ("linear_kappa", "linear"),
            ("quadratic_kappa", "quadratic"),
        ):
            expected[name] = sklearn.metrics.cohen_kappa_score(
                *labels, weights=weighting
            )
        for name, value in expected.items():
            assert scores[name][number] == pytest.approx(value), name
        recall = sklearn.metrics.recall_score(
            *labels, labels=range(5), average=None, zero_division=np.nan
        )
        np.testing.assert_allclose(scores["recall"][number], recall)


def test_scores_equal_those_of_the_point_estimate(rng):
    counts = rng.integers(0, 9, (1, 5, 5))
    for name, value in classification_scores(counts[0])._asdict().items():
        assert confusion_scores(counts)[name][0] == pytest.approx(value)


def test_a_resample_of_one_class_has_kappa_0_and_no_other_recall():
    counts = np.zeros((2, 5, 5))
    counts[0, 2, 2] = 4
    scores = confusion_scores(counts)
    assert scores["quadratic_kappa"][0] == scores["kappa"][0] == 0.0
    assert scores["recall"][0, 2] == 1.0
    assert np.isnan(scores["recall"][0, [0, 1, 3, 4]]).all()
    assert np.isnan(scores["accuracy"][1])
    assert np.isnan(scores["kappa"][1])


def test_auc_of_each_resample_equals_scikit_learn_s(rng, weights):
    positive = rng.random(COUNT) < 0.4
    # Few values: many ties.
    scores = rng.integers(0, 8, COUNT) + positive
    ours = weighted_auc(positive, scores, weights)
    for row, auc in zip(weights, ours, strict=True):
        expected = sklearn.metrics.roc_auc_score(
            positive, scores, sample_weight=row
        )
        assert auc == pytest.approx(expected)


def test_auc_needs_both_kinds():
    weights = np.array([[1, 0], [1, 1]])
    auc = weighted_auc(np.array([True, False]), np.array([2.0, 1.0]), weights)
    assert np.isnan(auc[0])
    assert auc[1] == 1.0
    nothing = weighted_auc(np.zeros(0), np.zeros(0), np.zeros((3, 0)))
    assert np.isnan(nothing).all()


def test_a_mean_leaves_unknown_values_out(weights):
    values = np.where(np.arange(COUNT) % 3, np.arange(COUNT), np.nan)
    means = weighted_mean(values, weights)
    for row, mean in zip(weights, means, strict=True):
        assert mean == pytest.approx(np.nanmean(np.repeat(values, row)))
    assert np.isnan(weighted_mean(np.full(COUNT, np.nan), weights)).all()
