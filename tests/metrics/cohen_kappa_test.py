import numpy as np
import pytest
import sklearn.metrics

from dmtdr_tf.files.errors import UserError
from dmtdr_tf.metrics import CohenKappa, cohen_kappa

WEIGHTS = (None, "linear", "quadratic")


def test_worked_by_hand():
    """Observed agreement 3/4; by chance 1/2 * 3/4 + 1/2 * 1/4 = 1/2."""
    metric = CohenKappa(2)
    metric.update_state([0, 0, 1, 1], [0, 0, 0, 1])
    assert float(metric.result()) == pytest.approx(0.5)


@pytest.mark.parametrize(
    ("row", "disagreement"), [([1, 1, 0], 1), ([1, 0, 1], 4)]
)
def test_quadratic_worked_by_hand(row, disagreement):
    """Two grades off cost four times as much as one grade off.

    Six samples, two of each class, one of class 0 wrong. Chance:
    `sum((i - j)^2 * rows * columns) / 6`: with columns (1, 3, 2) it is
    `(2*3 + 8*2 + 2*1 + 2*2 + 8*1 + 2*3) / 6 = 7`, with (1, 2, 3) it is
    `(2*2 + 8*3 + 2*1 + 2*3 + 8*1 + 2*2) / 6 = 8`.
    """
    counts = np.array([row, [0, 2, 0], [0, 0, 2]])
    chance = {1: 7, 4: 8}[disagreement]
    expected = 1 - disagreement / chance
    assert float(cohen_kappa(counts, "quadratic")) == pytest.approx(expected)


@pytest.mark.parametrize("weights", WEIGHTS)
@pytest.mark.parametrize("seed", range(3))
def test_equals_scikit_learn(weights, seed):
    rng = np.random.default_rng(seed)
    true, guess = rng.integers(0, 5, (2, 40))
    sample_weight = rng.integers(0, 3, 40)
    metric = CohenKappa(weights=weights)
    for part in np.split(np.arange(40), 4):
        metric.update_state(true[part], guess[part], sample_weight[part])
    expected = sklearn.metrics.cohen_kappa_score(
        true,
        guess,
        labels=range(5),
        weights=weights,
        sample_weight=sample_weight,
    )
    assert float(metric.result()) == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize("weights", WEIGHTS)
def test_undefined_is_zero(weights):
    metric = CohenKappa(3, weights)
    assert float(metric.result()) == 0.0
    metric.update_state([1, 1], [1, 1])
    assert float(metric.result()) == 0.0


def test_constant_answer_is_zero_and_perfect_is_one():
    metric = CohenKappa(3, "quadratic")
    metric.update_state([0, 1, 2, 2], [2, 2, 2, 2])
    assert float(metric.result()) == pytest.approx(0.0)
    metric.reset_state()
    metric.update_state([0, 1, 2, 2], [0, 1, 2, 2])
    assert float(metric.result()) == pytest.approx(1.0)


def test_survives_serialisation():
    metric = CohenKappa(4, "linear", name="agreement")
    again = CohenKappa.from_config(metric.get_config())
    assert again.get_config() == metric.get_config()


def test_refuses_unknown_weights():
    with pytest.raises(UserError, match="weights: must be one of.*'cubic'"):
        CohenKappa(weights="cubic")  # type: ignore[arg-type]
