import numpy as np
import pytest
import sklearn.metrics

from dmtdr_tf.metrics import ranking_scores


def test_worked_by_hand():
    """Precision 1 at the first positive, 2/3 at the second; 3 of 4 pairs."""
    scores = ranking_scores([1, 0, 1, 0], [0.9, 0.8, 0.7, 0.1])
    assert scores.average_precision == pytest.approx(5 / 6)
    assert scores.auc == pytest.approx(3 / 4)


@pytest.mark.parametrize("digits", [1, 2, 8])
@pytest.mark.parametrize("prevalence", [0.01, 0.3, 0.9])
def test_equals_scikit_learn_with_ties(digits, prevalence):
    rng = np.random.default_rng(digits)
    labels = rng.random((50, 40)) < prevalence
    scores = np.clip(rng.normal(0.4 + 0.2 * labels, 0.2), 0, 1).round(digits)
    scores = scores.astype("float32")
    ours = ranking_scores(labels, scores)
    flat = labels.ravel(), scores.ravel()
    assert ours.average_precision == pytest.approx(
        sklearn.metrics.average_precision_score(*flat), abs=1e-12
    )
    assert ours.auc == pytest.approx(
        sklearn.metrics.roc_auc_score(*flat), abs=1e-12
    )


def test_zeros_of_both_signs_are_equal():
    scores = ranking_scores([1, 0], [0.0, -0.0])
    assert scores == (0.5, 0.5)


def test_undefined_is_none():
    assert ranking_scores([0, 0], [0.1, 0.2]) == (None, None)
    assert ranking_scores([1, 1], [0.1, 0.2]) == (1.0, None)
