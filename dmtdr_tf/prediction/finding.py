"""A prediction in numbers: grade and lesion areas of one photograph."""

import dataclasses

from dmtdr_tf.calibration import OperatingPoint
from dmtdr_tf.labels import GRADES, LESIONS
from dmtdr_tf.prediction.graded import Graded
from dmtdr_tf.prediction.lesion_area import NOT_RELIABLE, LesionArea
from dmtdr_tf.prediction.origin import Origin
from dmtdr_tf.preprocessing.quality import Quality

__all__ = ["NO_EVIDENCE", "Finding", "table_header", "table_row"]

NO_EVIDENCE = "no part of the photograph raised the score"


@dataclasses.dataclass(frozen=True)
class Finding(Graded):
    """Grade and lesion areas of one photograph, or why there are none.

    Args:
        file: The photograph's path as it was given.
        folder: The folder of its pictures; empty if it has no result.
        probabilities: Of grades 0 to 4; empty if it has no result.
        areas: One per lesion, in the order MA, HM, SE, HE.
        quality: Measures of the photograph; None if it could not be read.
        error: Why the photograph has no result.
        has_evidence: Whether any part of the photograph raised the score.
        origin: Whose eye it is, and when it was taken.
        operating_point: Of the calibrated model; None if it is not.

    Raises:
        ValueError: There are neither results nor an error, or their number
            is wrong.
    """

    file: str
    folder: str = ""
    probabilities: tuple[float, ...] = ()
    areas: tuple[LesionArea, ...] = ()
    quality: Quality | None = None
    error: str = ""
    has_evidence: bool = True
    origin: Origin = Origin()
    operating_point: OperatingPoint | None = None

    def __post_init__(self) -> None:
        counts = (len(self.probabilities), len(self.areas))
        expected = (0, 0) if self.error else (len(GRADES), len(LESIONS))
        if counts != expected or not (self.quality or self.error):
            raise ValueError(
                f"{self.file}: {expected} probabilities and areas expected, "
                f"not {counts}"
            )

    @property
    def summary(self) -> str:
        """The result in a line, or the reason why there is none."""
        if self.error:
            return self.error
        text = (
            f"grade {self.grade} ({self.grade_name}), probability of referable "
            f"{self.referable_probability:.2f}"
        )
        if self.is_calibrated:
            text = (
                f"{'referable' if self.is_referable else 'not referable'}, "
                f"grade {self.grade_text}, {self.grade_name}, probability of "
                f"referable {self.referable_probability:.2f}"
            )
        return text if self.has_evidence else f"{text}; {NO_EVIDENCE}"


def table_header() -> list[str]:
    """Returns the columns of `predictions.csv`."""
    lesions = [
        f"{lesion}_{column}"
        for lesion in LESIONS
        for column in ("percent", "pixels", "regions")
    ]
    return [
        "file",
        "status",
        "grade",
        "grade_name",
        *(f"p{grade}" for grade in range(len(GRADES))),
        "referable_probability",
        *lesions,
        *(field.name for field in dataclasses.fields(Quality)),
        "folder",
        "error",
        "evidence",
        *(field.name for field in dataclasses.fields(Origin)),
        "referable",
        "lowest_grade",
        "highest_grade",
        "calibrated",
    ]


def table_row(finding: Finding) -> list[str]:
    """Returns a finding's row of `predictions.csv`.

    Args:
        finding: Results or failure of one photograph.

    Returns:
        One text per column of `table_header`; empty where there is no
        value. `lowest_grade` and `highest_grade` are the set of grades of a
        calibrated model. A lesion that the model cannot find has the words
        "not reliably detected by this model" for its percentage, and no
        numbers; an empty evidence map has words, too.
    """
    known = {"file": finding.file, "folder": finding.folder}
    known |= dataclasses.asdict(finding.origin)
    if finding.quality:
        known |= {
            name: f"{measure:.4f}"
            for name, measure in dataclasses.asdict(finding.quality).items()
        }
    if finding.error:
        known |= {"status": "failed", "error": finding.error}
    else:
        known |= {"status": "ok"} | _results(finding)
    return [known.get(column, "") for column in table_header()]


def _results(finding: Finding) -> dict[str, str]:
    """The columns of a photograph that was graded."""
    cells = {
        "grade": str(finding.grade),
        "grade_name": finding.grade_name,
        "referable_probability": f"{finding.referable_probability:.6f}",
        "evidence": "" if finding.has_evidence else NO_EVIDENCE,
        "referable": "yes" if finding.is_referable else "no",
        "calibrated": "yes" if finding.is_calibrated else "no",
    }
    if finding.grade_set:
        low, high = finding.grade_set
        cells |= {"lowest_grade": f"{low}", "highest_grade": f"{high}"}
    for grade, probability in enumerate(finding.probabilities):
        cells[f"p{grade}"] = f"{probability:.6f}"
    for lesion, area in zip(LESIONS, finding.areas, strict=True):
        if area.is_reliable:
            cells[f"{lesion}_percent"] = f"{area.percent:.6g}"
            cells[f"{lesion}_pixels"] = str(area.pixels)
            cells[f"{lesion}_regions"] = str(area.regions)
        else:
            cells[f"{lesion}_percent"] = NOT_RELIABLE
    return cells
