"""Figures of many resamples at once, from weights of the photographs."""

import numpy as np

__all__ = ["confusion_scores", "divide", "weighted_auc", "weighted_mean"]

_KAPPAS = {"kappa": 0, "linear_kappa": 1, "quadratic_kappa": 2}


def divide(part: np.ndarray, whole: np.ndarray) -> np.ndarray:
    """Divides; NaN where the whole is 0."""
    part, whole = np.broadcast_arrays(part, whole)
    shares = np.full(part.shape, np.nan)
    return np.divide(part, whole, out=shares, where=whole > 0)


def weighted_mean(values: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Computes the mean of a value over each resample.

    Args:
        values: `[N]`, NaN where a photograph has none.
        weights: `[R, N]`, how often each resample contains each photograph.

    Returns:
        `[R]`, NaN where no photograph of a resample has a value.

    Example:
    >>> weighted_mean(np.array([1.0, 4.0, np.nan]), np.array([[2, 1, 5]]))
    array([2.])
    """
    known = np.isfinite(values)
    weights = weights[:, known]
    return divide(weights @ values[known], weights.sum(axis=1))


def confusion_scores(counts: np.ndarray) -> dict[str, np.ndarray]:
    """Computes the figures of confusion matrices.

    Args:
        counts: `[R, n, n]`, true classes in rows.

    Returns:
        `accuracy`, support-weighted `precision` and `f1`, `kappa`,
        `linear_kappa` and `quadratic_kappa` `[R]`, and `recall` `[R, n]`; NaN
        where undefined. As in `cohen_kappa`, a kappa is 0 where chance alone
        would always agree.

    Example: 3 of 4 are right.

    >>> confusion_scores(np.array([[[2, 0], [1, 1]]]))["recall"]
    array([[1. , 0.5]])
    """
    counts = np.asarray(counts, np.float64)
    right = np.diagonal(counts, axis1=1, axis2=2)
    true, predicted = counts.sum(axis=2), counts.sum(axis=1)
    total = counts.sum(axis=(1, 2))
    support = divide(true, total[:, None])
    precision = np.nan_to_num(divide(right, predicted))
    f1 = np.nan_to_num(divide(2 * right, true + predicted))
    scores = {
        "accuracy": divide(right.sum(axis=1), total),
        "precision": (support * precision).sum(axis=1),
        "f1": (support * f1).sum(axis=1),
        "recall": divide(right, true),
    }
    grades = np.arange(counts.shape[1])
    distance = np.abs(grades[:, None] - grades)
    expected = true[:, :, None] * predicted[:, None, :]
    for name, power in _KAPPAS.items():
        weights = distance**power if power else np.sign(distance)
        observed = (weights * counts).sum(axis=(1, 2)) * total
        chance = (weights * expected).sum(axis=(1, 2))
        kappa = np.where(chance > 0, 1.0 - divide(observed, chance), 0.0)
        scores[name] = np.where(total > 0, kappa, np.nan)
    return scores


def weighted_auc(
    positive: np.ndarray, scores: np.ndarray, weights: np.ndarray
) -> np.ndarray:
    """Computes the area under the ROC curve of each resample.

    Args:
        positive: `[N]` whether a photograph is positive.
        scores: `[N]`; equal scores count half.
        weights: `[R, N]`, how often each resample contains each photograph.

    Returns:
        `[R]`, NaN where a resample lacks a positive or a negative.

    Example: 3 of 4 pairs are in order.

    >>> positive, scores = np.array([1, 0, 1, 0]), np.array([4, 3, 2, 1])
    >>> weighted_auc(positive, scores, np.ones((1, 4)))
    array([0.75])
    """
    order = np.argsort(scores, kind="stable")
    if not order.size:
        return np.full(len(weights), np.nan)
    positive, scores = positive.astype(bool)[order], scores[order]
    weights = weights[:, order].astype(np.float64)
    starts = np.flatnonzero(np.append(True, np.diff(scores) != 0))
    hits = np.add.reduceat(weights * positive, starts, axis=1)
    misses = np.add.reduceat(weights * ~positive, starts, axis=1)
    below = misses.cumsum(axis=1) - misses
    pairs = hits.sum(axis=1) * misses.sum(axis=1)
    return divide((hits * (below + 0.5 * misses)).sum(axis=1), pairs)
