"""Fits temperature, referral threshold and set of grades on photographs."""

import dataclasses
import math
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from dmtdr_tf.calibration.conformal import conformal_quantile, set_scores
from dmtdr_tf.calibration.operating_point import (
    OperatingPoint,
    referable_probability,
)
from dmtdr_tf.calibration.temperature import fit_temperature, probabilities_of
from dmtdr_tf.files.errors import UserError
from dmtdr_tf.labels import REFERABLE_GRADE
from dmtdr_tf.metrics.calibration import calibration_error

__all__ = ["LEAST_PHOTOGRAPHS", "Fit", "fit", "referral_threshold"]

# With fewer, a temperature and a threshold say nothing.
LEAST_PHOTOGRAPHS, _LEAST_OF_EACH = 20, 5
# Every photograph by itself up to this number.
_FOLDS = 100


@dataclasses.dataclass(frozen=True)
class Fit:
    """A temperature and the operating point of its probabilities.

    Args:
        temperature: What the logits are divided by.
        operating_point: The threshold of referral and the set of grades.
        quantile: The conformal quantile; None without a set.
    """

    temperature: float
    operating_point: OperatingPoint
    quantile: float | None


def fit(
    logits: ArrayLike,
    grades: ArrayLike,
    sensitivity: float = 0.9,
    coverage: float | None = 0.9,
) -> tuple[Fit, dict[str, Any]]:
    """Fits a model's probabilities to graded photographs.

    Args:
        logits: `[N, 5]`, of the model.
        grades: `[N]` integers from 0 to 4.
        sensitivity: The share of the referable photographs to refer, in
            (0, 1].
        coverage: The share of photographs whose grade the set should hold,
            in (0, 1); None for no set.

    Returns:
        What was fitted, and figures by the names of `Calibration`: on the
        same photographs, and `..._cross_fitted`, each photograph with what
        was fitted to others (all others up to 100 photographs, and a
        hundredth left out above).

    Raises:
        UserError: There are too few photographs, or too few of either kind.
        ModuleNotFoundError: `coverage` is given, but the extra `calibration`
            is not installed.
    """
    logits, grades = np.asarray(logits, np.float64), np.asarray(grades, int)
    _check_counts(grades)
    fitted = _fit(logits, grades, sensitivity, coverage)
    own = probabilities_of(logits)
    return fitted, {
        "calibration_error_before": _calibration_error(own, grades),
        **_figures([fitted] * len(grades), logits, grades, "after", ""),
        **_figures(
            _cross_fits(logits, grades, sensitivity, coverage),
            logits,
            grades,
            "cross_fitted",
            "_cross_fitted",
        ),
    }


def referral_threshold(
    probabilities: ArrayLike, referable: ArrayLike, sensitivity: float
) -> float:
    """Chooses the highest threshold that reaches a sensitivity.

    It lies halfway between the last photograph that must be referred and the
    next lower one, so that rounding in an export changes no referral of these.

    Args:
        probabilities: `[N]`, of referable retinopathy.
        referable: `[N]`, whether it is; at least one is.
        sensitivity: The share of the referable photographs to refer, in
            (0, 1].

    Returns:
        The threshold in [0, 1].

    Example:
    >>> scores, referable = [0.1, 0.3, 0.5, 0.9], [False, False, True, True]
    >>> referral_threshold(scores, referable, 1.0)
    0.4
    """
    values = np.asarray(probabilities, np.float64)
    positive = np.sort(values[np.asarray(referable, bool)])[::-1]
    # 0.9 * 10 is above 9 for a computer.
    count = math.ceil(sensitivity * len(positive) - 1e-9)
    last = positive[max(count, 1) - 1]
    below = values[values < last]
    return float((last + (below.max() if below.size else 0.0)) / 2)


def _check_counts(grades: np.ndarray) -> None:
    referable = int(np.sum(grades >= REFERABLE_GRADE))
    others = len(grades) - referable
    if len(grades) < LEAST_PHOTOGRAPHS:
        raise UserError(
            f"{len(grades)} graded photographs are too few to calibrate on; "
            f"at least {LEAST_PHOTOGRAPHS} are needed"
        )
    if min(referable, others) < _LEAST_OF_EACH:
        raise UserError(
            f"{referable} referable and {others} other photographs are too few "
            f"to calibrate on; at least {_LEAST_OF_EACH} of each are needed"
        )


def _fit(
    logits: np.ndarray,
    grades: np.ndarray,
    sensitivity: float,
    coverage: float | None,
) -> Fit:
    temperature = fit_temperature(logits, grades)
    probabilities = probabilities_of(logits, temperature)
    threshold = referral_threshold(
        [referable_probability(row) for row in probabilities],
        grades >= REFERABLE_GRADE,
        sensitivity,
    )
    if coverage is None:
        return Fit(temperature, OperatingPoint(threshold), None)
    scores = set_scores(probabilities)[np.arange(len(grades)), grades]
    quantile = conformal_quantile(scores, coverage)
    # Rounded down, so that rounding in an export takes no grade out of a set.
    least = math.floor(1e4 * (1.0 - quantile)) / 1e4
    return Fit(temperature, OperatingPoint(threshold, least), quantile)


def _cross_fits(
    logits: np.ndarray,
    grades: np.ndarray,
    sensitivity: float,
    coverage: float | None,
) -> list[Fit]:
    """For each photograph what is fitted to others."""
    folds = np.arange(len(grades)) % min(len(grades), _FOLDS)
    fits = [
        _fit(
            logits[folds != fold], grades[folds != fold], sensitivity, coverage
        )
        for fold in range(folds.max() + 1)
    ]
    return [fits[fold] for fold in folds]


def _figures(
    fits: list[Fit],
    logits: np.ndarray,
    grades: np.ndarray,
    error_ending: str,
    ending: str,
) -> dict[str, float]:
    """How good the photographs' fits are, each on its own photograph."""
    temperatures = np.array([one.temperature for one in fits])
    probabilities = probabilities_of(logits, temperatures[:, None])
    points = [one.operating_point for one in fits]
    rows = list(zip(points, probabilities, strict=True))
    referred = np.array([point.is_referable(row) for point, row in rows])
    referable = grades >= REFERABLE_GRADE
    figures = {
        f"calibration_error_{error_ending}": _calibration_error(
            probabilities, grades
        ),
        f"sensitivity{ending}": float(np.mean(referred[referable])),
        f"specificity{ending}": float(np.mean(~referred[~referable])),
    }
    sets = [point.grade_set(row) for point, row in rows]
    if None not in sets:
        low, high = np.array(sets).T
        covered = (low <= grades) & (grades <= high)
        figures[f"coverage{ending}"] = float(np.mean(covered))
        figures[f"mean_set_size{ending}"] = float(np.mean(high - low + 1))
    return figures


def _calibration_error(probabilities: np.ndarray, grades: np.ndarray) -> float:
    guesses = probabilities.argmax(axis=1)
    return calibration_error(probabilities.max(axis=1), guesses == grades)
