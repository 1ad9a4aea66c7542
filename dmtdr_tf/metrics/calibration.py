"""How far confidence is from accuracy."""

import numpy as np
from numpy.typing import ArrayLike

__all__ = ["calibration_error"]


def calibration_error(
    confidence: ArrayLike, right: ArrayLike, bins: int = 15
) -> float:
    """Computes the expected calibration error.

    The mean, over bins of equal width weighted by their samples, of
    `|accuracy - mean confidence|`.

    Args:
        confidence: `[N]` probability of the predicted class, `N` above 0.
        right: `[N]` whether the prediction was right.
        bins: Number of bins of [0, 1].

    Returns:
        The error in [0, 1].

    Example: sure of both, right once.

    >>> calibration_error([1.0, 1.0], [True, False])
    0.5

    Reference:
        Naeini et al. 2015; Guo et al. 2017, eq. 3.
    """
    confidence = np.asarray(confidence, np.float64)
    # Bin k is ((k - 1) / bins, k / bins]: certainty is in the last one.
    index = np.clip(np.ceil(confidence * bins) - 1, 0, bins - 1).astype(int)
    gap = np.asarray(right, np.float64) - confidence
    gaps = np.bincount(index, weights=gap, minlength=bins)
    return float(np.abs(gaps).sum() / confidence.size)
