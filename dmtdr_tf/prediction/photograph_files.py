"""The photographs that a command's arguments name."""

import glob
import os
import pathlib
import stat
from collections import Counter
from collections.abc import Callable, Sequence

from dmtdr_tf.files.errors import UserError

__all__ = ["check_named", "find_photographs"]

# What systems put into folders by themselves, besides macOS's `._*` files,
# which have the suffix of the photograph that they belong to.
_OF_THE_SYSTEM = {".ds_store", "thumbs.db", "desktop.ini", ".directory"}
_MOST_NAMES = 10


def find_photographs(
    names: Sequence[str],
    note: Callable[[str], None] = lambda line: None,
) -> list[pathlib.Path]:
    """Lists the files that the arguments name, each once.

    Args:
        names: Files, patterns such as `photos/*.jpg`, and folders whose files
            with a suffix of `PHOTOGRAPH_SUFFIXES` are taken in the order of their names.
            Subfolders are not searched.
        note: Called with a line about what is left out: files of a folder
            that are no photographs, subfolders, and files that are named
            more than once.

    Returns:
        The files. One that is named and missing, or is no regular file, is
        among them: reading it says what is wrong.

    Raises:
        UserError: A folder has no photograph or cannot be read, or a name is
            empty.
    """
    found: dict[str, pathlib.Path] = {}
    again = []
    for path in _paths(names):
        is_folder = os.path.isdir(path)
        for file in _photographs_in(path, note) if is_folder else [path]:
            real = os.path.realpath(file)
            if real in found:
                again.append(file)
            found.setdefault(real, file)
    if again:
        note(f"named more than once, taken once: {_listing(again)}")
    return list(found.values())


def check_named(files: Sequence[pathlib.Path]) -> None:
    """Refuses to start where none of the named files exists.

    Args:
        files: From `find_photographs`.

    Raises:
        UserError: None exists.
    """
    if files and not any(os.path.lexists(file) for file in files):
        more = f", nor do the {len(files) - 1} others" if files[1:] else ""
        raise UserError(f"{files[0]}: no such file{more}")


def _paths(names: Sequence[str]) -> list[pathlib.Path]:
    """The paths that names stand for, with patterns resolved."""
    paths = []
    for name in names:
        if not os.fspath(name):
            raise UserError("the name of a photograph is empty")
        if os.path.lexists(name) or not glob.has_magic(os.fspath(name)):
            paths.append(pathlib.Path(name))
            continue
        # Where nothing matches, the pattern is a file that is missing.
        matches = sorted(glob.glob(os.fspath(name))) or [name]
        paths.extend(pathlib.Path(match) for match in matches)
    return paths


def _photographs_in(
    folder: pathlib.Path, note: Callable[[str], None]
) -> list[pathlib.Path]:
    # Imports OpenCV and Pillow, which help and most mistakes do not need.
    from dmtdr_tf.preprocessing import PHOTOGRAPH_SUFFIXES as suffixes

    try:
        with os.scandir(folder) as entries:
            kinds = {
                folder / entry.name: _kind(entry, suffixes) for entry in entries
            }
    except OSError as error:
        raise UserError(f"{folder}: {error.strerror}") from None
    files = sorted(path for path, kind in kinds.items() if not kind)
    others = _others(kinds)
    if not files:
        raise UserError(
            f"{folder}: no photograph in this folder ({', '.join(suffixes)})"
            + (f"; it has {others}" if others else "")
        )
    if others:
        note(f"{folder}: left out: {others}")
    return files


def _kind(entry: os.DirEntry[str], suffixes: tuple[str, ...]) -> str:
    """Why a folder's entry is no photograph; empty if it may be one.

    Links to nothing, pipes and devices with the suffix of a photograph may be
    one: reading them says why they are not.
    """
    name = entry.name.lower()
    if name.startswith("._") or name in _OF_THE_SYSTEM:
        return "system"
    if _is_folder(entry):
        return "subfolder"
    return "" if name.endswith(suffixes) else "other"


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return stat.S_ISDIR(entry.stat().st_mode)
    except OSError:
        return False


def _others(kinds: dict[pathlib.Path, str]) -> str:
    """What a folder holds besides photographs, counted and named."""
    counts = Counter(kinds.values())
    parts = []
    for kind, one, many in (
        ("other", "file that is no photograph", "files that are no photograph"),
        ("subfolder", "subfolder", "subfolders"),
    ):
        if counts[kind]:
            paths = sorted(path for path in kinds if kinds[path] == kind)
            word = one if counts[kind] == 1 else many
            parts.append(f"{counts[kind]} {word} ({_listing(paths)})")
    if counts["system"]:
        parts.append(f"{counts['system']} of the system's own files")
    return ", ".join(parts)


def _listing(paths: Sequence[pathlib.Path]) -> str:
    names = [path.name for path in paths[:_MOST_NAMES]]
    more = len(paths) - len(names)
    return ", ".join(names) + (f" and {more} more" if more else "")
