import numpy as np
import pytest

from dmtdr_tf.metrics import calibration_error


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
