"""A folder that is written whole or not at all."""

import contextlib
import os
import pathlib
import shutil
from collections.abc import Iterator

from dmtdr_tf.files.errors import UserError


@contextlib.contextmanager
def staged_folder(
    target: str | os.PathLike[str], argument: str = "output"
) -> Iterator[pathlib.Path]:
    """Gives a hidden folder beside the target, renamed to it at the end.

    An error inside the `with` leaves the target as it was and removes what
    was written. An existing target is replaced: ask before.

    Args:
        target: The folder to make.
        argument: The argument to name in an error.

    Yields:
        The folder to write to.

    Raises:
        UserError: The folder cannot be written: no permission, a full disk.

    Example:
    >>> with staged_folder("runs/demo/report") as folder:
    ...     (folder / "index.html").write_text("<p>Hello")
    """
    target = pathlib.Path(target).absolute()
    partial = target.with_name(f".{target.name}.partial")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        # Left by a run that was killed.
        shutil.rmtree(partial, ignore_errors=True)
        partial.mkdir()
        yield partial
        _replace(partial, target)
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise UserError(
            f"{target} cannot be written ({reason})", argument=argument
        ) from None
    finally:
        shutil.rmtree(partial, ignore_errors=True)


def check_free(
    directory: pathlib.Path, mark: str, kind: str, overwrite: bool
) -> None:
    """Refuses a folder that must not be replaced.

    Args:
        directory: The folder to write.
        mark: The file in it that shows an earlier export.
        kind: What such an export is called: "SavedModel".
        overwrite: Whether an earlier export may be replaced.

    Raises:
        UserError: It is a file, it exists and `overwrite` is not given, or it
            holds something else.
    """
    if not directory.exists():
        return
    if not directory.is_dir():
        raise UserError(
            f"{directory} is a file and is no {kind}; name a folder",
            argument="output",
        )
    if not any(directory.iterdir()):
        return
    if not (directory / mark).is_file():
        raise UserError(
            f"{directory} exists and is no {kind}; name another folder",
            argument="output",
        )
    if not overwrite:
        raise UserError(
            f"{directory} exists; give --overwrite to replace it",
            argument="output",
        )


def _replace(partial: pathlib.Path, target: pathlib.Path) -> None:
    """Renames, keeping an existing target until the new one is there."""
    if not target.exists():
        partial.rename(target)
        return
    old = target.with_name(f".{target.name}.old")
    shutil.rmtree(old, ignore_errors=True)
    target.rename(old)
    try:
        partial.rename(target)
    except OSError:
        old.rename(target)
        raise
    shutil.rmtree(old, ignore_errors=True)
