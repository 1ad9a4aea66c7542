"""Keeps a second training out of a run's folder."""

import contextlib
import os
import pathlib
import socket
from collections.abc import Iterator

import filelock

from dmtdr_tf.files.errors import UserError

__all__ = ["training_lock"]

_NAME = ".training.lock"


@contextlib.contextmanager
def training_lock(workdir: pathlib.Path) -> Iterator[None]:
    """Holds the lock of a run's folder inside the `with` block.

    The operating system releases the lock when its process ends, however that
    happens; the file stays and means nothing by itself.

    Args:
        workdir: The run's folder; it must exist.

    Yields:
        Nothing.

    Raises:
        UserError: Another training holds the lock.
        OSError: The lock's file cannot be written.
    """
    path = workdir / _NAME
    lock = filelock.FileLock(path, timeout=0)
    try:
        lock.acquire()
    except filelock.Timeout:
        raise UserError(
            f"{workdir} is in use by another training ({_owner(path)}); wait "
            "until it ends, or choose another workdir",
            argument="workdir",
        ) from None
    try:
        path.write_text(f"process {os.getpid()} on {socket.gethostname()}")
        yield
    finally:
        lock.release()


def _owner(path: pathlib.Path) -> str:
    """Returns the process that the file names."""
    try:
        text = path.read_text("utf-8", "replace")[:80]
    except OSError:
        text = ""
    return text if text.isprintable() and text else "unknown process"
