"""The list of IDRiD's distinct photographs, their eyes and our splits."""

import csv
import dataclasses
import functools
import pathlib

__all__ = ["Official", "Photograph", "read_photographs"]

# Name of a photograph in one part: (official split, name without suffix).
Official = tuple[str, str]


@dataclasses.dataclass(frozen=True)
class Photograph:
    """One distinct photograph of the set, with all its names.

    Args:
        identifier: Our name of the photograph.
        eye: The eye it shows; several photographs may show the same eye.
        split: Our split, by eye: `"train"`, `"validation"` or `"test"`.
        segmentation: Its name in the segmentation part, if it is in it.
        grading: Its names in the grading part: none, one, or several for
            duplicates.
        grades_conflict: Whether the duplicates have different grades.

    Example:
    >>> len(read_photographs())
    531
    """

    identifier: str
    eye: str
    split: str
    segmentation: Official | None
    grading: tuple[Official, ...]
    grades_conflict: bool

    @property
    def name(self) -> str:
        """Name of the sample: official part, split and name."""
        if self.segmentation:
            return "segmentation/" + "/".join(self.segmentation)
        return "grading/" + "/".join(self.grading[0])


@functools.cache
def read_photographs() -> tuple[Photograph, ...]:
    """Reads `eyes.tsv`, one distinct photograph per row."""
    path = pathlib.Path(__file__).with_name("eyes.tsv")
    with path.open(newline="", encoding="utf-8") as file:
        return tuple(
            Photograph(
                identifier=row["photograph"],
                eye=row["eye"],
                split=row["split"],
                segmentation=next(iter(_officials(row["segmentation"])), None),
                grading=_officials(row["grading"]),
                grades_conflict=row["grades_conflict"] == "1",
            )
            for row in csv.DictReader(file, delimiter="\t")
        )


def _officials(cell: str) -> tuple[Official, ...]:
    pairs = (name.split("/") for name in cell.split(",") if name)
    return tuple((split, name) for split, name in pairs)
