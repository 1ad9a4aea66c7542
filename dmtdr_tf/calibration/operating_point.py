"""The one reading of the grades' probabilities: grade, referral and set."""

import dataclasses
import math
from collections.abc import Mapping, Sequence
from typing import Any

from dmtdr_tf.files.errors import UserError
from dmtdr_tf.labels import REFERABLE_GRADE

__all__ = ["OperatingPoint", "most_probable", "referable_probability"]


def most_probable(probabilities: Sequence[float]) -> int:
    """Returns the most probable grade, the lowest of equal ones.

    Args:
        probabilities: Of grades 0 to 4.
    """
    values = [float(probability) for probability in probabilities]
    return values.index(max(values))


def referable_probability(probabilities: Sequence[float]) -> float:
    """Returns the probability of referable retinopathy, grade 2 or more.

    Args:
        probabilities: Of grades 0 to 4.

    Example:
    >>> referable_probability([0.25, 0.25, 0.25, 0.125, 0.125])
    0.5
    """
    return math.fsum(float(p) for p in probabilities[REFERABLE_GRADE:])


@dataclasses.dataclass(frozen=True)
class OperatingPoint:
    """How probabilities become a referral and a set of grades.

    Reports, evaluation and the server read probabilities with this class. A
    SavedModel (`exporting/signatures.py`) and the browser page
    (`export/web/source/results/finding.js`) repeat its rules, and tests hold
    the three to the same answers.

    Args:
        referral_threshold: A photograph is referred from this probability of
            grade 2 or more on.
        least_probability: The set of grades holds every grade of at least
            this probability, the most probable one, and all between them;
            None if there is no set.

    Example:
    >>> point = OperatingPoint(referral_threshold=0.25, least_probability=0.1)
    >>> point.is_referable([0.5, 0.2, 0.2, 0.06, 0.04])
    True
    >>> point.grade_set([0.5, 0.2, 0.2, 0.06, 0.04])
    (0, 2)
    """

    referral_threshold: float = 0.5
    least_probability: float | None = None

    @classmethod
    def from_labels(cls, labels: Mapping[str, Any]) -> "OperatingPoint | None":
        """Reads the operating point of an exported model.

        Args:
            labels: The content of `labels.json`.

        Returns:
            The operating point; None if the model is not calibrated, as those
            of earlier versions are not.

        Raises:
            UserError: The labels are damaged.
        """
        values = labels.get("calibration")
        if values is None:
            return None
        try:
            threshold, least = (
                values[name]
                for name in ("referral_threshold", "least_probability")
            )
            point = cls(
                float(threshold), least if least is None else float(least)
            )
        except (KeyError, TypeError, ValueError):
            raise UserError(
                "the model's labels hold a damaged calibration; export it again"
            ) from None
        return point

    def is_referable(self, probabilities: Sequence[float]) -> bool:
        """Returns whether a photograph is referred.

        Args:
            probabilities: Of grades 0 to 4.
        """
        return referable_probability(probabilities) >= self.referral_threshold

    def grade_set(
        self, probabilities: Sequence[float]
    ) -> tuple[int, int] | None:
        """Returns the lowest and the highest grade of the set.

        Args:
            probabilities: Of grades 0 to 4.

        Returns:
            Both grades, which may be the same; None if there is no set.
        """
        if self.least_probability is None:
            return None
        best = most_probable(probabilities)
        grades = [
            grade
            for grade, probability in enumerate(probabilities)
            if grade == best or float(probability) >= self.least_probability
        ]
        return grades[0], grades[-1]
