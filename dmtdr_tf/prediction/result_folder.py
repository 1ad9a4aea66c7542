"""The files that a prediction writes."""

import csv
import os
import pathlib
from collections.abc import Mapping

import numpy as np

from dmtdr_tf.drawing.pictures import write_picture
from dmtdr_tf.files.errors import UserError
from dmtdr_tf.files.staged_folder import staged_folder
from dmtdr_tf.labels import LESIONS

__all__ = [
    "REPORT_FILE",
    "RESULT_FILES",
    "TABLE_FILE",
    "foreign_entry",
    "save_pictures",
    "unique_folder",
    "write_pictures",
]

TABLE_FILE = "predictions.csv"
REPORT_FILE = "index.html"
RESULT_FILES = (
    "super_resolution.png",
    *(f"lesions_{lesion}.png" for lesion in LESIONS),
    "overlay.jpg",
    "evidence.png",
)


def write_pictures(
    folder: pathlib.Path, pictures: Mapping[str, np.ndarray]
) -> None:
    """Writes the pictures of one photograph.

    Args:
        folder: The folder to write; it need not exist.
        pictures: Picture by its name in `RESULT_FILES`.

    Raises:
        OSError: A file cannot be written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for name in RESULT_FILES:
        write_picture(folder / name, pictures[name])


def save_pictures(
    folder: str | os.PathLike[str], pictures: Mapping[str, np.ndarray]
) -> None:
    """Writes the pictures of one photograph, all of them or none.

    Args:
        folder: The folder to write. One that holds nothing but such pictures
            is replaced.
        pictures: Picture by its name in `RESULT_FILES`.

    Raises:
        UserError: The folder holds other files, or cannot be written.
    """
    foreign = _foreign_file(pathlib.Path(folder))
    if foreign is not None:
        raise UserError(
            f"{foreign} is not part of an earlier prediction and would be "
            "lost; name another folder",
            argument="folder",
        )
    with staged_folder(folder, "folder") as staged:
        write_pictures(staged, pictures)


def _foreign_file(folder: pathlib.Path) -> pathlib.Path | None:
    """The first thing in a folder that `write_pictures` does not write."""
    if not folder.exists():
        return None
    if not folder.is_dir():
        return folder
    foreign = {entry.name for entry in folder.iterdir()} - set(RESULT_FILES)
    return folder / min(foreign) if foreign else None


def unique_folder(stem: str, taken: set[str]) -> str:
    """Returns a folder name that no other photograph has.

    Args:
        stem: The photograph's file name without its suffix.
        taken: Names in use, in lower case because some file systems ignore
            case; the new name is added.

    Returns:
        The stem without dots and blanks at its ends, numbered if it is taken.

    Example:
    >>> taken = set()
    >>> unique_folder("eye", taken), unique_folder("Eye", taken)
    ('eye', 'Eye-2')
    """
    # A file "..jpg" has the stem ".", which is no name for a folder.
    stem = stem.strip(". ") or "photograph"
    name, count = stem, 1
    while name.lower() in taken:
        count += 1
        name = f"{stem}-{count}"
    taken.add(name.lower())
    return name


def foreign_entry(output: pathlib.Path) -> pathlib.Path | None:
    """Finds what an earlier prediction did not write in a folder.

    Args:
        output: The folder; it need not exist.

    Returns:
        The first such file or folder; None if everything may be replaced.
    """
    if not output.exists():
        return None
    if not output.is_dir():
        return output
    folders = _folders_of(output / TABLE_FILE)
    for entry in sorted(output.iterdir()):
        if entry.name in folders and entry.is_dir():
            foreign = _foreign_file(entry)
            if foreign:
                return foreign
        elif entry.name not in (TABLE_FILE, REPORT_FILE):
            return entry
    return None


def _folders_of(table: pathlib.Path) -> set[str]:
    """The folders that an earlier prediction's table lists."""
    try:
        with table.open(encoding="utf-8", newline="") as file:
            return {row.get("folder") or "" for row in csv.DictReader(file)}
    except (OSError, ValueError, csv.Error):
        return set()
