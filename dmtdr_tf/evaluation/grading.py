"""Grading figures of a stream of photographs."""

from typing import Any

import numpy as np

from dmtdr_tf.calibration import (
    Calibration,
    OperatingPoint,
    referable_probability,
)
from dmtdr_tf.calibration.temperature import probabilities_of
from dmtdr_tf.labels import GRADES, REFERABLE_GRADE
from dmtdr_tf.metrics import (
    ClassificationScores,
    calibration_error,
    classification_scores,
    ranking_scores,
)

__all__ = ["GradingFigures"]


class GradingFigures:
    """Computes grading figures of the photographs whose grade is known.

    Args:
        calibration: Of the model; None if it is not calibrated.

    Example: one photograph, graded correctly.

    >>> figures = GradingFigures()
    >>> figures.update(grade=[2], has_grade=[1.0], logits=[[0, 0, 9, 0, 0]])
    >>> figures.result()["accuracy"]
    1.0
    """

    def __init__(self, calibration: Calibration | None = None) -> None:
        self._temperature = calibration.temperature if calibration else 1.0
        self._point = (
            calibration.operating_point if calibration else OperatingPoint()
        )
        # The AUC needs the five probabilities of every photograph.
        self._grades: list[np.ndarray] = []
        self._probabilities: list[np.ndarray] = []

    def update(self, grade: Any, has_grade: Any, logits: Any) -> None:
        """Adds a batch.

        Args:
            grade: `[B]` integers; ignored where `has_grade` is 0.
            has_grade: `[B]`; 0 leaves a photograph out.
            logits: `[B, 5]`.
        """
        known = np.asarray(has_grade) > 0
        logits = np.asarray(logits, np.float64)[known]
        self._grades.append(np.asarray(grade)[known].astype(int))
        self._probabilities.append(probabilities_of(logits, self._temperature))

    def result(self) -> dict[str, Any]:
        """Returns the figures; those that are not defined are None.

        A photograph is referred if the probability of grade 2 or more reaches
        `referable_threshold`, of the calibration or 0.5.

        The baseline `majority` gives every photograph the most frequent grade
        of these very photographs.
        """
        grades = np.concatenate([np.zeros(0, int), *self._grades])
        probabilities = np.concatenate(
            [np.zeros((0, len(GRADES))), *self._probabilities]
        )
        guesses = probabilities.argmax(axis=1)
        counts = _confusion(grades, guesses)
        most = int(counts.sum(axis=1).argmax())
        majority = _scores(_confusion(grades, np.full_like(grades, most)))
        return {
            **_scores(counts),
            **_referable(grades, probabilities, self._point),
            **_sets(grades, probabilities, self._point),
            "calibration_error": (
                calibration_error(probabilities.max(axis=1), guesses == grades)
                if grades.size
                else None
            ),
            "confusion_matrix": counts.tolist() if grades.size else None,
            "photographs": int(grades.size),
            "majority": {"grade": most if grades.size else None, **majority},
        }


def _confusion(true: np.ndarray, guess: np.ndarray) -> np.ndarray:
    n = len(GRADES)
    return np.bincount(true * n + guess, minlength=n * n).reshape(n, n)


def _scores(counts: np.ndarray) -> dict[str, float | None]:
    if counts.any():
        return classification_scores(counts)._asdict()
    return dict.fromkeys(ClassificationScores._fields)


def _referable(
    grades: np.ndarray, probabilities: np.ndarray, point: OperatingPoint
) -> dict[str, float | None]:
    """AUC of the probability of grades 2-4; the rates of the referral."""
    referable = grades >= REFERABLE_GRADE
    score = np.array([referable_probability(row) for row in probabilities])
    auc = ranking_scores(referable, score).auc if grades.size else None
    referred = np.array([point.is_referable(row) for row in probabilities])
    return {
        "referable_auc": auc,
        "referable_threshold": (
            point.referral_threshold if grades.size else None
        ),
        "referable_sensitivity": _mean(referred[referable]),
        "referable_specificity": _mean(1.0 - referred[~referable]),
    }


def _sets(
    grades: np.ndarray, probabilities: np.ndarray, point: OperatingPoint
) -> dict[str, float | None]:
    """How often the set of grades holds the grade, and how large it is."""
    sets = [point.grade_set(row) for row in probabilities]
    bounds = np.array([one for one in sets if one is not None])
    low, high = bounds.reshape(-1, 2).T
    is_known = len(low) == len(grades)
    covered = (low <= grades) & (grades <= high) if is_known else np.zeros(0)
    return {
        "set_coverage": _mean(covered),
        "mean_set_size": _mean(high - low + 1),
    }


def _mean(values: np.ndarray) -> float | None:
    return float(np.mean(values)) if values.size else None
