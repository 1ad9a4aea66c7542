"""Stops a run that diverges."""

import pathlib
from typing import Any

import keras

from dmtdr_tf.files.errors import UserError

__all__ = ["DivergenceGuard"]


class DivergenceGuard(keras.callbacks.Callback):
    """Stops training after too many steps in a row without a finite loss.

    Args:
        limit: Number of steps in a row.
        checkpoint: The last good checkpoint, to name in the message.

    Raises:
        UserError: At the end of the last of these steps.
    """

    def __init__(self, limit: int, checkpoint: pathlib.Path) -> None:
        super().__init__()
        self.limit = limit
        self.checkpoint = checkpoint
        self._reported = 0

    def on_train_batch_end(
        self, batch: int, logs: dict[str, Any] | None = None
    ) -> None:
        if (logs or {}).get("bad_steps_in_a_row", 0) < self.limit:
            return
        kept = "no epoch was completed"
        if self.checkpoint.exists():
            kept = f"the last good weights are in {self.checkpoint}"
        raise UserError(
            f"training stopped: {self.limit} steps in a row had a loss or "
            f"gradient that is not finite; {kept}. Lower the learning rate or "
            "set the precision to float32"
        )

    def on_epoch_end(
        self, epoch: int, logs: dict[str, Any] | None = None
    ) -> None:
        bad = int((logs or {}).get("bad_steps", 0))
        if bad > self._reported:
            print(
                f"\nskipped {bad - self._reported} steps that were not finite"
            )
            self._reported = bad
