"""From a model's logits to probabilities, a referral and a set of grades."""

from dmtdr_tf.calibration.calibration import Calibration
from dmtdr_tf.calibration.file import (
    read_calibration,
    run_calibration,
    why_uncalibrated,
    write_calibration,
)
from dmtdr_tf.calibration.operating_point import (
    OperatingPoint,
    most_probable,
    referable_probability,
)

__all__ = [
    "Calibration",
    "OperatingPoint",
    "most_probable",
    "read_calibration",
    "referable_probability",
    "run_calibration",
    "why_uncalibrated",
    "write_calibration",
]
