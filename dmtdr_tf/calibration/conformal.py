"""Sets of neighboring grades that hold the true one as often as asked."""

import importlib.util

import numpy as np
from numpy.typing import ArrayLike

__all__ = ["conformal_quantile", "has_conformal", "set_scores"]


def has_conformal() -> bool:
    """Returns whether the extra `calibration` is installed."""
    return importlib.util.find_spec("crepes") is not None


def set_scores(probabilities: ArrayLike) -> np.ndarray:
    """Scores how far each grade is from being in the set.

    A grade is in the set, which has no gaps, if it or grades on both of its
    sides reach the least probability. So its score is one minus the lower of
    the highest probabilities on its two sides, itself included in both.

    Args:
        probabilities: `[N, 5]`.

    Returns:
        `[N, 5]` in [0, 1]; the most probable grade has the lowest score.

    Example: grade 1 is between two more probable ones.

    >>> set_scores([[0.3, 0.1, 0.5, 0.1, 0.0]]).round(1).tolist()
    [[0.7, 0.7, 0.5, 0.9, 1.0]]

    Reference:
        Sadinle et al. 2019, "Least Ambiguous Set-Valued Classifiers with
        Bounded Error Levels", made unimodal.
    """
    values = np.asarray(probabilities, np.float64)
    up_to = np.maximum.accumulate(values, axis=1)
    from_on = np.maximum.accumulate(values[:, ::-1], axis=1)[:, ::-1]
    return 1.0 - np.minimum(up_to, from_on)


def conformal_quantile(scores: ArrayLike, coverage: float) -> float:
    """Returns the score up to which a grade belongs to the set.

    Args:
        scores: `[N]`, the score of each photograph's own grade.
        coverage: The share of further photographs, exchangeable with these,
            whose grade should be in the set, in (0, 1).

    Returns:
        A value in [0, 1]: of `scores`, the one at the rank that the coverage
        asks for, corrected for their number; 1 where they are too few.

    Raises:
        ModuleNotFoundError: The extra `calibration` is not installed.
    """
    # It takes scores of any kind as they are. MAPIE wants a classifier of
    # scikit-learn's interface, and keeps the quantile to itself.
    from crepes import ConformalClassifier

    scores = np.asarray(scores, np.float64)
    classifier = ConformalClassifier()
    classifier.fit(scores)
    # The quantile is one of the scores, or nothing bounds the set.
    candidates = np.append(np.unique(scores), np.inf)
    is_in_set = classifier.predict_set(
        candidates[:, None], confidence=coverage, smoothing=False
    )[:, 0]
    return float(min(candidates[is_in_set.astype(bool)].max(), 1.0))
