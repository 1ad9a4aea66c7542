"""What an earlier prediction wrote, and what it did not."""

import csv
import os
import pathlib

from dmtdr_tf.files.errors import UserError
from dmtdr_tf.files.names import plain_cell
from dmtdr_tf.files.staged_folder import check_target
from dmtdr_tf.labels import LESIONS

__all__ = [
    "REPORT_FILE",
    "RESULT_FILES",
    "TABLE_FILE",
    "check_replaceable",
    "foreign_entry",
    "foreign_file",
]

TABLE_FILE = "predictions.csv"
REPORT_FILE = "index.html"
RESULT_FILES = (
    "super_resolution.png",
    *(f"lesions_{lesion}.png" for lesion in LESIONS),
    "overlay.jpg",
    "evidence.png",
)


def foreign_file(folder: pathlib.Path) -> pathlib.Path | None:
    """Finds what is no picture of a prediction in a photograph's folder.

    Args:
        folder: The folder; it need not exist.

    Returns:
        The first such file or folder; None if everything may be replaced.
    """
    if not folder.exists():
        return None
    if not folder.is_dir():
        return folder
    foreign = {entry.name for entry in folder.iterdir()} - set(RESULT_FILES)
    return folder / min(foreign) if foreign else None


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
            foreign = foreign_file(entry)
            if foreign:
                return foreign
        elif entry.name not in (TABLE_FILE, REPORT_FILE):
            return entry
    return None


def _folders_of(table: pathlib.Path) -> set[str]:
    """The folders that an earlier prediction's table lists."""
    try:
        with table.open(encoding="utf-8", newline="") as file:
            return {
                plain_cell(row.get("folder") or "")
                for row in csv.DictReader(file)
            }
    except (OSError, ValueError, csv.Error):
        return set()


def check_replaceable(
    output: str | os.PathLike[str], argument: str = "output"
) -> pathlib.Path:
    """Refuses a folder that holds what no earlier prediction wrote.

    Args:
        output: The folder to write; it need not exist.
        argument: The argument to name in an error.

    Returns:
        The folder's absolute path.

    Raises:
        UserError: The folder holds other files, or must never be replaced.
    """
    path = pathlib.Path(output).absolute()
    if not path.is_dir():
        # The message of a foreign file would name it, and not say what it is.
        check_target(path, argument)
        return path
    try:
        foreign = foreign_entry(path)
    except OSError as error:
        raise UserError(
            f"{path} cannot be read ({error.strerror})", argument=argument
        ) from None
    if foreign is not None:
        raise UserError(
            f"{foreign} is not part of an earlier prediction and would be "
            "lost; name another folder",
            argument=argument,
        )
    check_target(path, argument)
    return path
