"""One line in the terminal for every epoch."""

import sys
import time
from typing import Any

import keras
from tqdm import tqdm

from dmtdr_tf.training.callbacks.resume import Resume

__all__ = ["EpochLine"]

_WIDTH = 120
# Name in the validation logs, and how it is written.
_FIGURES = (
    ("val_score", "score {:.3f}"),
    ("val_psnr", "PSNR {:.2f}"),
    ("val_bicubic_psnr", "(bicubic {:.2f})"),
    ("val_average_precision", "AP {:.3f}"),
    ("val_quadratic_kappa", "kappa {:.3f}"),
    ("val_accuracy", "accuracy {:.3f}"),
)


class EpochLine(keras.callbacks.Callback):
    """Prints the validation figures that matter after every epoch.

    A line has at most 120 columns; `metrics.jsonl` has all figures. In a
    terminal a bar shows the steps of the epoch.

    Args:
        epochs: Number of epochs of the phase.
        steps: Steps per epoch.
        resume: Knows the best score so far. List this callback before the one
            that saves the best weights.
    """

    def __init__(self, epochs: int, steps: int, resume: Resume) -> None:
        super().__init__()
        self._epochs = epochs
        self._steps = steps
        self._resume = resume

    def on_epoch_begin(
        self, epoch: int, logs: dict[str, Any] | None = None
    ) -> None:
        self._start = time.monotonic()
        self._bar = tqdm(
            total=self._steps,
            desc=f"  epoch {epoch + 1}/{self._epochs}",
            unit="step",
            leave=False,
            ncols=_WIDTH - 20,
            file=sys.stdout,
            disable=not sys.stdout.isatty(),
        )

    def on_train_batch_end(
        self, batch: int, logs: dict[str, Any] | None = None
    ) -> None:
        self._bar.update()

    def on_epoch_end(
        self, epoch: int, logs: dict[str, Any] | None = None
    ) -> None:
        self._bar.close()
        logs = logs or {}
        width = len(str(self._epochs))
        seconds = time.monotonic() - self._start
        figures = [
            text.format(float(logs[name]))
            for name, text in _FIGURES
            if name in logs
        ]
        if float(logs.get("val_score", float("nan"))) > self._resume.best:
            figures.append("best")
        line = "  ".join(
            [
                f"  epoch {epoch + 1:{width}}/{self._epochs}",
                f"{seconds:5.0f} s",
                *figures,
            ]
        )
        print(line[:_WIDTH], flush=True)
