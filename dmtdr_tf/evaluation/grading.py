"""Grading figures of a stream of photographs."""

from typing import Any

import numpy as np

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

    Example: one photograph, graded correctly.

    >>> figures = GradingFigures()
    >>> figures.update(grade=[2], has_grade=[1.0], logits=[[0, 0, 9, 0, 0]])
    >>> figures.result()["accuracy"]
    1.0
    """

    def __init__(self) -> None:
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
        odds = np.exp(logits - logits.max(axis=1, keepdims=True))
        self._grades.append(np.asarray(grade)[known].astype(int))
        self._probabilities.append(odds / odds.sum(axis=1, keepdims=True))

    def result(self) -> dict[str, Any]:
        """Returns the figures; those that are not defined are None.

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
            **_referable(grades, probabilities, counts),
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
    grades: np.ndarray, probabilities: np.ndarray, counts: np.ndarray
) -> dict[str, float | None]:
    """AUC of the probability of grades 2-4; the rates of the guessed grade."""
    referable = grades >= REFERABLE_GRADE
    score = probabilities[:, REFERABLE_GRADE:].sum(axis=1)
    auc = ranking_scores(referable, score).auc if grades.size else None
    cut = REFERABLE_GRADE
    ill, well = counts[cut:], counts[:cut]
    return {
        "referable_auc": auc,
        "referable_sensitivity": _share(ill[:, cut:].sum(), ill.sum()),
        "referable_specificity": _share(well[:, :cut].sum(), well.sum()),
    }


def _share(part: np.integer, whole: np.integer) -> float | None:
    return float(part / whole) if whole else None
