"""Whose eye a photograph shows, and when it was taken."""

import dataclasses
import datetime
import os
import pathlib
import re
from collections.abc import Mapping

from dmtdr_tf.files.named_file import find_file
from dmtdr_tf.files.table import read_table

__all__ = ["Origin", "origin_in_name", "read_origins"]

COLUMNS = ("patient", "eye", "date")
_EYES = {
    "left": "left",
    "right": "right",
    # Oculus sinister and dexter; left and right eye.
    "os": "left",
    "od": "right",
    "le": "left",
    "re": "right",
}
# A number, which may say that it is a patient's, and an eye, as EyePACS and
# cameras write them. Anything else in the name could mean something else.
_NAME = re.compile(
    r"(?P<patient>(?:p|pt|pat|patient)?[0-9]+)"
    r"(?:[_-](?P<before>[0-9]{4}-[0-9]{2}-[0-9]{2}))?"
    rf"[_-](?P<eye>{'|'.join(_EYES)})"
    r"(?:[_-](?P<after>[0-9]{4}-[0-9]{2}-[0-9]{2}))?",
    re.IGNORECASE,
)


@dataclasses.dataclass(frozen=True)
class Origin:
    """Whose eye a photograph shows, and when it was taken.

    Args:
        patient: The patient; empty if unknown, as the others.
        eye: `"left"` or `"right"`, or what a table says.
        date: As `YYYY-MM-DD`, or what a table says.
    """

    patient: str = ""
    eye: str = ""
    date: str = ""


def origin_in_name(path: str | os.PathLike[str]) -> Origin:
    """Reads patient, eye and date from a file's name, if it is unmistakable.

    The whole name must be a patient's number, an eye and perhaps a date, such
    as `10_left.jpeg` or `P123_OD_2024-05-01.jpg`. A number alone is not taken
    for a patient: in many data sets it is the photograph's.

    Args:
        path: The file.

    Returns:
        What the name says; empty if it says nothing for certain.

    Example:
    >>> origin_in_name("P123_OD_2024-05-01.jpg")
    Origin(patient='P123', eye='right', date='2024-05-01')
    >>> origin_in_name("IDRiD_01.jpg")
    Origin(patient='', eye='', date='')
    """
    match = _NAME.fullmatch(pathlib.PurePath(path).stem)
    if not match or (match["before"] and match["after"]):
        return Origin()
    date = match["before"] or match["after"] or ""
    try:
        datetime.date.fromisoformat(date or "2000-01-01")
    except ValueError:
        return Origin()
    return Origin(match["patient"], _EYES[match["eye"].lower()], date)


def read_origins(
    path: str | os.PathLike[str],
) -> Mapping[pathlib.Path, Origin]:
    """Reads a table of photographs with patient, eye and date.

    Args:
        path: A CSV file with the column `photograph`, a path relative to the
            table, and any of `patient`, `eye` and `date`; other columns are
            ignored.

    Returns:
        Origin by the file's resolved path.

    Raises:
        UserError: There is no such table, or one of its lines is wrong. The
            message names the line and says what to do.
    """
    folder = pathlib.Path(path).parent
    origins: dict[pathlib.Path, Origin] = {}
    lines: dict[pathlib.Path, int] = {}
    for row in read_table(path, ["photograph"]):
        name = row.get("photograph")
        if not name:
            raise row.error("the cell of the column 'photograph' is empty")
        file = pathlib.Path(os.path.realpath(find_file(folder, name)))
        if file in lines:
            raise row.error(
                f"{name!r} is in line {lines[file]} too; keep one of them"
            )
        lines[file] = row.line
        given = {column: row.get(column) for column in COLUMNS}
        given["eye"] = _EYES.get(given["eye"].lower(), given["eye"])
        origins[file] = Origin(**given)
    return origins
