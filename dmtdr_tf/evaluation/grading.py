"""Grading figures of a stream of photographs."""

from typing import Any

import numpy as np

from dmtdr_tf.calibration import Calibration, OperatingPoint
from dmtdr_tf.calibration.temperature import probabilities_of
from dmtdr_tf.evaluation.bootstrap import Path, Samples
from dmtdr_tf.evaluation.weighted_scores import (
    confusion_scores,
    divide,
    weighted_auc,
)
from dmtdr_tf.labels import GRADES, REFERABLE_GRADE
from dmtdr_tf.metrics import (
    ClassificationScores,
    calibration_error,
    classification_scores,
    cohen_kappa,
    ranking_scores,
)

__all__ = ["GradingFigures"]

# As `calibration_error`.
_BINS = 15


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
        self._grades.append(np.where(known, np.asarray(grade), -1).astype(int))
        self._probabilities.append(probabilities_of(logits, self._temperature))

    @property
    def known(self) -> np.ndarray:
        """`[N]` whether each photograph has a grade."""
        return np.concatenate([np.zeros(0, int), *self._grades]) >= 0

    @property
    def grades(self) -> np.ndarray:
        """The grades of the photographs that have one, int."""
        return np.concatenate([np.zeros(0, int), *self._grades])[self.known]

    @property
    def probabilities(self) -> np.ndarray:
        """`[n, 5]` probabilities of the photographs that have a grade."""
        none = np.zeros((0, len(GRADES)))
        return np.concatenate([none, *self._probabilities])[self.known]

    @property
    def referable_score(self) -> np.ndarray:
        """The probability of grades 2 to 4, of the same photographs."""
        return self.probabilities[:, REFERABLE_GRADE:].sum(axis=1)

    def result(self) -> dict[str, Any]:
        """Returns the figures; those that are not defined are None.

        A photograph is referred if the probability of grade 2 or more reaches
        `referable_threshold`, of the calibration or 0.5.

        The baseline `majority` gives every photograph the most frequent grade
        of these very photographs.
        """
        grades, probabilities = self.grades, self.probabilities
        guesses = probabilities.argmax(axis=1)
        counts = _confusion(grades, guesses)
        most = int(counts.sum(axis=1).argmax())
        majority = _scores(_confusion(grades, np.full_like(grades, most)))
        return {
            **_scores(counts),
            "recall": _recall(counts) if grades.size else None,
            **self._referable(),
            **self._sets(),
            "calibration_error": (
                calibration_error(probabilities.max(axis=1), guesses == grades)
                if grades.size
                else None
            ),
            "confusion_matrix": counts.tolist() if grades.size else None,
            "photographs": int(grades.size),
            "majority": {"grade": most if grades.size else None, **majority},
        }

    @property
    def referral_threshold(self) -> float:
        """The probability of grades 2 to 4 from which the model refers."""
        return self._point.referral_threshold

    def _referable(self) -> dict[str, Any]:
        """AUC of the probability of grades 2-4; the rates of the referral."""
        ill, score = self.grades >= REFERABLE_GRADE, self.referable_score
        referred = self._referred()
        return {
            "referable_auc": (
                ranking_scores(ill, score).auc if ill.size else None
            ),
            "referable_threshold": self.referral_threshold
            if ill.size
            else None,
            "referable_sensitivity": _mean(referred[ill]),
            "referable_specificity": _mean(~referred[~ill]),
        }

    def _referred(self) -> np.ndarray:
        rows = self.probabilities
        return np.array([self._point.is_referable(row) for row in rows], bool)

    def _sets(self) -> dict[str, float | None]:
        """How often the set of grades holds the grade, and how large it is."""
        bounds = self._bounds()
        if bounds is None:
            return {"set_coverage": None, "mean_set_size": None}
        low, high = bounds
        return {
            "set_coverage": _mean((low <= self.grades) & (self.grades <= high)),
            "mean_set_size": _mean(high - low + 1),
        }

    def _bounds(self) -> np.ndarray | None:
        """`[2, n]` lowest and highest grade of the sets, if there are any."""
        sets = [self._point.grade_set(row) for row in self.probabilities]
        bounds = [one for one in sets if one is not None]
        return np.array(bounds).T if bounds else None

    def resample(self, weights: np.ndarray) -> Samples:
        """Computes the figures of resamples.

        Args:
            weights: `[R, N]`, how often each contains each photograph.

        Returns:
            `[R]` by the path of the figure in `result`.
        """
        weights = weights[:, self.known].astype(np.float64)
        grades, probabilities = self.grades, self.probabilities
        guesses = probabilities.argmax(axis=1)
        n = len(GRADES)
        cells = np.eye(n * n)[grades * n + guesses]
        counts = (weights @ cells).reshape(-1, n, n)
        scores = confusion_scores(counts)
        recall = scores.pop("recall")
        samples: Samples = {(name,): value for name, value in scores.items()}
        for grade in range(n):
            samples["recall", str(grade), "recall"] = recall[:, grade]
        ill = grades >= REFERABLE_GRADE
        score = self.referable_score
        samples["referable_auc",] = weighted_auc(ill, score, weights)
        for path, (among, counted) in self._shares().items():
            samples[path] = divide(
                weights[:, among] @ counted[among].astype(np.float64),
                weights[:, among].sum(axis=1),
            )
        bounds = self._bounds()
        if bounds is not None:
            sizes = (bounds[1] - bounds[0] + 1).astype(np.float64)
            samples["mean_set_size",] = divide(
                weights @ sizes, weights.sum(axis=1)
            )
        samples["calibration_error",] = _calibration_errors(
            probabilities.max(axis=1), guesses == grades, weights
        )
        return samples

    def _shares(self) -> dict[Path, tuple[np.ndarray, np.ndarray]]:
        """By path: among which graded photographs, and which of them count."""
        ill = self.grades >= REFERABLE_GRADE
        referred = self._referred()
        shares: dict[Path, tuple[np.ndarray, np.ndarray]] = {
            ("referable_sensitivity",): (ill, referred),
            ("referable_specificity",): (~ill, ~referred),
        }
        bounds = self._bounds()
        if bounds is not None:
            low, high = bounds
            held = (low <= self.grades) & (self.grades <= high)
            shares["set_coverage",] = np.ones_like(held), held
        return shares

    def shares(self) -> dict[Path, np.ndarray]:
        """Returns `[N]`, by figure, of which photographs it is a share."""
        grades, known = self.grades, self.known
        among = {path: mask for path, (mask, _) in self._shares().items()}
        among["accuracy",] = np.ones(grades.size, bool)
        for grade in range(len(GRADES)):
            among["recall", str(grade), "recall"] = grades == grade
        whole = {}
        for path, mask in among.items():
            whole[path] = np.zeros(known.size, bool)
            whole[path][np.flatnonzero(known)[mask]] = True
        return whole


def _confusion(true: np.ndarray, guess: np.ndarray) -> np.ndarray:
    n = len(GRADES)
    return np.bincount(true * n + guess, minlength=n * n).reshape(n, n)


def _scores(counts: np.ndarray) -> dict[str, float | None]:
    if not counts.any():
        names = (*ClassificationScores._fields, "linear_kappa")
        return dict.fromkeys(names)
    linear = float(cohen_kappa(counts, "linear"))
    return {**classification_scores(counts)._asdict(), "linear_kappa": linear}


def _recall(counts: np.ndarray) -> dict[str, dict[str, Any]]:
    return {
        str(grade): {
            "recall": _share(counts[grade, grade], counts[grade].sum()),
            "recognized": int(counts[grade, grade]),
            "photographs": int(counts[grade].sum()),
        }
        for grade in range(len(GRADES))
    }


def _share(part: Any, whole: Any) -> float | None:
    return float(part / whole) if whole else None


def _mean(values: np.ndarray) -> float | None:
    return float(np.mean(values)) if values.size else None


def _calibration_errors(
    confidence: np.ndarray, right: np.ndarray, weights: np.ndarray
) -> np.ndarray:
    index = np.clip(np.ceil(confidence * _BINS) - 1, 0, _BINS - 1).astype(int)
    gaps = (right - confidence)[:, None] * np.eye(_BINS)[index]
    total = weights.sum(axis=1)
    return divide(np.abs(weights @ gaps).sum(axis=1), total)
