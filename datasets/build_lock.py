"""Lets one process at a time build records, and clears up after killed ones."""

import contextlib
import os
import pathlib
import re
import shutil
from collections.abc import Iterator

from dmtdr_tf.files.errors import UserError
from dmtdr_tf.files.process_lock import process_lock
from dmtdr_tf_datasets.console import notify

__all__ = ["build_lock"]


@contextlib.contextmanager
def build_lock(data_dir: str | os.PathLike[str]) -> Iterator[None]:
    """Holds the lock of a data set's records inside the `with` block.

    TFDS writes records into a folder `incomplete.*` and renames it at the end.
    A process that is killed leaves that folder. Whoever holds the lock is the
    only one that builds these records, so all such folders are removed. Where
    the records exist, nothing is locked or removed: they may be on a disk that
    cannot be written.

    Args:
        data_dir: The folder of the records.

    Yields:
        Nothing.

    Raises:
        UserError: Another process is building these records.
        OSError: The lock's file cannot be written.
    """
    folder = pathlib.Path(data_dir)
    if folder.exists():
        yield
        return
    folder.parent.mkdir(parents=True, exist_ok=True)

    def refusal(owner: str) -> UserError:
        return UserError(
            f"{folder} is being prepared by another process ({owner}); wait "
            "until it ends, and repeat the command",
            argument="data_dir",
        )

    path = folder.with_name(f".{folder.name}.lock")
    with process_lock(path, refusal):
        _remove_incomplete(folder)
        yield
        if folder.exists():
            # Nobody locks records that exist.
            path.unlink()


def _remove_incomplete(folder: pathlib.Path) -> None:
    """Removes what killed builds of these records left."""
    # As TFDS names them.
    name = re.compile(rf"incomplete\.[A-Z0-9]{{6}}_{re.escape(folder.name)}")
    for path in sorted(folder.parent.iterdir()):
        if not name.fullmatch(path.name) or path.is_symlink():
            continue
        shutil.rmtree(path, ignore_errors=True)
        if path.exists():
            notify(f"{path}: left by a killed build; it cannot be removed")
        else:
            notify(f"{path}: left by a killed build; removed")
