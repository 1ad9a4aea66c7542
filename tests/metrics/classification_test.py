import numpy as np
import pytest
import sklearn.metrics

from dmtdr_tf.metrics import classification_scores


def test_worked_by_hand():
    """Class 0: precision 2/3, F1 4/5; class 1: precision 1, F1 2/3."""
    scores = classification_scores(np.array([[2, 0], [1, 1]]))
    assert scores.accuracy == pytest.approx(3 / 4)
    assert scores.precision == pytest.approx((2 / 3 + 1) / 2)
    assert scores.f1 == pytest.approx((4 / 5 + 2 / 3) / 2)
    assert scores.kappa == pytest.approx(0.5)


@pytest.mark.parametrize("seed", range(4))
def test_equals_scikit_learn(seed):
    rng = np.random.default_rng(seed)
    # Few samples: some grades are missing, some never predicted.
    true, guess = rng.integers(0, 5, (2, 8))
    counts = sklearn.metrics.confusion_matrix(true, guess, labels=range(5))
    scores = classification_scores(counts)
    average = {"average": "weighted", "zero_division": 0}
    assert scores.accuracy == sklearn.metrics.accuracy_score(true, guess)
    assert scores.precision == pytest.approx(
        sklearn.metrics.precision_score(true, guess, **average)
    )
    assert scores.f1 == pytest.approx(
        sklearn.metrics.f1_score(true, guess, **average)
    )
    for name, weights in (("kappa", None), ("quadratic_kappa", "quadratic")):
        assert getattr(scores, name) == pytest.approx(
            sklearn.metrics.cohen_kappa_score(
                true, guess, labels=range(5), weights=weights
            )
        )
