"""Writes a folder completely or not at all."""

import contextlib
import json
import os
import pathlib
import shutil
import socket
import tempfile
from collections.abc import Iterator

from dmtdr_tf.files.errors import UserError

__all__ = ["check_free", "check_target", "staged_folder"]

# Beside the target lies `.dmtdr-XXXXXXXX.partial`, with this file in it, the
# new folder and, for the moment between two renames, the one it replaces.
_PREFIX, _SUFFIX = ".dmtdr-", ".partial"
_MARK, _NEW, _OLD = "of.json", "new", "old"


@contextlib.contextmanager
def staged_folder(
    target: str | os.PathLike[str], argument: str = "output"
) -> Iterator[pathlib.Path]:
    """Yields a hidden folder next to the target and renames it at the end.

    An error inside the `with` block leaves the target unchanged and removes
    the hidden folder. An existing target is replaced; call `check_free`
    first where it must not be. A target that is a link to a folder stays a
    link. What a killed process left behind is removed, and a target that it
    was about to replace is put back; other files next to the target are left
    alone, whatever their names.

    Args:
        target: The folder to write.
        argument: The argument to name in an error.

    Yields:
        The folder to write to.

    Raises:
        UserError: The folder cannot be written, for example because the disk
            is full, or must not be: see `check_target`.

    Example:
    >>> report = pathlib.Path(tempfile.mkdtemp(), "report")
    >>> with staged_folder(report) as folder:
    ...     _ = (folder / "index.html").write_text("<p>Hello")
    >>> (report / "index.html").read_text()
    '<p>Hello'
    """
    target = check_target(target, argument)
    work: pathlib.Path | None = None
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        _clean_up(target)
        work = _start(target)
        yield work / _NEW
        _replace(work, target)
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise UserError(
            f"{target} cannot be written ({reason})", argument=argument
        ) from None
    finally:
        if work is not None:
            _end(work, target)


def check_target(
    target: str | os.PathLike[str], argument: str = "output"
) -> pathlib.Path:
    """Refuses a folder that must never be replaced.

    Args:
        target: The folder to write; it need not exist.
        argument: The argument to name in an error.

    Returns:
        Its absolute path, without links.

    Raises:
        UserError: It is the root, the user's home, the current folder or one
            that holds it, a disk, a file, or a link to nothing.
    """
    path = pathlib.Path(os.path.realpath(target))
    if os.path.islink(target) and not path.exists():
        raise UserError(
            f"{os.fspath(target)} is a link to {os.fspath(path)}, which does "
            "not exist; name another folder",
            argument=argument,
        )
    if os.path.lexists(path) and not path.is_dir():
        raise UserError(
            f"{os.fspath(target)} is a file; name a folder", argument=argument
        )
    reason = ""
    if pathlib.Path.cwd().is_relative_to(path):
        reason = "is the current folder or holds it"
    elif pathlib.Path(os.path.realpath(os.path.expanduser("~"))) == path:
        reason = "is your home folder"
    elif os.path.ismount(path):
        reason = "is a whole disk"
    if reason:
        raise UserError(
            f"{os.fspath(target)} {reason}; name a new folder in it",
            argument=argument,
        )
    return path


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


def _start(target: pathlib.Path) -> pathlib.Path:
    """Makes the hidden folder and notes whose it is."""
    work = pathlib.Path(tempfile.mkdtemp(_SUFFIX, _PREFIX, target.parent))
    try:
        owner = {
            "target": os.fsencode(target.name).hex(),
            "process": os.getpid(),
            "host": socket.gethostname(),
        }
        (work / _MARK).write_text(json.dumps(owner), encoding="utf-8")
        (work / _NEW).mkdir()
    except BaseException:
        shutil.rmtree(work, ignore_errors=True)
        raise
    return work


def _replace(work: pathlib.Path, target: pathlib.Path) -> None:
    """Renames, keeping an existing target until the new one is in place.

    `_end` puts the target back after an error or an interruption in between.
    """
    if target.exists():
        target.rename(work / _OLD)
    (work / _NEW).rename(target)


def _end(work: pathlib.Path, target: pathlib.Path) -> None:
    """Puts back a target that nothing has replaced, and removes the rest."""
    old = work / _OLD
    if old.exists() and not target.exists():
        old.rename(target)
    shutil.rmtree(work, ignore_errors=True)


def _clean_up(target: pathlib.Path) -> None:
    """Ends what processes that were killed have begun for the same target."""
    for work in target.parent.glob(f"{_PREFIX}*{_SUFFIX}"):
        if _is_left_behind(work, target):
            _end(work, target)


def _is_left_behind(work: pathlib.Path, target: pathlib.Path) -> bool:
    """Whether no process writes this hidden folder of ours any longer."""
    try:
        owner = json.loads((work / _MARK).read_text(encoding="utf-8"))
        if owner["target"] != os.fsencode(target.name).hex():
            return False
        return owner["host"] == socket.gethostname() and not _is_running(
            int(owner["process"])
        )
    except (OSError, ValueError, KeyError, TypeError):
        return False


def _is_running(process: int) -> bool:
    if os.name != "posix":
        # There, the signal 0 would end it.
        return True
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except (OSError, OverflowError):
        return True
    return True
