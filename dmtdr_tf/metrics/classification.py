"""Accuracy, support-weighted precision and F1 from a confusion matrix."""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from dmtdr_tf.metrics.cohen_kappa import cohen_kappa

__all__ = ["ClassificationScores", "classification_scores"]


class ClassificationScores(NamedTuple):
    """What a confusion matrix says.

    Args:
        accuracy: Share of the samples that are right.
        precision: Mean over the classes, weighted by their true frequency; a
            class that was never predicted counts 0.
        f1: The classes' F1, averaged alike.
        kappa: Cohen's kappa, unweighted.
        quadratic_kappa: Cohen's kappa with quadratic weights.
    """

    accuracy: float
    precision: float
    f1: float
    kappa: float
    quadratic_kappa: float


def classification_scores(counts: ArrayLike) -> ClassificationScores:
    """Computes the grading figures from a confusion matrix.

    Args:
        counts: `[n, n]`, true classes in rows, at least one sample.

    Returns:
        The figures, as scikit-learn's with `average="weighted"`.

    Example: 3 of 4 are right.

    >>> classification_scores([[2, 0], [1, 1]]).accuracy
    0.75
    """
    counts = np.asarray(counts, np.float64)
    right = np.diagonal(counts)
    true, predicted = counts.sum(1), counts.sum(0)
    support = true / counts.sum()
    precision = right / np.maximum(predicted, 1)
    # A class neither there nor predicted has no weight.
    f1 = 2 * right / np.maximum(true + predicted, 1)
    return ClassificationScores(
        accuracy=float(right.sum() / counts.sum()),
        precision=float(support @ precision),
        f1=float(support @ f1),
        kappa=float(cohen_kappa(counts)),
        quadratic_kappa=float(cohen_kappa(counts, "quadratic")),
    )
