"""Logs the metrics of every epoch as JSON lines."""

import json
import pathlib
import time
from typing import Any

import keras
import numpy as np

from dmtdr_tf.files.whole_file import write_text
from dmtdr_tf.training.journal import read_journal
from dmtdr_tf.training.step_axis import StepAxis

__all__ = ["MetricsLog"]


class MetricsLog(keras.callbacks.Callback):
    """Appends one JSON line per epoch: phase, epoch, step, seconds, all logs.

    Args:
        path: The file. Lines of this phase after `initial_epoch`, left behind
            by a run that was killed, are removed.
        phase: Name of the phase, written in every line.
        initial_epoch: Number of completed epochs.
        axis: The phase's place on the axis of steps.
    """

    def __init__(
        self,
        path: pathlib.Path,
        phase: str,
        initial_epoch: int,
        axis: StepAxis | None = None,
    ) -> None:
        super().__init__()
        self.path = path
        self.phase = phase
        self._axis = axis
        if path.exists():
            kept = [
                row
                for row in read_journal(path)
                if row["phase"] != phase or row["epoch"] <= initial_epoch
            ]
            write_text(path, "".join(json.dumps(row) + "\n" for row in kept))

    def on_epoch_begin(
        self, epoch: int, logs: dict[str, Any] | None = None
    ) -> None:
        self._start = time.monotonic()

    def on_epoch_end(
        self, epoch: int, logs: dict[str, Any] | None = None
    ) -> None:
        row: dict[str, Any] = {
            "phase": self.phase,
            "epoch": epoch + 1,
            "seconds": round(time.monotonic() - self._start, 2),
        }
        if self._axis:
            row["step"] = self._axis.after(epoch + 1)
        row.update({k: _number(v) for k, v in (logs or {}).items()})
        with self.path.open("a") as file:
            file.write(json.dumps(row) + "\n")


def _number(value: Any) -> float | None:
    """Returns a JSON number; null for NaN and infinity."""
    number = float(value)
    return number if np.isfinite(number) else None
