"""IDRiD's official folder: its files and its tables of grades."""

import dataclasses
import os
import pathlib
from collections.abc import Iterator
from typing import Literal

from dmtdr_tf.files.errors import UserError
from dmtdr_tf.files.table import TableRow, read_table
from dmtdr_tf.labels import GRADES
from dmtdr_tf_datasets.idrid.eyes import (
    Official,
    Photograph,
    read_photographs,
)
from dmtdr_tf_datasets.official_folder import (
    expect_folder,
    list_files,
    refuse_misplaced,
)

__all__ = ["Files", "OfficialFolder", "Part"]

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
# Columns of the tables.
NAME, GRADE = "Image name", "Retinopathy grade"
# Folder and suffix in our order MA, HM, SE, HE. IDRiD's HE is our HM, and its
# EX is our HE; all other code uses our names.
LESION_FOLDERS = (
    ("1. Microaneurysms", "MA"),
    ("2. Haemorrhages", "HE"),
    ("4. Soft Exudates", "SE"),
    ("3. Hard Exudates", "EX"),
)
# Names that the folder may have in `manual_dir`.
FOLDER_NAMES = ("", "idrid", "IDRiD", "IDRID")


@dataclasses.dataclass(frozen=True)
class Files:
    """The files and the grade of a photograph in a folder.

    Args:
        photograph: The row of the list of photographs.
        image: File of the photograph.
        masks: Mask files in the order MA, HM, SE, HE; None where no such
            lesion was annotated; empty if lesions were not annotated at all.
        grade: 0 to 4; -1 if unknown or contradictory.
    """

    photograph: Photograph
    image: pathlib.Path
    masks: tuple[pathlib.Path | None, ...]
    grade: int


class OfficialFolder:
    """The official IDRiD folder, or a part of it.

    Args:
        manual_dir: The folder that contains `A. Segmentation` and
            `B. Disease Grading`, or its parent.

    Raises:
        UserError: It has another layout; the message says what is expected.

    Example:
    ```python
    folder = OfficialFolder("downloads/IDRiD")
    files = folder.files(read_photographs()[0])
    ```
    """

    def __init__(self, manual_dir: str | os.PathLike[str]) -> None:
        self.root = _find_root(pathlib.Path(manual_dir))
        for part in (SEGMENTATION, GRADING):
            expect_folder(self.root / part / IMAGES, "IDRiD")
        self._grades: dict[Official, int] = {}
        for split in SPLIT_FOLDERS:
            self._check_folders(split)
            self._grades.update(self._read_grades(split))

    def files(self, photograph: Photograph) -> Files | None:
        """Finds a photograph's files.

        The file of the segmentation part is preferred, because the masks were
        drawn on it.

        Args:
            photograph: The photograph.

        Returns:
            Its files; None if it is not in the folder.
        """
        grade = self._grade(photograph)
        if photograph.segmentation:
            image = self._image(SEGMENTATION, photograph.segmentation)
            if image.is_file():
                masks = self._masks(photograph.segmentation)
                return Files(photograph, image, masks, grade)
        for official in photograph.grading:
            image = self._image(GRADING, official)
            if image.is_file():
                return Files(photograph, image, (), grade)
        return None

    def official(self, part: Part) -> Iterator[tuple[Official, Files | None]]:
        """Finds the files of an official part, with only that part's labels.

        Args:
            part: `"segmentation"` or `"grading"`.

        Yields:
            Official split and name, and the files; None if they are absent.
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
    ) -> Files | None:
        image = self._image(PART_FOLDERS[part], official)
        if not image.is_file():
            return None
        if part == "grading":
            return Files(photograph, image, (), self._grades.get(official, -1))
        return Files(photograph, image, self._masks(official), -1)

    def _image(self, part: str, official: Official) -> pathlib.Path:
        split, name = official
        folder = self.root / part / IMAGES / SPLIT_FOLDERS[split]
        return folder / f"{name}.jpg"

    def _masks(self, official: Official) -> tuple[pathlib.Path | None, ...]:
        """Returns the mask files; a missing one means no such lesion."""
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

    def _check_folders(self, split: str) -> None:
        """Refuses what would look like absent photographs or lesions."""
        folder = SPLIT_FOLDERS[split]
        for part in (SEGMENTATION, GRADING):
            images = self.root / part / IMAGES / folder
            if images.is_dir():
                list_files(images, (".jpg",), "IDRiD")
        if (self.root / SEGMENTATION / IMAGES / folder).is_dir():
            for lesion, _ in LESION_FOLDERS:
                masks = self.root / SEGMENTATION / MASKS / folder
                list_files(
                    expect_folder(masks / lesion, "IDRiD"), (".tif",), "IDRiD"
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
        grades: dict[Official, int] = {}
        for row in read_table(path, (NAME, GRADE), may_be_empty=True):
            official, grade = (split, row.get(NAME)), _row_grade(row)
            if grades.setdefault(official, grade) != grade:
                raise row.error(f"{official[1]} has two grades")
        return grades


def _row_grade(row: TableRow) -> int:
    name, grade = row.get(NAME), row.get(GRADE)
    if not name:
        raise row.error(f"it has no {NAME!r}")
    if grade not in tuple(str(known) for known in range(len(GRADES))):
        raise row.error(f"{name} has grade {grade!r}; expected 0 to 4")
    return int(grade)


def _find_root(manual_dir: pathlib.Path) -> pathlib.Path:
    roots = [manual_dir / name for name in FOLDER_NAMES]
    for root in roots:
        if (root / SEGMENTATION).is_dir() and (root / GRADING).is_dir():
            return root
    for root in roots:
        for part, other in ((SEGMENTATION, GRADING), (GRADING, SEGMENTATION)):
            if (root / part).is_dir():
                raise UserError(
                    f"{root / other}: no such folder; IDRiD needs it next to "
                    f"{part!r}"
                )
    refuse_misplaced(manual_dir, (SEGMENTATION, GRADING), "IDRiD")
    raise UserError(
        f"{manual_dir}: expected IDRiD's folders {SEGMENTATION!r} and "
        f"{GRADING!r} in it (or in an idrid/ folder in it)"
    )
