import numpy as np
import pytest

from dmtdr_tf.metrics import RankedProbabilitySkill


def _skill(true, probabilities, weight=None, classes=5):
    metric = RankedProbabilitySkill(classes)
    metric.update_state(true, probabilities, weight)
    return float(metric.result())


def test_worked_by_hand():
    """Three classes, one sample each; frequencies 1/3, 2/3 below.

    RPS_0 = 3 * (1/3 * 2/3 + 2/3 * 1/3) / 3 = 4/9. One sample is undecided
    between its class 0 and class 2: (1/2)^2 + (1/2)^2 = 1/2, over 3 samples.
    """
    probabilities = [[0.5, 0.0, 0.5], [0, 1, 0], [0, 0, 1]]
    expected = 1 - (0.5 / 3) / (4 / 9)
    assert _skill([0, 1, 2], probabilities, classes=3) == pytest.approx(
        expected
    )


def test_perfect_is_one_and_the_frequencies_are_zero():
    true = np.array([0, 0, 1, 3, 4, 2, 2, 2])
    assert _skill(true, np.eye(5)[true]) == pytest.approx(1.0)
    frequencies = np.bincount(true, minlength=5) / len(true)
    assert _skill(true, np.tile(frequencies, (8, 1))) == pytest.approx(
        0.0, abs=1e-6
    )


def test_far_off_costs_more_than_near():
    near = np.eye(5)[[1, 1, 2, 3, 4]]
    far = np.eye(5)[[4, 1, 2, 3, 4]]
    assert _skill(range(5), far) < _skill(range(5), near) < 1.0


def test_weights_leave_samples_out_and_batches_add_up():
    rng = np.random.default_rng(0)
    true = rng.integers(0, 5, 20)
    probabilities = rng.dirichlet(np.ones(5), 20)
    kept = rng.random(20) < 0.5
    metric = RankedProbabilitySkill()
    for part in np.split(np.arange(20), 4):
        metric.update_state(true[part], probabilities[part], kept[part])
    assert float(metric.result()) == pytest.approx(
        _skill(true[kept], probabilities[kept]), abs=1e-6
    )


@pytest.mark.parametrize("true", [[], [2, 2, 2]])
def test_undefined_is_zero(true):
    assert _skill(true, np.full((len(true), 5), 0.2)) == 0.0
