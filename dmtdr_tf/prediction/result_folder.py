"""The files that a prediction writes."""

import os
import pathlib
import re
from collections.abc import Mapping

import numpy as np

from dmtdr_tf.drawing.pictures import write_picture
from dmtdr_tf.files.errors import UserError
from dmtdr_tf.files.names import printable
from dmtdr_tf.files.staged_folder import staged_folder
from dmtdr_tf.prediction.earlier_prediction import (
    REPORT_FILE,
    RESULT_FILES,
    TABLE_FILE,
    foreign_entry,
    foreign_file,
)

__all__ = [
    "REPORT_FILE",
    "RESULT_FILES",
    "TABLE_FILE",
    "foreign_entry",
    "save_pictures",
    "unique_folder",
    "write_pictures",
]
# Not allowed in names of some systems, or a sign of a path.
_NO_NAME = re.compile(r'[\\/:*?"<>|]')
# A spreadsheet takes a cell for a formula that begins with one of these.
_FORMULA = "=+-@'"
_LONGEST_NAME = 200


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
    foreign = foreign_file(pathlib.Path(folder))
    if foreign is not None:
        raise UserError(
            f"{foreign} is not part of an earlier prediction and would be "
            "lost; name another folder",
            argument="folder",
        )
    with staged_folder(folder, "folder") as staged:
        write_pictures(staged, pictures)


def unique_folder(stem: str, taken: set[str]) -> str:
    """Returns a folder name that no other photograph has.

    Args:
        stem: The photograph's file name without its suffix.
        taken: Names in use, in lower case because some file systems ignore
            case; the new name is added.

    Returns:
        The stem without dots and blanks at its ends, numbered if it is taken.
        Characters without a shape, those that some systems forbid, and a
        first one that would begin a formula are replaced; a long name is
        cut.

    Example:
    >>> taken = set()
    >>> unique_folder("eye", taken), unique_folder("Eye", taken)
    ('eye', 'Eye-2')
    """
    stem = _NO_NAME.sub("_", printable(stem))
    if stem.startswith(tuple(_FORMULA)):
        stem = f"_{stem[1:]}"
    # A few bytes of the 255 that a name may have remain for a number.
    stem = stem.encode()[:_LONGEST_NAME].decode("utf-8", "ignore")
    # A file "..jpg" has the stem ".", which is no name for a folder.
    stem = stem.strip(". ") or "photograph"
    name, count = stem, 1
    while name.lower() in taken:
        count += 1
        name = f"{stem}-{count}"
    taken.add(name.lower())
    return name
