"""Checks that a downloaded data set has its official layout and counts."""

import collections
import pathlib
from collections.abc import Iterable, Mapping, Sequence

from dmtdr_tf.files.errors import UserError
from dmtdr_tf_datasets.console import notify

__all__ = ["Published", "expect_folder", "find_root", "warn_about_counts"]

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
    archives = sorted(manual_dir.glob("*.zip*"))
    if archives:
        raise UserError(f"{archives[0]}: an archive; unpack {dataset} first")
    raise UserError(f"{manual_dir}: expected {expected}")


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
    if not folder.is_dir():
        raise UserError(
            f"{folder}: no such folder; the official {dataset} layout has one"
        )
    return folder


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
