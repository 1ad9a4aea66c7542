"""Checks that a downloaded data set has its official layout and counts."""

import collections
import pathlib
from collections.abc import Iterable, Mapping, Sequence

from dmtdr_tf.files.errors import UserError
from dmtdr_tf_datasets.console import notify

__all__ = [
    "Published",
    "expect_folder",
    "find_root",
    "list_files",
    "one_folder_deeper",
    "refuse_misplaced",
    "warn_about_counts",
]

# Published counts: split, or several joined by "+", to what is counted
# ("photographs", "grade 0", "grade unknown") to the number.
Published = Mapping[str, Mapping[str, int]]


def find_root(
    manual_dir: pathlib.Path,
    names: Sequence[str],
    parts: Sequence[str],
    dataset: str,
    expected: str,
) -> pathlib.Path:
    """Finds a data set's folder in the folder that the user gave.

    Args:
        manual_dir: The folder that the user gave.
        names: Folders in it that may be the data set's; `""` is itself.
        parts: Folders of which the data set's folder has at least one.
        dataset: Name of the data set, for messages.
        expected: Contents of the data set's folder, for messages.

    Returns:
        The data set's folder.

    Raises:
        UserError: There is none, or the archives were not unpacked.
    """
    for name in names:
        root = manual_dir / name
        if any((root / part).is_dir() for part in parts):
            return root
    refuse_misplaced(manual_dir, parts, dataset)
    archives = sorted(manual_dir.glob("*.zip*"))
    if archives:
        raise UserError(f"{archives[0]}: an archive; unpack {dataset} first")
    raise UserError(f"{manual_dir}: expected {expected}")


def refuse_misplaced(
    manual_dir: pathlib.Path, parts: Sequence[str], dataset: str
) -> None:
    """Says so if the data set is one folder above or below the one given.

    Args:
        manual_dir: The folder that the user gave; it is not the data set's.
        parts: Folders of which the data set's folder has at least one.
        dataset: Name of the data set, for messages.

    Raises:
        UserError: The message names the folder to give.
    """
    nested = [
        folder
        for folder in _subfolders(manual_dir)
        if any((folder / part).is_dir() for part in parts)
    ]
    if nested:
        raise UserError(
            f"{manual_dir}: {dataset} is one folder deeper; give {nested[0]}"
        )
    if manual_dir.name in parts:
        raise UserError(
            f"{manual_dir}: a part of {dataset}; give the folder above, "
            f"{manual_dir.absolute().parent}"
        )


def expect_folder(folder: pathlib.Path, dataset: str) -> pathlib.Path:
    """Returns a folder of the official layout.

    Args:
        folder: The folder.
        dataset: Name of the data set, for the message.

    Returns:
        The folder.

    Raises:
        UserError: There is no such folder.
    """
    if folder.is_dir():
        return folder
    deeper = one_folder_deeper(folder)
    if deeper:
        raise _too_deep(deeper.parent, folder.parent, dataset)
    raise UserError(
        f"{folder}: no such folder; the official {dataset} layout has one"
    )


def list_files(
    folder: pathlib.Path, suffixes: Sequence[str], dataset: str
) -> list[pathlib.Path]:
    """Lists the files in a folder of the official layout.

    Args:
        folder: The folder; it must exist.
        suffixes: Their suffixes in lower case, such as `".jpg"`.
        dataset: Name of the data set, for the message.

    Returns:
        The files in the order of their names.

    Raises:
        UserError: There are none, but a folder in it has some.
    """
    files = _files(folder, suffixes)
    for deeper in () if files else _subfolders(folder):
        if _files(deeper, suffixes):
            raise _too_deep(deeper, folder, dataset)
    return files


def one_folder_deeper(path: pathlib.Path) -> pathlib.Path | None:
    """Finds what a path names, inside a folder next to it.

    Args:
        path: A file or a folder that does not exist.

    Returns:
        The first file or folder of that name; None if there is none.
    """
    for folder in _subfolders(path.parent):
        if (folder / path.name).exists():
            return folder / path.name
    return None


def _too_deep(
    deeper: pathlib.Path, folder: pathlib.Path, dataset: str
) -> UserError:
    return UserError(
        f"{deeper}: {dataset}'s files are one folder too deep; move them up "
        f"into {folder}"
    )


def _files(folder: pathlib.Path, suffixes: Sequence[str]) -> list[pathlib.Path]:
    return sorted(
        path
        for path in folder.iterdir()
        # What macOS writes beside its files is no photograph.
        if path.suffix.lower() in suffixes and not path.name.startswith("._")
    )


def _subfolders(folder: pathlib.Path) -> list[pathlib.Path]:
    if not folder.is_dir():
        return []
    return sorted(path for path in folder.iterdir() if path.is_dir())


def warn_about_counts(
    dataset: str, splits: Iterable[str], published: Published
) -> None:
    """Prints where a split does not have the published number of photographs.

    Args:
        dataset: Name of the data set, for messages.
        splits: The split of every photograph.
        published: The published counts.
    """
    counts = collections.Counter(splits)
    for split, row in published.items():
        number = row.get("photographs", counts[split])
        if counts[split] != number:
            notify(
                f"{dataset}: warning: {counts[split]} photographs in split "
                f"{split!r}, {number} published ({counts[split] - number:+d})"
            )
