"""Reads and checks the table of a user's own photographs."""

import collections
import csv
import dataclasses
import hashlib
import os
import pathlib
from collections.abc import Sequence

from dmtdr_tf.files.errors import UserError
from dmtdr_tf.labels import GRADES, LESIONS
from dmtdr_tf_datasets.console import notify
from dmtdr_tf_datasets.splits import SPLITS

__all__ = ["Row", "fingerprint", "read_rows"]

TABLE = "photographs.csv"
COLUMNS = ("photograph", "grade", "patient", "split", *LESIONS)
# Fraction of the patients in each of validation and test, if the table has no
# column `split`.
HELD_OUT = 0.15
# In the cell of a mask: annotated, and there is no such lesion.
NONE = "none"


@dataclasses.dataclass(frozen=True)
class Row:
    """One photograph and its labels.

    Args:
        name: Its path in the table.
        image: The file.
        masks: Mask files in the order MA, HM, SE, HE; None where there is no
            such lesion; empty if lesions were not annotated.
        grade: 0 to 4; -1 if the cell is empty.
        patient: The patient; the photograph's own name if unknown.
        split: `"train"`, `"validation"` or `"test"`.
    """

    name: str
    image: pathlib.Path
    masks: tuple[pathlib.Path | None, ...]
    grade: int
    patient: str
    split: str


def fingerprint(folder: str | os.PathLike[str]) -> str:
    """Returns eight characters that change with the table and its path.

    Args:
        folder: The folder that contains `photographs.csv`.

    Returns:
        Hexadecimal digits.

    Raises:
        UserError: There is no such table.
    """
    path = _table(folder)
    location = str(path.resolve()).encode()
    return hashlib.sha256(location + b"\0" + path.read_bytes()).hexdigest()[:8]


def read_rows(folder: str | os.PathLike[str]) -> list[Row]:
    """Reads the table.

    Rows whose photograph or mask does not exist are reported and left out.

    Args:
        folder: The folder that contains `photographs.csv`; the paths in the
            table are relative to it.

    Returns:
        The rows. If the table has no column `split`, the first patients in
        the order of the SHA-256 of their names are held out.

    Raises:
        UserError: There is no such table, a column is missing or unknown, a
            cell is wrong, a photograph occurs twice, or a patient is in two
            splits.
    """
    path = _table(folder)
    with path.open(newline="", encoding="utf-8-sig") as file:
        reader = csv.DictReader(file, restval="")
        _check_columns(path, reader.fieldnames or ())
        with_split = "split" in (reader.fieldnames or ())
        rows = [
            _row(path, number, cells) for number, cells in enumerate(reader, 2)
        ]
    _refuse_repeated(path, rows)
    if not with_split:
        rows = _split_by_patient(rows)
    _refuse_patients_in_two_splits(path, rows)
    kept = [row for row in rows if _files_exist(row)]
    if len(kept) < len(rows):
        notify(f"folder: {len(rows) - len(kept)} of {len(rows)} rows left out")
    return kept


def _table(folder: str | os.PathLike[str]) -> pathlib.Path:
    path = pathlib.Path(folder) / TABLE
    if not path.is_file():
        raise UserError(
            f"{path}: no such file; it lists the folder's photographs in the "
            f"columns {', '.join(COLUMNS)} (all but the first may be absent)"
        )
    return path


def _check_columns(path: pathlib.Path, names: Sequence[str]) -> None:
    for name in names:
        if name not in COLUMNS:
            raise UserError(
                f"{path}: unknown column {name!r}; known: {', '.join(COLUMNS)}"
            )
    if "photograph" not in names:
        raise UserError(f"{path}: no column 'photograph'")
    if not {"grade", *LESIONS} & set(names):
        raise UserError(
            f"{path}: no label; add a column 'grade' or one of "
            f"{', '.join(LESIONS)}"
        )


def _row(path: pathlib.Path, number: int, cells: dict[str, str]) -> Row:
    if None in cells:
        raise UserError(f"{path}: line {number} has too many cells")
    values = {name: cell.strip() for name, cell in cells.items()}
    name, grade = values["photograph"], values.get("grade", "")
    if not name:
        raise UserError(f"{path}: line {number} names no photograph")
    grades = {"": -1} | {str(known): known for known in range(len(GRADES))}
    if grade not in grades:
        raise UserError(
            f"{path}: line {number}: {name} has grade {grade!r}; expected 0 "
            "to 4, or nothing"
        )
    split = values.get("split", SPLITS[0])
    if split not in SPLITS:
        raise UserError(
            f"{path}: line {number}: {name} has split {split!r}; expected "
            f"{', '.join(SPLITS)}"
        )
    masks = [values.get(lesion, "") for lesion in LESIONS]
    paths = (
        path.parent / mask if mask not in ("", NONE) else None for mask in masks
    )
    return Row(
        name,
        path.parent / name,
        tuple(paths) if any(masks) else (),
        grades[grade],
        values.get("patient") or name,
        split,
    )


def _refuse_repeated(path: pathlib.Path, rows: Sequence[Row]) -> None:
    counts = collections.Counter(row.name for row in rows)
    for name, count in counts.items():
        if count > 1:
            raise UserError(f"{path}: {name} is in {count} lines")


def _split_by_patient(rows: Sequence[Row]) -> list[Row]:
    patients = sorted(
        {row.patient for row in rows},
        key=lambda name: hashlib.sha256(name.encode()).hexdigest(),
    )
    held_out = max(1, round(HELD_OUT * len(patients)))
    split = dict.fromkeys(patients, "train")
    split |= dict.fromkeys(patients[:held_out], "test")
    split |= dict.fromkeys(patients[held_out : 2 * held_out], "validation")
    return [dataclasses.replace(row, split=split[row.patient]) for row in rows]


def _refuse_patients_in_two_splits(
    path: pathlib.Path, rows: Sequence[Row]
) -> None:
    splits: dict[str, str] = {}
    for row in rows:
        if splits.setdefault(row.patient, row.split) != row.split:
            raise UserError(
                f"{path}: patient {row.patient} is in two splits, "
                f"{splits[row.patient]} and {row.split}"
            )


def _files_exist(row: Row) -> bool:
    for path in (row.image, *filter(None, row.masks)):
        if not path.is_file():
            notify(f"folder: {row.name}: left out, no file {path}")
            return False
    return True
