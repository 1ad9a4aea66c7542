"""Locks that the operating system releases when their process ends."""

import contextlib
import os
import pathlib
import socket
from collections.abc import Callable, Iterator

import filelock

from dmtdr_tf.files.errors import UserError

__all__ = ["process_lock"]


@contextlib.contextmanager
def process_lock(
    path: pathlib.Path, refusal: Callable[[str], UserError]
) -> Iterator[None]:
    """Holds a lock inside the `with` block.

    The lock is released when its process ends, however that happens; the file
    stays and means nothing by itself.

    Args:
        path: The lock's file; its folder must exist.
        refusal: Makes the error from the name of the process that holds the
            lock.

    Yields:
        Nothing.

    Raises:
        UserError: From `refusal`: another process holds the lock.
        OSError: The lock's file cannot be written.
    """
    lock = filelock.FileLock(path, timeout=0)
    try:
        lock.acquire()
    except filelock.Timeout:
        raise refusal(_owner(path)) from None
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
