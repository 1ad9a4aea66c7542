"""What the probabilities of the grades say."""

from collections.abc import Sequence
from typing import Any

from dmtdr_tf.calibration import (
    OperatingPoint,
    most_probable,
    referable_probability,
)
from dmtdr_tf.labels import GRADES, REFERABLE_GRADE

__all__ = ["Graded"]


class Graded:
    """The grade that probabilities stand for; a base of results.

    Attributes:
        probabilities: Of grades 0 to 4, a sequence or a NumPy array.
        operating_point: Of the calibrated model that they are of; None if
            they are a model's own, and then a photograph is referred from a
            half on.

    Example:
    >>> result = Graded()
    >>> result.probabilities = [0.25, 0.125, 0.375, 0.125, 0.125]
    >>> result.grade, result.grade_name, result.referable_probability
    (2, 'moderate', 0.625)
    >>> result.operating_point = OperatingPoint(0.4, least_probability=0.2)
    >>> result.grade_text
    '2 (0 to 2)'
    """

    probabilities: Sequence[float] | Any
    operating_point: OperatingPoint | None = None

    @property
    def grade(self) -> int:
        """The most probable grade, 0 to 4."""
        return most_probable(self.probabilities)

    @property
    def grade_name(self) -> str:
        """The name of the most probable grade."""
        return GRADES[self.grade]

    @property
    def referable_probability(self) -> float:
        """The probability of grade 2 or more."""
        return referable_probability(self.probabilities)

    @property
    def is_referable(self) -> bool:
        """Whether the probability of grade 2 or more reaches the threshold."""
        point = self.operating_point or OperatingPoint()
        return point.is_referable(self.probabilities)

    @property
    def referral_threshold(self) -> float:
        """The probability of grade 2 or more that is referred, in [0, 1]."""
        return (self.operating_point or OperatingPoint()).referral_threshold

    @property
    def is_calibrated(self) -> bool:
        """Whether the probabilities are those of a calibrated model."""
        return self.operating_point is not None

    @property
    def grade_set(self) -> tuple[int, int] | None:
        """The lowest and the highest grade of the set; None without one."""
        if self.operating_point is None:
            return None
        return self.operating_point.grade_set(self.probabilities)

    @property
    def grade_text(self) -> str:
        """The most probable grade and, if it is not alone, the set."""
        low, high = self.grade_set or (self.grade, self.grade)
        return f"{self.grade}" + (f" ({low} to {high})" if low < high else "")

    @property
    def is_ambiguous(self) -> bool:
        """Whether the most probable grade and `is_referable` disagree."""
        return self.is_referable != (self.grade >= REFERABLE_GRADE)
