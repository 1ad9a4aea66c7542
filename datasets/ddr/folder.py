"""DDR's official folder: its files and its lists of grades."""

import collections
import dataclasses
import os
import pathlib
from collections.abc import Set

from dmtdr_tf.files.errors import UserError
from dmtdr_tf.files.table import read_lines
from dmtdr_tf_datasets.console import notify, notify_all
from dmtdr_tf_datasets.official_folder import (
    expect_folder,
    find_root,
    list_files,
)
from dmtdr_tf_datasets.splits import further_held_out

__all__ = ["UNGRADABLE", "OfficialFolder", "Photograph"]

GRADING = "DR_grading"
SEGMENTATION = "lesion_segmentation"
# Our names of the splits and those of their folders.
SPLIT_FOLDERS = {"train": "train", "validation": "valid", "test": "test"}
UNGRADABLE = 5
# In our order MA, HM, SE, HE. DDR's HE is our HM, and its EX is our HE; all
# other code uses our names.
LESION_FOLDERS = ("MA", "HE", "SE", "EX")
# The masks of the validation split have a folder of another name.
MASK_FOLDERS = ("label", "segmentation label")
# Names that the folder may have in `manual_dir`.
FOLDER_NAMES = ("", "DDR-dataset", "ddr", "DDR")


@dataclasses.dataclass(frozen=True)
class Photograph:
    """A photograph and its labels.

    Args:
        name: Name of the file without suffix.
        split: `"train"`, `"validation"` or `"test"`.
        image: The file.
        masks: Mask files in the order MA, HM, SE, HE; empty if the photograph
            is not in the segmentation part.
        grade: 0 to 4, or 5 for ungradable; -1 if the photograph is not in a
            list of grades.
    """

    name: str
    split: str
    image: pathlib.Path
    masks: tuple[pathlib.Path | None, ...] = ()
    grade: int = -1


class OfficialFolder:
    """The official DDR folder.

    Args:
        manual_dir: The folder that contains `DR_grading` and
            `lesion_segmentation`, or its parent.

    Raises:
        UserError: It contains neither; the message says what is expected.

    Example:
    ```python
    folder = OfficialFolder("downloads/DDR-dataset")
    annotated = [p for p in folder.joint() if p.masks]
    ```
    """

    def __init__(self, manual_dir: str | os.PathLike[str]) -> None:
        self.root = find_root(
            pathlib.Path(manual_dir),
            FOLDER_NAMES,
            (GRADING, SEGMENTATION),
            "DDR",
            f"DDR's folders {GRADING!r} and {SEGMENTATION!r} in it (or in a "
            "DDR-dataset/ folder in it)",
        )

    def grading(self) -> list[Photograph]:
        """Returns the photographs of the grading part, ungradable included.

        Labels without a photograph and photographs without a label are
        reported and left out.

        Raises:
            UserError: A folder or a list is missing, or a line of a list is
                wrong.
        """
        photographs: list[Photograph] = []
        for split, folder in SPLIT_FOLDERS.items():
            images = _expect(self.root / GRADING / folder)
            table = self.root / GRADING / f"{folder}.txt"
            grades = _read_list(table)
            files = {path.name: path for path in _photographs(images)}
            _report_unmatched(images, table, grades.keys(), files.keys())
            photographs += [
                Photograph(path.stem, split, path, (), grades[name])
                for name, path in sorted(files.items())
                if name in grades
            ]
        _refuse_repeated(photographs)
        return photographs

    def segmentation(self) -> list[Photograph]:
        """Returns the photographs of the segmentation part.

        Photographs without one of the four masks are reported and left out:
        DDR has an empty mask where there is no lesion.

        Raises:
            UserError: A folder is missing.
        """
        photographs: list[Photograph] = []
        left_out: list[str] = []
        for split, folder in SPLIT_FOLDERS.items():
            part = self.root / SEGMENTATION / folder
            images = _expect(part / "image")
            masks = _mask_folder(part)
            for lesion in LESION_FOLDERS:
                list_files(_expect(masks / lesion), (".tif",), "DDR")
            for image in _photographs(images):
                paths = tuple(
                    masks / lesion / f"{image.stem}.tif"
                    for lesion in LESION_FOLDERS
                )
                absent = [path for path in paths if not path.is_file()]
                if absent:
                    left_out.append(
                        f"ddr: {image}: left out, no mask {absent[0]}"
                    )
                else:
                    photographs.append(
                        Photograph(image.stem, split, image, paths)
                    )
        notify_all(left_out, len(left_out))
        _refuse_repeated(photographs)
        return photographs

    def joint(self) -> list[Photograph]:
        """Returns every photograph once, with the labels of both parts.

        Each part has splits of its own. A photograph that is held out further
        in one of them is held out as far here: test comes before validation,
        validation before train.

        Raises:
            UserError: As `grading` and `segmentation`.
        """
        photographs = {
            photograph.name: photograph for photograph in self.grading()
        }
        moved = 0
        for annotated in self.segmentation():
            graded = photographs.get(annotated.name)
            if graded:
                moved += graded.split != annotated.split
                annotated = dataclasses.replace(
                    annotated,
                    grade=graded.grade,
                    split=further_held_out(graded.split, annotated.split),
                )
            photographs[annotated.name] = annotated
        if moved:
            notify(
                f"ddr: {moved} photographs are in different splits of the two "
                "parts; they are kept in the one that is held out further"
            )
        return sorted(photographs.values(), key=lambda p: p.name)


def _read_list(path: pathlib.Path) -> dict[str, int]:
    """Reads a list of file names and grades."""
    if not path.is_file():
        raise UserError(
            f"{path}: no such file; DDR's list of grades is expected there"
        )
    grades: dict[str, int] = {}
    for number, line in read_lines(path):
        name, *rest = line.rsplit(None, 1)
        if rest not in [[grade] for grade in "012345"]:
            raise UserError(
                f"{path}: line {number} is {line!r}; expected a file's name "
                "and a grade from 0 to 5"
            )
        if grades.setdefault(name, int(rest[0])) != int(rest[0]):
            raise UserError(f"{path}: line {number}: {name} has two grades")
    return grades


def _report_unmatched(
    images: pathlib.Path, table: pathlib.Path, listed: Set[str], files: Set[str]
) -> None:
    """Names the labels without a photograph, and the reverse."""
    absent, unlisted = sorted(listed - files), sorted(files - listed)
    notify_all(
        (f"ddr: {images / x}: listed in {table.name}, no file" for x in absent),
        len(absent),
    )
    notify_all(
        (f"ddr: {images / x}: not listed in {table.name}" for x in unlisted),
        len(unlisted),
    )


def _photographs(folder: pathlib.Path) -> list[pathlib.Path]:
    return list_files(folder, (".jpg", ".jpeg", ".png"), "DDR")


def _refuse_repeated(photographs: list[Photograph]) -> None:
    """Refuses a photograph in two splits, which would leak between them."""
    counts = collections.Counter(p.name for p in photographs)
    repeated = [p for p in photographs if counts[p.name] > 1]
    if repeated:
        files = " and ".join(str(p.image) for p in repeated[:2])
        raise UserError(f"ddr: one photograph in two splits: {files}")


def _mask_folder(part: pathlib.Path) -> pathlib.Path:
    for name in MASK_FOLDERS:
        if (part / name).is_dir():
            return part / name
    return _expect(part / MASK_FOLDERS[0])


def _expect(folder: pathlib.Path) -> pathlib.Path:
    return expect_folder(folder, "DDR")
