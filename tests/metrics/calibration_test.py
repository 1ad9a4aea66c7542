import numpy as np
import pytest
import sklearn.calibration

from dmtdr_tf.metrics import calibration_error, reliability_curve


def test_worked_by_hand():
    """Two bins: (0.4, half right) and (0.9, all right): gaps 0.1 and 0.1."""
    confidence = np.array([0.4, 0.4, 0.9, 0.9])
    right = np.array([True, False, True, True])
    assert calibration_error(confidence, right, 2) == pytest.approx(0.1)


def test_gaps_do_not_cancel_across_bins():
    """Over-confident in one bin, under-confident in the other."""
    confidence = np.array([0.25, 0.75])
    assert calibration_error(confidence, [True, False], 2) == 0.75
    assert calibration_error(confidence, [True, False], 1) == 0.0


def test_certainty_is_in_the_last_bin():
    assert calibration_error(np.array([0.0, 1.0]), [False, True]) == 0.0


def test_the_curve_is_scikit_learn_s_and_sums_to_the_error():
    rng = np.random.default_rng(0)
    confidence = rng.uniform(0.3, 1, 500)
    right = rng.random(500) < confidence**2
    curve = reliability_curve(confidence, right, 10)
    assert curve.counts.sum() == 500
    accuracy, mean = sklearn.calibration.calibration_curve(
        right, confidence, n_bins=10
    )
    known = curve.counts > 0
    np.testing.assert_allclose(curve.accuracy[known], accuracy)
    np.testing.assert_allclose(curve.confidence[known], mean)
    assert np.isnan(curve.accuracy[~known]).all()
    gaps = np.abs(curve.accuracy - curve.confidence)[known]
    error = np.average(gaps, weights=curve.counts[known])
    assert calibration_error(confidence, right, 10) == pytest.approx(error)
