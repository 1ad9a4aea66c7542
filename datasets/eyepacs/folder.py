"""EyePACS as Kaggle packs it: photographs by patient and eye, and labels."""

import csv
import dataclasses
import os
import pathlib
import re
from collections.abc import Iterator

from dmtdr_tf.files.errors import UserError
from dmtdr_tf.labels import GRADES
from dmtdr_tf_datasets.preparation import find_root, tell

SPLITS = ("train", "validation", "test")
TRAIN_TABLE, TEST_TABLE = "trainLabels.csv", "retinopathy_solution.csv"
# The competition's public and private leader boards.
USAGE = {"Public": "validation", "Private": "test"}
FOLDER_NAMES = ("", "eyepacs", "EyePACS", "diabetic-retinopathy-detection")
SUFFIXES = (".jpeg", ".jpg", ".png")
_NAME = re.compile(r"(\d+)_(left|right)")


@dataclasses.dataclass(frozen=True)
class Photograph:
    """A photograph and its label.

    Args:
        name: Its file's name without suffix, such as `10_left`.
        split: `"train"`, `"validation"` or `"test"`.
        image: The file.
        grade: 0 to 4.
    """

    name: str
    split: str
    image: pathlib.Path
    grade: int

    @property
    def patient(self) -> str:
        """The patient's number; two eyes have one."""
        return self.name.partition("_")[0]

    @property
    def eye(self) -> str:
        """`"left"` or `"right"`."""
        return self.name.partition("_")[2]


class OfficialFolder:
    """Kaggle's folder, or its train or test part alone.

    Args:
        manual_dir: The folder that holds `train` with `trainLabels.csv` or
            `test` with `retinopathy_solution.csv`, or its parent.

    Raises:
        UserError: Neither part is there; says what was expected where.
    """

    def __init__(self, manual_dir: str | os.PathLike[str]) -> None:
        self.root = find_root(
            pathlib.Path(manual_dir),
            FOLDER_NAMES,
            ("train", "test"),
            "EyePACS",
            f"EyePACS's folders 'train' with {TRAIN_TABLE} and 'test' with "
            f"{TEST_TABLE} in it (or in an eyepacs/ folder in it)",
        )

    def photographs(self) -> list[Photograph]:
        """Returns the labelled photographs of both parts.

        A label without its photograph, and a photograph without label, is
        named and left out. A patient whose eyes are in two splits is in the
        one that is held out further with both: test goes before validation,
        validation before train.

        Raises:
            UserError: A table is missing or a line of it is wrong.
        """
        found: list[Photograph] = []
        for folder, table in (("train", TRAIN_TABLE), ("test", TEST_TABLE)):
            images = self.root / folder
            if images.is_dir():
                found += _labelled(images, self.root / table)
            else:
                tell(f"eyepacs: {images}: no such folder, no such split")
        return _patients_together(found)


def _labelled(images: pathlib.Path, table: pathlib.Path) -> list[Photograph]:
    """Matches a folder's files with the lines of its table."""
    labels = _read_table(table)
    files = {
        path.stem: path
        for path in sorted(images.iterdir())
        if path.suffix.lower() in SUFFIXES
    }
    for name in sorted(labels.keys() - files.keys()):
        tell(f"eyepacs: {images / name}.jpeg: listed in {table.name}, no file")
    for name in sorted(files.keys() - labels.keys()):
        tell(f"eyepacs: {files[name]}: not listed in {table.name}")
    return [
        Photograph(name, labels[name][0], path, labels[name][1])
        for name, path in files.items()
        if name in labels
    ]


def _read_table(path: pathlib.Path) -> dict[str, tuple[str, int]]:
    """Returns the split and the grade of every name."""
    if not path.is_file():
        raise UserError(
            f"{path}: no such file; the labels of {path.parent} are expected "
            "there"
        )
    with path.open(newline="", encoding="utf-8-sig") as file:
        rows = csv.DictReader(file)
        wanted = ["image", "level"] + ["Usage"] * (path.name == TEST_TABLE)
        missing = [w for w in wanted if w not in (rows.fieldnames or ())]
        if missing:
            raise UserError(f"{path}: no column {missing[0]!r}")
        labels: dict[str, tuple[str, int]] = {}
        for name, split, grade in _rows(path, rows):
            if labels.setdefault(name, (split, grade)) != (split, grade):
                raise UserError(f"{path}: {name} has two labels")
    return labels


def _rows(
    path: pathlib.Path, rows: Iterator[dict[str, str]]
) -> Iterator[tuple[str, str, int]]:
    grades = {str(grade): grade for grade in range(len(GRADES))}
    for number, row in enumerate(rows, 2):
        name, level = row["image"] or "", row["level"] or ""
        usage = row.get("Usage")
        if not _NAME.fullmatch(name):
            raise UserError(
                f"{path}: line {number} names {name!r}; expected a patient's "
                "number and eye, such as 10_left"
            )
        if level not in grades:
            raise UserError(
                f"{path}: {name} has grade {level!r}; expected 0 to 4"
            )
        if path.name == TEST_TABLE and usage not in USAGE:
            raise UserError(
                f"{path}: {name} has Usage {usage!r}; expected Public or "
                "Private"
            )
        yield name, USAGE.get(usage or "", "train"), grades[level]


def _patients_together(found: list[Photograph]) -> list[Photograph]:
    """Moves a patient's two eyes to the side that is held out further."""
    furthest: dict[str, str] = {}
    for photograph in found:
        furthest[photograph.patient] = max(
            furthest.get(photograph.patient, SPLITS[0]),
            photograph.split,
            key=SPLITS.index,
        )
    moved = sum(p.split != furthest[p.patient] for p in found)
    if moved:
        tell(
            f"eyepacs: {moved} photographs of patients with an eye in another "
            "split: kept in the one that is held out further"
        )
    return [dataclasses.replace(p, split=furthest[p.patient]) for p in found]
