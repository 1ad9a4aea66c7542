"""Writes a folder completely or not at all."""

import contextlib
import os
import pathlib
import shutil
from collections.abc import Iterator

from dmtdr_tf.files.errors import UserError

__all__ = ["check_free", "staged_folder"]


@contextlib.contextmanager
def staged_folder(
    target: str | os.PathLike[str], argument: str = "output"
) -> Iterator[pathlib.Path]:
    """Yields a hidden folder next to the target and renames it at the end.

    An error inside the `with` block leaves the target unchanged and removes
    the hidden folder. An existing target is replaced; call `check_free`
    first where it must not be.

    Args:
        target: The folder to write.
        argument: The argument to name in an error.

    Yields:
        The folder to write to.

    Raises:
        UserError: The folder cannot be written, for example because the disk
            is full.

    Example:
    >>> import tempfile
    >>> report = pathlib.Path(tempfile.mkdtemp(), "report")
    >>> with staged_folder(report) as folder:
    ...     _ = (folder / "index.html").write_text("<p>Hello")
    >>> (report / "index.html").read_text()
    '<p>Hello'
    """
    target = pathlib.Path(target).absolute()
    partial = target.with_name(f".{target.name}.partial")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        # Left behind by a process that was killed.
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
        mark: The file that every export of this kind contains.
        kind: Name of the kind of export, such as "SavedModel".
        overwrite: Whether an earlier export may be replaced.

    Raises:
        UserError: The path is a file, the folder exists and `overwrite` is
            false, or it holds something else.
    """
    if not directory.exists():
        return
    if not directory.is_dir():
        raise UserError(
            f"{directory} is a file and is no {kind}; choose a folder",
            argument="output",
        )
    if not any(directory.iterdir()):
        return
    if not (directory / mark).is_file():
        raise UserError(
            f"{directory} exists and is no {kind}; choose another folder",
            argument="output",
        )
    if not overwrite:
        raise UserError(
            f"{directory} exists; set overwrite to replace it",
            argument="output",
        )


def _replace(partial: pathlib.Path, target: pathlib.Path) -> None:
    """Renames, keeping an existing target until the new one is in place."""
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
