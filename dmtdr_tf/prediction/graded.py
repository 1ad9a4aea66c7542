"""What the probabilities of the grades say."""

import math
from collections.abc import Sequence
from typing import Any

from dmtdr_tf.labels import GRADES, REFERABLE_GRADE

__all__ = ["Graded"]


class Graded:
    """The grade that probabilities stand for; a base of results.

    Attributes:
        probabilities: Of grades 0 to 4, a sequence or a NumPy array.

    Example:
    >>> result = Graded()
    >>> result.probabilities = [0.25, 0.125, 0.375, 0.125, 0.125]
    >>> result.grade, result.grade_name, result.referable_probability
    (2, 'moderate', 0.625)
    """

    probabilities: Sequence[float] | Any

    @property
    def grade(self) -> int:
        """The most probable grade, 0 to 4."""
        values = [float(probability) for probability in self.probabilities]
        return values.index(max(values))

    @property
    def grade_name(self) -> str:
        """The name of the most probable grade."""
        return GRADES[self.grade]

    @property
    def referable_probability(self) -> float:
        """The probability of grade 2 or more."""
        return math.fsum(float(p) for p in self.probabilities[REFERABLE_GRADE:])

    @property
    def is_referable(self) -> bool:
        """Whether grade 2 or more is at least as likely as less."""
        return self.referable_probability >= 0.5

    @property
    def is_ambiguous(self) -> bool:
        """Whether the most probable grade and `is_referable` disagree."""
        return self.is_referable != (self.grade >= REFERABLE_GRADE)
