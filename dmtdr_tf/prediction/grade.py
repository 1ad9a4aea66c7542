"""What the probabilities of the grades say."""

import math
from collections.abc import Sequence

import numpy as np

from dmtdr_tf.labels import REFERABLE_GRADE

__all__ = ["most_probable_grade", "referable_probability"]


def most_probable_grade(probabilities: Sequence[float] | np.ndarray) -> int:
    """Returns the grade of the largest probability.

    Args:
        probabilities: Of grades 0 to 4.

    Example:
    >>> most_probable_grade([0.1, 0.2, 0.4, 0.2, 0.1])
    2
    """
    values = [float(probability) for probability in probabilities]
    return values.index(max(values))


def referable_probability(probabilities: Sequence[float] | np.ndarray) -> float:
    """Returns the probability of grade 2 or more.

    Args:
        probabilities: Of grades 0 to 4.

    Example:
    >>> referable_probability([0.25, 0.25, 0.25, 0.125, 0.125])
    0.5
    """
    return math.fsum(float(p) for p in probabilities[REFERABLE_GRADE:])
