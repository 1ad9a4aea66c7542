"""Keeps a second training out of a run's folder."""

import contextlib
import pathlib
from collections.abc import Iterator

from dmtdr_tf.files.errors import UserError
from dmtdr_tf.files.process_lock import process_lock

__all__ = ["training_lock"]

_NAME = ".training.lock"


@contextlib.contextmanager
def training_lock(workdir: pathlib.Path) -> Iterator[None]:
    """Holds the lock of a run's folder inside the `with` block.

    Args:
        workdir: The run's folder; it must exist.

    Yields:
        Nothing.

    Raises:
        UserError: Another training holds the lock.
        OSError: The lock's file cannot be written.
    """

    def refusal(owner: str) -> UserError:
        return UserError(
            f"{workdir} is in use by another training ({owner}); wait "
            "until it ends, or choose another workdir",
            argument="workdir",
        )

    with process_lock(workdir / _NAME, refusal):
        yield
