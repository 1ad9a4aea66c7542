"""The photographs that a command's arguments name."""

import pathlib
from collections.abc import Sequence

from dmtdr_tf.files.errors import UserError

__all__ = ["SUFFIXES", "find_photographs"]

SUFFIXES = (".jpg", ".jpeg", ".png", ".tif", ".tiff")


def find_photographs(names: Sequence[str]) -> list[pathlib.Path]:
    """Lists the files that the arguments name, each once.

    Args:
        names: Files, and folders whose JPEG, PNG and TIFF files are taken in
            the order of their names.

    Returns:
        The files. One that is named and missing is among them.

    Raises:
        UserError: A folder has no photograph or cannot be read.
    """
    found: dict[pathlib.Path, pathlib.Path] = {}
    for name in names:
        path = pathlib.Path(name)
        for file in _photographs_in(path) if path.is_dir() else [path]:
            found.setdefault(file.resolve(), file)
    return list(found.values())


def _photographs_in(folder: pathlib.Path) -> list[pathlib.Path]:
    try:
        files = sorted(
            file
            for file in folder.iterdir()
            if file.suffix.lower() in SUFFIXES and file.is_file()
        )
    except OSError as error:
        raise UserError(f"{folder}: {error.strerror}") from None
    if not files:
        raise UserError(
            f"{folder}: no photograph in this folder ({', '.join(SUFFIXES)})"
        )
    return files
