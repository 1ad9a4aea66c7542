"""Reads and checks the table of a user's own photographs."""

import dataclasses
import hashlib
import os
import pathlib
import unicodedata
from collections.abc import Mapping, Sequence

from dmtdr_tf.files.errors import UserError
from dmtdr_tf.files.named_file import find_file, is_inside, why_missing
from dmtdr_tf.files.table import TableRow, read_table
from dmtdr_tf.labels import GRADES, LESIONS
from dmtdr_tf_datasets.console import notify, notify_all
from dmtdr_tf_datasets.official_folder import one_folder_deeper
from dmtdr_tf_datasets.splits import SPLITS

__all__ = ["Row", "fingerprint", "read_rows"]

TABLE = "photographs.csv"
COLUMNS = ("photograph", "grade", "patient", "split", *LESIONS)
# Fraction of the patients in each of validation and test, if the table has no
# column `split`.
HELD_OUT = 0.15
# In the cell of a mask: annotated, and there is no such lesion.
NONE = "none"
# Programs that fill empty cells write these; as a name of a patient they would
# join all of them in one.
_PLACEHOLDERS = {"nan", "na", "n/a", "none", "null", "nil", "unknown", "-", "?"}
# A program writes a column of numbers with an empty cell as 2.0.
_GRADES = {"": -1} | {
    text: grade
    for grade in range(len(GRADES))
    for text in (str(grade), f"{grade}.0")
}


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
        UserError: There is no such table, none of its photographs exists, a
            column is missing or unknown, a cell is wrong, a photograph occurs
            twice, or a patient is in two splits.
    """
    path = _table(folder)
    lines = read_table(path, COLUMNS[:1], COLUMNS[1:])
    if not {"grade", *LESIONS} & lines[0].cells.keys():
        raise UserError(
            f"{path}: no label; add a column 'grade' or one of "
            f"{', '.join(LESIONS)}"
        )
    rows = [_row(line) for line in lines]
    _refuse_repeated(lines, rows)
    _refuse_alike_patients(lines)
    if "split" not in lines[0].cells:
        rows = _split_by_patient(rows)
    _refuse_patients_in_two_splits(lines, rows)
    return _existing(path, lines, rows)


def _table(folder: str | os.PathLike[str]) -> pathlib.Path:
    path = pathlib.Path(folder) / TABLE
    if not path.is_file():
        raise UserError(
            f"{path}: {why_missing(path)}; it lists the folder's photographs "
            f"in the columns {', '.join(COLUMNS)} (all but the first may be "
            "absent)"
        )
    return path


def _row(line: TableRow) -> Row:
    name, grade = line.get("photograph"), line.get("grade")
    if not name:
        raise line.error("it names no photograph")
    if grade not in _GRADES:
        raise line.error(
            f"{name!r} has grade {grade!r}; expected 0 to 4, or nothing if it "
            "is unknown"
        )
    split = line.cells.get("split", SPLITS[0])
    if split not in SPLITS:
        raise line.error(
            f"{name!r} has split {split!r}; expected {', '.join(SPLITS)}"
        )
    patient = line.get("patient")
    if patient.casefold() in _PLACEHOLDERS:
        raise line.error(
            f"{name!r} has patient {patient!r}; leave the cell empty if the "
            "patient is unknown"
        )
    masks = [line.get(lesion) for lesion in LESIONS]
    return Row(
        name,
        _file(line, name),
        tuple(
            _file(line, mask) if mask.casefold() not in ("", NONE) else None
            for mask in masks
        )
        if any(masks)
        else (),
        _GRADES[grade],
        patient or name,
        split,
    )


def _file(line: TableRow, name: str) -> pathlib.Path:
    folder = line.path.parent
    if not is_inside(folder, folder / name):
        raise line.error(
            f"{name!r} is outside the folder of the table; put the file into "
            "that folder, and write its path relative to it"
        )
    return find_file(folder, name)


def _refuse_repeated(lines: Sequence[TableRow], rows: Sequence[Row]) -> None:
    """Refuses a photograph in two rows, under whatever names."""
    first: dict[object, TableRow] = {}
    for line, row in zip(lines, rows, strict=True):
        before = first.setdefault(_identity(row.image), line)
        if before is not line:
            raise line.error(
                f"{row.name!r} is the photograph of line {before.line} again; "
                "remove one of the lines"
            )


def _identity(file: pathlib.Path) -> object:
    """Returns what two names of one file have in common."""
    try:
        stat = file.stat()
    except OSError:
        return os.path.normpath(file)
    return stat.st_dev, stat.st_ino


def _refuse_alike_patients(lines: Sequence[TableRow]) -> None:
    """Refuses two spellings of a patient, who could be in two splits."""
    first: dict[str, TableRow] = {}
    for line in lines:
        patient = line.get("patient")
        form = unicodedata.normalize("NFKC", patient).casefold()
        before = first.setdefault(" ".join(form.split()), line)
        if before.get("patient") != patient:
            raise line.error(
                f"patient {patient!r} seems to be patient "
                f"{before.get('patient')!r} of line {before.line}; write both "
                "in the same way"
            )


def _split_by_patient(rows: Sequence[Row]) -> list[Row]:
    patients = sorted(
        {row.patient for row in rows},
        key=lambda name: hashlib.sha256(name.encode()).hexdigest(),
    )
    held_out = max(1, round(HELD_OUT * len(patients)))
    split = dict.fromkeys(patients, "train")
    split |= dict.fromkeys(patients[:held_out], "test")
    split |= dict.fromkeys(patients[held_out : 2 * held_out], "validation")
    if len(patients) < len(SPLITS):
        notify(
            f"folder: too few patients ({len(patients)}) for the splits "
            f"{', '.join(SPLITS)}; add patients, or a column 'split'"
        )
    return [dataclasses.replace(row, split=split[row.patient]) for row in rows]


def _refuse_patients_in_two_splits(
    lines: Sequence[TableRow], rows: Sequence[Row]
) -> None:
    splits: dict[str, str] = {}
    for line, row in zip(lines, rows, strict=True):
        if splits.setdefault(row.patient, row.split) != row.split:
            raise line.error(
                f"patient {row.patient} is in two splits, "
                f"{splits[row.patient]} and {row.split}"
            )


def _existing(
    path: pathlib.Path, lines: Sequence[TableRow], rows: Sequence[Row]
) -> list[Row]:
    """Leaves out the rows of which a file does not exist, and names them."""
    missing = {
        line.line: (row, file)
        for line, row in zip(lines, rows, strict=True)
        for file in (row.image, *filter(None, row.masks))
        if not os.path.isfile(file)
    }
    if len(missing) == len(rows):
        raise _nothing(path, missing)
    notify_all(
        (
            f"folder: line {line}: {row.name}: left out, no file {file}: "
            f"{why_missing(file)}"
            for line, (row, file) in missing.items()
        ),
        len(missing),
    )
    if missing:
        notify(f"folder: {len(missing)} of {len(rows)} rows left out")
    return [
        row
        for line, row in zip(lines, rows, strict=True)
        if line.line not in missing
    ]


def _nothing(
    path: pathlib.Path, missing: Mapping[int, tuple[Row, pathlib.Path]]
) -> UserError:
    """Returns the error for a table none of whose rows can be used."""
    line, (_, file) = next(iter(missing.items()))
    deeper = one_folder_deeper(file)
    hint = (
        f"it is in {deeper.parent}: move the files up, or write their folder "
        "into the table"
        if deeper
        else "paths are relative to the table's folder"
    )
    return UserError(
        f"{path}: no row can be used: line {line}: {file}: "
        f"{why_missing(file)}; {hint}"
    )
