"""How far confidence is from accuracy."""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

__all__ = ["ReliabilityCurve", "calibration_error", "reliability_curve"]


class ReliabilityCurve(NamedTuple):
    """Accuracy by confidence: the data of a reliability diagram.

    Args:
        counts: `[bins]` integers, the samples in each bin.
        confidence: `[bins]`, their mean confidence; NaN where there are none.
        accuracy: `[bins]`, the share that is right; NaN where there are none.
    """

    counts: np.ndarray
    confidence: np.ndarray
    accuracy: np.ndarray


def reliability_curve(
    confidence: ArrayLike, right: ArrayLike, bins: int = 15
) -> ReliabilityCurve:
    """Computes accuracy by confidence, in bins of equal width.

    Args:
        confidence: `[N]` probability of what was predicted, in [0, 1].
        right: `[N]` whether the prediction was right.
        bins: Number of bins of [0, 1].

    Returns:
        Counts, mean confidence and accuracy of each bin.

    Example: two bins; the upper one is too sure.

    >>> curve = reliability_curve([0.25, 1.0, 1.0], [False, True, False], 2)
    >>> curve.counts.tolist(), curve.accuracy.tolist()
    ([1, 2], [0.0, 0.5])

    Reference:
        Guo et al. 2017, "On Calibration of Modern Neural Networks".
    """
    confidence = np.asarray(confidence, np.float64)
    # Bin k is ((k - 1) / bins, k / bins]: certainty is in the last one.
    index = np.clip(np.ceil(confidence * bins) - 1, 0, bins - 1).astype(int)
    counts = np.bincount(index, minlength=bins)
    weights = np.asarray(right, np.float64)
    with np.errstate(invalid="ignore"):
        return ReliabilityCurve(
            counts,
            np.bincount(index, weights=confidence, minlength=bins) / counts,
            np.bincount(index, weights=weights, minlength=bins) / counts,
        )


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
    curve = reliability_curve(confidence, right, bins)
    gaps = curve.counts * np.abs(curve.accuracy - curve.confidence)
    return float(np.nansum(gaps) / curve.counts.sum())
