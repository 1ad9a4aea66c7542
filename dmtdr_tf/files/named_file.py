"""Finds the file that a table means, also under another spelling."""

import functools
import os
import pathlib
import unicodedata
from collections.abc import Callable

__all__ = ["find_file", "is_inside", "why_missing"]


def find_file(folder: str | os.PathLike[str], name: str) -> pathlib.Path:
    """Finds a file by the name that a table gives it.

    One name has two forms in Unicode: an accent may be a character of its
    own. Tables and disks often differ in the form, so either finds the file.

    Args:
        folder: The folder that the name is relative to.
        name: The name, possibly with folders.

    Returns:
        The file; where there is none, the path that the name stands for.

    Example:
    >>> find_file("clinic", "p1/left.jpg").as_posix()
    'clinic/p1/left.jpg'
    """
    path = pathlib.Path(folder)
    for part in pathlib.Path(name).parts:
        path = path / part
        if not part.isascii() and not os.path.exists(path):
            same = _matches(path, _form)
            path = same[0] if len(same) == 1 else path
    return path


def is_inside(folder: str | os.PathLike[str], path: pathlib.Path) -> bool:
    """Returns whether a path lies in a folder; links are not followed.

    Args:
        folder: The folder.
        path: The path, absolute or relative to the working directory.
    """
    absolute = pathlib.Path(os.path.abspath(path))
    return absolute.is_relative_to(os.path.abspath(folder))


def why_missing(path: pathlib.Path) -> str:
    """Says why a path names no file, with the name that may be meant.

    Args:
        path: The path.

    Returns:
        A clause such as `"no such file; the folder has 'A.JPG'"`; empty if it
        is a file.
    """
    # Unlike pathlib's, these accept names that no disk does.
    if os.path.isfile(path):
        return ""
    if os.path.isdir(path):
        return "a folder, not a file"
    if os.path.exists(path):
        return "not a regular file"
    if os.path.islink(path):
        return "a link to a file that does not exist"
    if "\\" in path.name:
        return r"no such file; write / instead of \ between folders"
    close = _matches(path, lambda name: _form(name).casefold())
    hint = f"; the folder has {close[0].name!r}" if close else ""
    return f"no such file{hint}"


def _form(name: str) -> str:
    return unicodedata.normalize("NFC", name)


def _matches(
    path: pathlib.Path, key: Callable[[str], str]
) -> list[pathlib.Path]:
    """Returns the files beside a path whose names have the same key."""
    try:
        names = _names(str(path.parent), path.parent.stat().st_mtime_ns)
    except (OSError, ValueError):
        return []
    same = [name for name in names if key(name) == key(path.name)]
    return [path.parent / name for name in same]


@functools.lru_cache(maxsize=4)
def _names(folder: str, changed: int) -> list[str]:
    """Returns the names in a folder, read again when it has changed."""
    return sorted(os.listdir(folder))
