"""DDR's official folder: where its files are, and what its lists say."""

import collections
import dataclasses
import os
import pathlib

from dmtdr_tf.files.errors import UserError
from dmtdr_tf_datasets.preparation import find_root, tell

GRADING = "DR_grading"
SEGMENTATION = "lesion_segmentation"
# Our split names and the folders'.
SPLITS = {"train": "train", "validation": "valid", "test": "test"}
UNGRADABLE = 5
# In our order MA, HM, SE, HE: DDR's HE is our HM, its EX our HE; from here on
# there are only our names.
LESION_FOLDERS = ("MA", "HE", "SE", "EX")
# The validation part's masks lie in a folder of another name.
MASK_FOLDERS = ("label", "segmentation label")
# What a user may have named the folder inside of `manual_dir`.
FOLDER_NAMES = ("", "DDR-dataset", "ddr", "DDR")


@dataclasses.dataclass(frozen=True)
class Photograph:
    """A photograph and what the folder says of it.

    Args:
        name: Its file's name without suffix.
        split: `"train"`, `"validation"` or `"test"`.
        image: The file.
        masks: Mask files in the order MA, HM, SE, HE, None where a mask is
            absent; empty when it is not in the segmentation part.
        grade: 0 to 4, 5 for ungradable; -1 when it is in no list.
    """

    name: str
    split: str
    image: pathlib.Path
    masks: tuple[pathlib.Path | None, ...] = ()
    grade: int = -1


class OfficialFolder:
    """The official DDR folder.

    Args:
        manual_dir: The folder that holds `DR_grading` and
            `lesion_segmentation`, or its parent.

    Raises:
        UserError: Neither is there; says what was expected where.

    Example:
    >>> folder = OfficialFolder("downloads/DDR-dataset")
    >>> masked = [p for p in folder.joint() if p.masks]
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
        """Returns the graded photographs, the ungradable among them.

        A label without its photograph, and a photograph without label, is
        named and left out.

        Raises:
            UserError: A folder or a list is missing, or a line of a list is
                wrong.
        """
        found: list[Photograph] = []
        for split, folder in SPLITS.items():
            images = _expected(self.root / GRADING / folder)
            table = self.root / GRADING / f"{folder}.txt"
            grades = _read_list(table)
            files = {path.name: path for path in _photographs(images)}
            for name in sorted(grades.keys() - files.keys()):
                tell(f"ddr: {images / name}: listed in {table.name}, no file")
            for name in sorted(files.keys() - grades.keys()):
                tell(f"ddr: {files[name]}: not listed in {table.name}")
            found += [
                Photograph(path.stem, split, path, (), grades[name])
                for name, path in sorted(files.items())
                if name in grades
            ]
        _refuse_repeated(found)
        return found

    def segmentation(self) -> list[Photograph]:
        """Returns the photographs with masks.

        A photograph that lacks one of its four masks is named and left out:
        DDR has a mask of every lesion, an empty one where there is none.

        Raises:
            UserError: A folder is missing.
        """
        found: list[Photograph] = []
        for split, folder in SPLITS.items():
            part = self.root / SEGMENTATION / folder
            images = _expected(part / "image")
            masks = _mask_folder(part)
            for lesion in LESION_FOLDERS:
                _expected(masks / lesion)
            for image in _photographs(images):
                paths = tuple(
                    masks / lesion / f"{image.stem}.tif"
                    for lesion in LESION_FOLDERS
                )
                absent = [path for path in paths if not path.is_file()]
                if absent:
                    tell(f"ddr: {image}: left out, no mask {absent[0]}")
                else:
                    found.append(Photograph(image.stem, split, image, paths))
        _refuse_repeated(found)
        return found

    def joint(self) -> list[Photograph]:
        """Returns every photograph once, with the labels of both parts.

        Each part has a split of its own. What is held out in one of them is
        held out here: test goes before validation, validation before train.

        Raises:
            UserError: As the two parts.
        """
        order = list(SPLITS)
        together = {
            photograph.name: photograph for photograph in self.grading()
        }
        moved = 0
        for masked in self.segmentation():
            graded = together.get(masked.name)
            if graded:
                split = max(graded.split, masked.split, key=order.index)
                moved += graded.split != masked.split
                masked = dataclasses.replace(
                    masked, grade=graded.grade, split=split
                )
            together[masked.name] = masked
        if moved:
            tell(
                f"ddr: {moved} photographs are in different splits of the two "
                "parts: kept in the one that is held out further"
            )
        return sorted(together.values(), key=lambda p: p.name)


def _read_list(path: pathlib.Path) -> dict[str, int]:
    """Reads lines of a file's name and a grade."""
    if not path.is_file():
        raise UserError(
            f"{path}: no such file; DDR's list of grades is expected there"
        )
    grades: dict[str, int] = {}
    for number, line in enumerate(path.read_text("utf-8-sig").splitlines(), 1):
        if not line.strip():
            continue
        name, *rest = line.strip().rsplit(None, 1)
        if rest not in [[grade] for grade in "012345"]:
            raise UserError(
                f"{path}: line {number} is {line.strip()!r}; expected a "
                "file's name and a grade of 0 to 5"
            )
        if grades.setdefault(name, int(rest[0])) != int(rest[0]):
            raise UserError(f"{path}: {name} has two grades")
    return grades


def _photographs(folder: pathlib.Path) -> list[pathlib.Path]:
    return sorted(
        path
        for path in folder.iterdir()
        if path.suffix.lower() in (".jpg", ".jpeg", ".png")
    )


def _refuse_repeated(photographs: list[Photograph]) -> None:
    """A photograph in two splits would leak from one into the other."""
    counts = collections.Counter(p.name for p in photographs)
    twice = [p for p in photographs if counts[p.name] > 1]
    if twice:
        places = ", ".join(str(p.image) for p in twice[:2])
        raise UserError(f"ddr: one photograph in two places: {places}")


def _mask_folder(part: pathlib.Path) -> pathlib.Path:
    for name in MASK_FOLDERS:
        if (part / name).is_dir():
            return part / name
    return _expected(part / MASK_FOLDERS[0])


def _expected(folder: pathlib.Path) -> pathlib.Path:
    if not folder.is_dir():
        raise UserError(
            f"{folder}: no such folder; the official DDR layout has one"
        )
    return folder
