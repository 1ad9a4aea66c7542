"""What was fitted on validation photographs of one model."""

import dataclasses
from typing import Any

from dmtdr_tf.calibration.operating_point import OperatingPoint
from dmtdr_tf.files.errors import UserError
from dmtdr_tf.files.json_file import brief

__all__ = ["TEMPERATURES", "VERSION", "Calibration"]

# Of the file's fields; raised when a field's meaning changes.
VERSION = 1
# Above 1 the model was too sure, below 1 too unsure.
TEMPERATURES = (0.1, 20.0)
# Of the values that are no share.
_RANGES = {
    "temperature": TEMPERATURES,
    "mean_set_size": (1.0, 5.0),
    "mean_set_size_cross_fitted": (1.0, 5.0),
}
# Known together, or not at all.
_OF_SET = (
    "wanted_coverage",
    "conformal_quantile",
    "least_probability",
    "coverage",
    "mean_set_size",
    "coverage_cross_fitted",
    "mean_set_size_cross_fitted",
)


@dataclasses.dataclass(frozen=True)
class Calibration:
    """The content of `calibration.json`.

    The figures without `cross_fitted` are of the photographs that were fitted
    to, and flatter. Those with it are of photographs that were left out of
    the fit; the model's best epoch was chosen on them all the same. Figures
    of the set of grades are None if it was not computed.

    Args:
        version: `VERSION`.
        weights_sha256: The SHA-256 of the file of weights it belongs to.
        stage: The stage of training that the weights come from.
        dataset: The data set it was fitted on.
        split: Its split.
        photographs: How many graded photographs.
        referable_photographs: How many of them have grade 2 or more.
        temperature: The logits are divided by it before the softmax.
        wanted_sensitivity: The sensitivity that was asked for, in (0, 1].
        referral_threshold: The probability of grade 2 or more from which a
            photograph is referred.
        sensitivity: The share of referable photographs that is referred.
        specificity: The share of the others that is not.
        calibration_error_before: Expected calibration error of the model's
            own probabilities.
        calibration_error_after: The same with the temperature.
        calibration_error_cross_fitted: The same, each photograph with the
            temperature of the others.
        sensitivity_cross_fitted: As `sensitivity`, with the threshold of the
            others.
        specificity_cross_fitted: As `specificity`, with the threshold of the
            others.
        wanted_coverage: The share of photographs whose grade the set should
            hold, in (0, 1).
        conformal_quantile: Quantile of one minus the probability of the
            photograph's grade, corrected for the number of photographs; 1 if
            they are too few for the coverage, and every set is 0 to 4.
        least_probability: A grade of at least this probability is in the set.
        coverage: The share of photographs whose grade is in the set.
        mean_set_size: The mean number of grades in the set.
        coverage_cross_fitted: As `coverage`, with the quantile of the others.
        mean_set_size_cross_fitted: As `mean_set_size`, likewise.

    Raises:
        UserError: A value is out of its range.
    """

    version: int
    weights_sha256: str
    stage: int | None
    dataset: str
    split: str
    photographs: int
    referable_photographs: int
    temperature: float
    wanted_sensitivity: float
    referral_threshold: float
    sensitivity: float
    specificity: float
    calibration_error_before: float
    calibration_error_after: float
    calibration_error_cross_fitted: float
    sensitivity_cross_fitted: float
    specificity_cross_fitted: float
    wanted_coverage: float | None = None
    conformal_quantile: float | None = None
    least_probability: float | None = None
    coverage: float | None = None
    mean_set_size: float | None = None
    coverage_cross_fitted: float | None = None
    mean_set_size_cross_fitted: float | None = None

    def __post_init__(self) -> None:
        for field in dataclasses.fields(self):
            value = getattr(self, field.name)
            if field.type not in (float, float | None) or value is None:
                continue
            least, most = _RANGES.get(field.name, (0.0, 1.0))
            if not least <= value <= most:
                raise UserError(
                    f"{field.name} must be in [{least:g}, {most:g}], not "
                    f"{brief(value)}"
                )
        of_set = [getattr(self, name) for name in _OF_SET]
        if None in of_set and any(value is not None for value in of_set):
            name = _OF_SET[of_set.index(None)]
            raise UserError(
                f"{name} is missing; the other figures of the set are there"
            )
        if not 0 < self.referable_photographs < self.photographs:
            raise UserError(
                "referable_photographs must be above 0 and below photographs, "
                f"not {brief(self.referable_photographs)}"
            )

    @property
    def operating_point(self) -> OperatingPoint:
        """How its probabilities become a referral and a set of grades."""
        return OperatingPoint(self.referral_threshold, self.least_probability)

    @property
    def line(self) -> str:
        """The operating point in one line, for people."""
        text = (
            f"temperature {self.temperature:.2f}; referred from "
            f"{self.referral_threshold:.3f} on: sensitivity "
            f"{self.sensitivity:.2f}, specificity {self.specificity:.2f} on "
            f"{self.photographs} photographs of {self.dataset} ({self.split})"
        )
        if self.mean_set_size is None:
            return text
        return f"{text}; {self.mean_set_size:.1f} grades in a set"

    def labels(self) -> dict[str, Any]:
        """Returns what an export says of its calibration, ready for JSON."""
        return dataclasses.asdict(self)
