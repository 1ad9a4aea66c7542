"""A prediction in numbers: grade and lesion areas of one photograph."""

import dataclasses

from dmtdr_tf.labels import GRADES, LESIONS
from dmtdr_tf.prediction.graded import Graded
from dmtdr_tf.prediction.lesion_area import LesionArea
from dmtdr_tf.preprocessing.quality import Quality

__all__ = ["Finding", "table_header", "table_row"]


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

    def __post_init__(self) -> None:
        counts = (len(self.probabilities), len(self.areas))
        expected = (0, 0) if self.error else (len(GRADES), len(LESIONS))
        if counts != expected or not (self.quality or self.error):
            raise ValueError(
                f"{self.file}: {expected} probabilities and areas expected, "
                f"not {counts}"
            )


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
    ]


def table_row(finding: Finding) -> list[str]:
    """Returns a finding's row of `predictions.csv`.

    Args:
        finding: Results or failure of one photograph.

    Returns:
        One text per column of `table_header`; empty where there is no
        value.
    """
    quality = (
        [f"{measure:.4f}" for measure in dataclasses.astuple(finding.quality)]
        if finding.quality
        else [""] * len(dataclasses.fields(Quality))
    )
    if finding.error:
        results = [""] * (len(table_header()) - len(quality) - 4)
        row = [finding.file, "failed", *results, *quality]
        return [*row, finding.folder, finding.error]
    lesions = [
        text
        for area in finding.areas
        for text in (f"{area.percent:.6g}", str(area.pixels), str(area.regions))
    ]
    return [
        finding.file,
        "ok",
        str(finding.grade),
        finding.grade_name,
        *(f"{p:.6f}" for p in finding.probabilities),
        f"{finding.referable_probability:.6f}",
        *lesions,
        *quality,
        finding.folder,
        "",
    ]
