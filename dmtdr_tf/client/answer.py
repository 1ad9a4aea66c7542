"""What a server says about one photograph."""

import dataclasses
import pathlib

from dmtdr_tf.calibration import OperatingPoint
from dmtdr_tf.prediction.graded import Graded

__all__ = ["Answer"]


@dataclasses.dataclass(frozen=True)
class Answer(Graded):
    """The grade of one photograph, or why there is none.

    Args:
        file: The photograph.
        probabilities: Of grades 0 to 4; empty if there is no answer.
        error: Why there is no answer.
        operating_point: Of the served model; None if it is not calibrated.

    Example:
    >>> answer = Answer(pathlib.Path("eye.jpg"), (0.1, 0.2, 0.6, 0.1, 0.0))
    >>> answer.grade
    2
    """

    file: pathlib.Path
    probabilities: tuple[float, ...] = ()
    error: str = ""
    operating_point: OperatingPoint | None = None
