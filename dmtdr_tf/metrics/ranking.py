"""Exact average precision and AUC of scores that fit into memory."""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

__all__ = ["RankingScores", "ranking_scores"]


class RankingScores(NamedTuple):
    """How well scores put positives before negatives.

    Args:
        average_precision: None where there is no positive.
        auc: None where there is no positive or no negative.
    """

    average_precision: float | None
    auc: float | None


def ranking_scores(labels: ArrayLike, scores: ArrayLike) -> RankingScores:
    """Computes average precision and the area under the ROC curve.

    Average precision is the sum over thresholds of precision times the gain
    in recall, without interpolation. Equal scores are one threshold.

    Args:
        labels: Any shape; true where positive.
        scores: Finite and not negative, of the same shape; compared as
            float32.

    Returns:
        Both figures.

    Example: right at ranks 1 and 3, and 3 of 4 pairs in order.

    >>> scores = ranking_scores([1, 0, 1, 0], [0.9, 0.8, 0.7, 0.1])
    >>> round(scores.average_precision, 4), scores.auc
    (0.8333, 0.75)
    """
    # The bits of floats that are not negative sort as integers do, and leave
    # the lowest place for the label: one sort instead of a sort and a gather.
    # Adding zero turns -0 into 0.
    flat = np.ravel(scores).astype(np.float32) + np.float32(0)
    positive = np.ravel(labels).astype(bool)
    keys = np.sort(flat.view(np.uint32) << 1 | positive)[::-1]
    last = np.append(np.flatnonzero(np.diff(keys >> 1)), keys.size - 1)
    hits = np.cumsum(keys & 1, dtype=np.int64)[last]  # per threshold
    seen = last + 1
    total = int(hits[-1])
    negatives = keys.size - total
    if not total:
        return RankingScores(None, None)
    gain = np.diff(hits, prepend=0)
    precision = float(np.sum(gain * (hits / seen)) / total)
    if not negatives:
        return RankingScores(precision, None)
    wrong = np.diff(seen - hits, prepend=0)
    pairs = np.sum(wrong * (hits - 0.5 * gain))
    return RankingScores(precision, float(pairs / (total * negatives)))
