"""EyePACS's folder, in the layout of the Kaggle competition."""

import dataclasses
import os
import pathlib
import re

from dmtdr_tf.files.errors import UserError
from dmtdr_tf.files.table import TableRow, read_table
from dmtdr_tf.labels import GRADES
from dmtdr_tf_datasets.console import notify, notify_all
from dmtdr_tf_datasets.official_folder import find_root, list_files
from dmtdr_tf_datasets.splits import further_held_out

__all__ = ["OfficialFolder", "Photograph"]

TRAIN_TABLE, TEST_TABLE = "trainLabels.csv", "retinopathy_solution.csv"
# The public and the private leaderboard of the competition.
USAGE = {"Public": "validation", "Private": "test"}
FOLDER_NAMES = ("", "eyepacs", "EyePACS", "diabetic-retinopathy-detection")
SUFFIXES = (".jpeg", ".jpg", ".png")
_NAME = re.compile(r"(\d+)_(left|right)")


@dataclasses.dataclass(frozen=True)
class Photograph:
    """A photograph and its label.

    Args:
        name: Name of the file without suffix, such as `10_left`.
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
        """The number of the patient."""
        return self.name.partition("_")[0]

    @property
    def eye(self) -> str:
        """`"left"` or `"right"`."""
        return self.name.partition("_")[2]


class OfficialFolder:
    """Kaggle's folder, or its train or test part alone.

    Args:
        manual_dir: The folder that contains `train` with `trainLabels.csv` or
            `test` with `retinopathy_solution.csv`, or its parent.

    Raises:
        UserError: It contains neither; the message says what is expected.
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
        """Returns the labeled photographs of both parts.

        Labels without a photograph and photographs without a label are
        reported and left out. Both eyes of a patient are in the split of the
        one that is held out further: test comes before validation, validation
        before train.

        Raises:
            UserError: A table is missing or a line of it is wrong.
        """
        photographs: list[Photograph] = []
        for folder, table in (("train", TRAIN_TABLE), ("test", TEST_TABLE)):
            images = self.root / folder
            if images.is_dir():
                photographs += _labeled(images, self.root / table)
            else:
                notify(f"eyepacs: {images}: no such folder; skipped")
        return _patients_together(photographs)


def _labeled(images: pathlib.Path, table: pathlib.Path) -> list[Photograph]:
    """Matches the files of a folder with the rows of its table."""
    labels = _read_table(table)
    files = {
        path.stem: path for path in list_files(images, SUFFIXES, "EyePACS")
    }
    absent = sorted(labels.keys() - files.keys())
    notify_all(
        (
            f"eyepacs: {images / name}.jpeg: listed in {table.name}, no file"
            for name in absent
        ),
        len(absent),
    )
    unlisted = sorted(files.keys() - labels.keys())
    notify_all(
        (
            f"eyepacs: {files[name]}: not listed in {table.name}"
            for name in unlisted
        ),
        len(unlisted),
    )
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
    columns = ["image", "level"] + ["Usage"] * (path.name == TEST_TABLE)
    labels: dict[str, tuple[str, int]] = {}
    for row in read_table(path, columns):
        name, label = row.get("image"), _label(row)
        if labels.setdefault(name, label) != label:
            raise row.error(f"{name} has two labels")
    return labels


def _label(row: TableRow) -> tuple[str, int]:
    """Returns the split and the grade of a row."""
    grades = {str(grade): grade for grade in range(len(GRADES))}
    name, level = row.get("image"), row.get("level")
    usage = row.get("Usage")
    if not _NAME.fullmatch(name):
        raise row.error(
            f"it names {name!r}; expected a patient's number and eye, such as "
            "10_left"
        )
    if level not in grades:
        raise row.error(f"{name} has grade {level!r}; expected 0 to 4")
    if row.path.name == TEST_TABLE and usage not in USAGE:
        raise row.error(
            f"{name} has Usage {usage!r}; expected Public or Private"
        )
    return USAGE.get(usage, "train"), grades[level]


def _patients_together(photographs: list[Photograph]) -> list[Photograph]:
    """Moves both eyes of a patient to the split that is held out further."""
    splits: dict[str, str] = {}
    for photograph in photographs:
        patient, split = photograph.patient, photograph.split
        splits[patient] = further_held_out(splits.get(patient, split), split)
    moved = sum(p.split != splits[p.patient] for p in photographs)
    if moved:
        notify(
            f"eyepacs: {moved} photographs of patients with an eye in another "
            "split; they are kept in the one that is held out further"
        )
    return [
        dataclasses.replace(p, split=splits[p.patient]) for p in photographs
    ]
