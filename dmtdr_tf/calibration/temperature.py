"""Temperature scaling of logits."""

import math

import numpy as np
from numpy.typing import ArrayLike

from dmtdr_tf.calibration.calibration import TEMPERATURES

__all__ = ["fit_temperature", "probabilities_of"]


def probabilities_of(
    logits: ArrayLike, temperature: ArrayLike = 1.0
) -> np.ndarray:
    """Computes the grades' probabilities.

    Args:
        logits: `[N, 5]`.
        temperature: What the logits are divided by, or `[N, 1]`; 1 gives
            the model's own probabilities.

    Returns:
        `[N, 5]` float64; each row sums to 1.

    Example:
    >>> logits = [[0.0, 0.0, 2.0 * np.log(4.0), 0.0, 0.0]]
    >>> probabilities_of(logits, temperature=2.0).tolist()
    [[0.125, 0.125, 0.5, 0.125, 0.125]]
    """
    scaled = np.asarray(logits, np.float64) / np.asarray(temperature)
    odds = np.exp(scaled - scaled.max(axis=1, keepdims=True))
    return odds / odds.sum(axis=1, keepdims=True)


def fit_temperature(logits: ArrayLike, grades: ArrayLike) -> float:
    """Finds the temperature of the least log loss.

    The loss is convex in the inverse temperature, so its slope has one zero,
    which bisection finds; no optimizer is needed.

    Args:
        logits: `[N, 5]`, `N` above 0.
        grades: `[N]` integers from 0 to 4.

    Returns:
        The temperature, in `TEMPERATURES`. A model that is right of every
        photograph gets the lowest.

    Reference:
        Guo et al. 2017, "On Calibration of Modern Neural Networks", 4.2.
    """
    logits = np.asarray(logits, np.float64)
    grades = np.asarray(grades)
    true = logits[np.arange(len(grades)), grades]
    low, high = map(math.log, TEMPERATURES)
    for _ in range(50):
        middle = (low + high) / 2
        probabilities = probabilities_of(logits, math.exp(middle))
        expected = (probabilities * logits).sum(axis=1)
        # The slope of the loss over the inverse temperature.
        if np.mean(expected - true) > 0:
            low = middle
        else:
            high = middle
    return math.exp((low + high) / 2)
