"""IDRiD's official folder: where its files are, and what its tables say."""

import csv
import dataclasses
import os
import pathlib
from collections.abc import Iterator
from typing import Literal

from dmtdr_tf.files.errors import UserError
from dmtdr_tf.labels import GRADES
from dmtdr_tf_datasets.idrid.eyes import (
    Official,
    Photograph,
    read_photographs,
)

Part = Literal["segmentation", "grading"]

SEGMENTATION = "A. Segmentation"
GRADING = "B. Disease Grading"
PART_FOLDERS: dict[Part, str] = {
    "segmentation": SEGMENTATION,
    "grading": GRADING,
}
IMAGES = "1. Original Images"
MASKS = "2. All Segmentation Groundtruths"
TABLES = "2. Groundtruths"
SPLIT_FOLDERS = {"train": "a. Training Set", "test": "b. Testing Set"}
TABLE_NAMES = {
    "train": "a. IDRiD_Disease Grading_Training Labels.csv",
    "test": "b. IDRiD_Disease Grading_Testing Labels.csv",
}
# In our order MA, HM, SE, HE: folder and suffix. IDRiD's HE is our HM, its EX
# our HE; from here on there are only our names.
LESION_FOLDERS = (
    ("1. Microaneurysms", "MA"),
    ("2. Haemorrhages", "HE"),
    ("4. Soft Exudates", "SE"),
    ("3. Hard Exudates", "EX"),
)
# What a user may have named the folder inside of `manual_dir`.
FOLDER_NAMES = ("", "idrid", "IDRiD", "IDRID")


@dataclasses.dataclass(frozen=True)
class Source:
    """A photograph's files and labels in the folder at hand.

    Args:
        photograph: The row of the list.
        image: The photograph's file.
        masks: Mask files in the order MA, HM, SE, HE, None where none was
            annotated; empty when lesions were not annotated at all.
        grade: 0 to 4; -1 when unknown or contradictory.
    """

    photograph: Photograph
    image: pathlib.Path
    masks: tuple[pathlib.Path | None, ...]
    grade: int


class OfficialFolder:
    """The official IDRiD folder, or a part of it.

    Args:
        manual_dir: The folder that holds `A. Segmentation` and
            `B. Disease Grading`, or its parent.

    Raises:
        UserError: The layout is another; says what was expected where.

    Example:
    >>> folder = OfficialFolder("downloads/IDRiD")
    >>> source = folder.source(read_photographs()[0])
    """

    def __init__(self, manual_dir: str | os.PathLike[str]) -> None:
        self.root = _find_root(pathlib.Path(manual_dir))
        for part in (SEGMENTATION, GRADING):
            _expect_folder(self.root / part / IMAGES)
        self._grades: dict[Official, int] = {}
        for split in SPLIT_FOLDERS:
            self._check_masks(split)
            self._grades.update(self._read_grades(split))

    def source(self, photograph: Photograph) -> Source | None:
        """Finds a photograph's files; None when none is in the folder.

        The segmentation part's file goes first: the masks are drawn on it.
        """
        grade = self._grade(photograph)
        if photograph.segmentation:
            image = self._image(SEGMENTATION, photograph.segmentation)
            if image.is_file():
                masks = self._masks(photograph.segmentation)
                return Source(photograph, image, masks, grade)
        for official in photograph.grading:
            image = self._image(GRADING, official)
            if image.is_file():
                return Source(photograph, image, (), grade)
        return None

    def official(self, part: Part) -> Iterator[tuple[Official, Source | None]]:
        """Finds an official part's files, each with that part's labels only.

        Args:
            part: `"segmentation"` or `"grading"`.

        Yields:
            Official split and name, and the files; None when they are absent.
        """
        for photograph in read_photographs():
            if part == "grading":
                officials = photograph.grading
            else:
                officials = tuple(filter(None, [photograph.segmentation]))
            for official in officials:
                yield official, self._official(part, photograph, official)

    def _official(
        self, part: Part, photograph: Photograph, official: Official
    ) -> Source | None:
        image = self._image(PART_FOLDERS[part], official)
        if not image.is_file():
            return None
        if part == "grading":
            return Source(photograph, image, (), self._grades.get(official, -1))
        return Source(photograph, image, self._masks(official), -1)

    def _image(self, part: str, official: Official) -> pathlib.Path:
        split, name = official
        folder = self.root / part / IMAGES / SPLIT_FOLDERS[split]
        return folder / f"{name}.jpg"

    def _masks(self, official: Official) -> tuple[pathlib.Path | None, ...]:
        """A missing file means that none of that lesion was annotated."""
        split, name = official
        folder = self.root / SEGMENTATION / MASKS / SPLIT_FOLDERS[split]
        paths = (
            folder / lesion / f"{name}_{suffix}.tif"
            for lesion, suffix in LESION_FOLDERS
        )
        return tuple(path if path.is_file() else None for path in paths)

    def _grade(self, photograph: Photograph) -> int:
        grades = {self._grades.get(name, -1) for name in photograph.grading}
        grades.discard(-1)
        if photograph.grades_conflict or len(grades) != 1:
            return -1
        return grades.pop()

    def _check_masks(self, split: str) -> None:
        """A missing lesion folder would look like photographs without it."""
        folder = SPLIT_FOLDERS[split]
        if (self.root / SEGMENTATION / IMAGES / folder).is_dir():
            for lesion, _ in LESION_FOLDERS:
                _expect_folder(
                    self.root / SEGMENTATION / MASKS / folder / lesion
                )

    def _read_grades(self, split: str) -> dict[Official, int]:
        path = self.root / GRADING / TABLES / TABLE_NAMES[split]
        images = self.root / GRADING / IMAGES / SPLIT_FOLDERS[split]
        if not path.is_file():
            if not images.is_dir():
                return {}
            raise UserError(
                f"{path}: no such file; the grades of {images.name} are "
                "expected there"
            )
        with path.open(newline="", encoding="utf-8-sig") as file:
            grades = dict(_grade_rows(path, csv.reader(file)))
        return {(split, name): grade for name, grade in grades.items()}


def _grade_rows(
    path: pathlib.Path, rows: Iterator[list[str]]
) -> Iterator[tuple[str, int]]:
    """Yields (name, grade); headers and rows end in commas and spaces."""
    header = [cell.strip() for cell in next(rows, [])]
    if header[:2] != ["Image name", "Retinopathy grade"]:
        raise UserError(
            f"{path}: the first line must be 'Image name,Retinopathy grade,...'"
        )
    for row in rows:
        name, grade, *_ = [cell.strip() for cell in row] + ["", ""]
        if not name:
            continue
        if grade not in tuple(str(known) for known in range(len(GRADES))):
            raise UserError(
                f"{path}: {name} has grade {grade!r}; expected 0 to 4"
            )
        yield name, int(grade)


def _find_root(manual_dir: pathlib.Path) -> pathlib.Path:
    roots = [manual_dir / name for name in FOLDER_NAMES]
    for root in roots:
        if (root / SEGMENTATION).is_dir() and (root / GRADING).is_dir():
            return root
    for root in roots:
        for part, other in ((SEGMENTATION, GRADING), (GRADING, SEGMENTATION)):
            if (root / part).is_dir():
                raise UserError(
                    f"{root / other}: no such folder; IDRiD needs it beside "
                    f"{part!r}"
                )
    raise UserError(
        f"{manual_dir}: expected IDRiD's folders {SEGMENTATION!r} and "
        f"{GRADING!r} in it (or in an idrid/ folder in it)"
    )


def _expect_folder(path: pathlib.Path) -> None:
    if not path.is_dir():
        raise UserError(
            f"{path}: no such folder; the official IDRiD layout has one"
        )
