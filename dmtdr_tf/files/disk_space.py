"""Checks that a disk has room before a large file is begun."""

import os
import pathlib
import shutil

from dmtdr_tf.files.errors import UserError

__all__ = ["require_space"]


def require_space(path: str | os.PathLike[str], needed: int) -> None:
    """Refuses a file that its disk has no room for.

    HDF5 ends the whole process, without a readable message, when the disk
    fills up while it writes.

    Args:
        path: The file to be written; its folder must exist.
        needed: Its size in bytes.

    Raises:
        UserError: The disk has less free space.

    Example:
    >>> require_space("checkpoint.h5", 1000)
    """
    free = shutil.disk_usage(pathlib.Path(path).parent).free
    if free < needed:
        raise UserError(
            f"{path}: no space left: the file takes {needed / 1e6:.0f} MB and "
            f"{free / 1e6:.0f} MB are free; free some space and repeat the "
            "command to resume"
        )
