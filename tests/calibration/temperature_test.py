import numpy as np
import pytest
from scipy.optimize import minimize_scalar
from scipy.special import log_softmax

from dmtdr_tf.calibration.temperature import fit_temperature, probabilities_of


def drawn(temperature, count=4000, seed=0):
    """Logits, and grades by the probabilities of logits over temperature."""
    rng = np.random.default_rng(seed)
    logits = 2 * rng.normal(size=(count, 5))
    chances = probabilities_of(logits, temperature)
    grades = (rng.random((count, 1)) > chances.cumsum(axis=1)).sum(axis=1)
    return logits, np.minimum(grades, 4)


@pytest.mark.parametrize("temperature", [0.5, 1.0, 3.0])
def test_finds_the_temperature_that_made_the_grades(temperature):
    assert fit_temperature(*drawn(temperature)) == pytest.approx(
        temperature, rel=0.1
    )


def test_is_scipy_s_minimum_of_the_log_loss():
    logits, grades = drawn(1.7, 80)
    rows = np.arange(80)
    best = minimize_scalar(
        lambda t: -log_softmax(logits / t, axis=1)[rows, grades].mean(),
        bounds=(0.1, 20),
        method="bounded",
        options={"xatol": 1e-8},
    )
    assert fit_temperature(logits, grades) == pytest.approx(best.x, rel=1e-5)


def test_is_bounded_where_the_loss_has_no_minimum():
    logits = 3 * np.eye(5)[[0, 1, 2]]
    assert fit_temperature(logits, [0, 1, 2]) == pytest.approx(0.1)
    assert fit_temperature(logits, [1, 2, 0]) == pytest.approx(20.0)


def test_no_logit_is_too_large():
    values = probabilities_of([[1e4, -1e4, 0, 0, 0], [1, 2, 3, 4, 5]], 0.1)
    assert np.isfinite(values).all()
    np.testing.assert_allclose(values.sum(axis=1), 1)
