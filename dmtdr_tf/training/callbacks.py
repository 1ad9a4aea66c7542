"""Callbacks: resume, best checkpoint, metrics as JSON lines, divergence."""

import json
import os
import pathlib
import shutil
import time
from collections.abc import Sequence
from typing import Any
from zipfile import BadZipFile

import keras
import numpy as np

from dmtdr_tf.files.errors import UserError


class Resume(keras.callbacks.Callback):
    """Keeps a run's whole state, so that a killed run goes on.

    After every epoch the weights, the optimiser's and the random generators'
    state, the epoch's number and the best score so far are written to one
    file, whole or not at all.

    Args:
        path: The file.

    Attributes:
        epoch: Completed epochs.
        best: Best score so far; `-inf` before the first.
    """

    def __init__(self, path: pathlib.Path):
        super().__init__()
        self.path = path
        self.epoch = 0
        self.best = -np.inf

    def restore(self, model: keras.Model) -> bool:
        """Restores the state, if there is one.

        Args:
            model: A compiled model, its optimiser built.

        Returns:
            Whether there was a state.

        Raises:
            UserError: The file is damaged or of another model.
        """
        if not self.path.exists():
            return False
        variables = _state(model)
        try:
            with np.load(self.path) as saved:
                values = [saved[f"v{i}"] for i in range(len(variables))]
                self.epoch, self.best = (
                    int(saved["epoch"]),
                    float(saved["best"]),
                )
            for variable, value in zip(variables, values, strict=True):
                variable.assign(value)
        except (OSError, EOFError, ValueError, KeyError, BadZipFile) as error:
            raise UserError(
                f"{self.path}: cannot be resumed from ({error}); delete it to "
                "train this phase from its start"
            ) from None
        return True

    def on_train_begin(self, logs=None):
        # Now, not at the end of a first epoch that would be lost.
        _need_space(self.path, [*_state(self.model), *self.model.variables])

    def on_epoch_end(self, epoch, logs=None):
        self.epoch = epoch + 1
        _need_space(self.path, _state(self.model))
        values: dict[str, Any] = {
            f"v{i}": np.asarray(v) for i, v in enumerate(_state(self.model))
        }
        partial = self.path.with_suffix(".partial.npz")
        np.savez(partial, epoch=self.epoch, best=self.best, **values)
        os.replace(partial, self.path)


def _state(model: keras.Model) -> list[keras.Variable]:
    """Everything that training changes, in a fixed order."""
    return [*model.variables, *model.optimizer.variables]


def _need_space(path: pathlib.Path, values: Sequence[keras.Variable]) -> None:
    """Refuses to begin a file that the disk cannot hold.

    HDF5 ends the process when a disk fills up under it, and leaves no line
    that a person can read.
    """
    needed = sum(4 * int(np.prod(v.shape)) for v in values) + 2_000_000
    free = shutil.disk_usage(path.parent).free
    if free < needed:
        raise UserError(
            f"{path}: no space left: it takes {needed / 1e6:.0f} MB and "
            f"{free / 1e6:.0f} MB are free; make room, and the same command "
            "goes on from its last completed epoch"
        )


class BestCheckpoint(keras.callbacks.Callback):
    """Keeps the weights of the epoch with the best validation score.

    Args:
        path: The weights' file.
        resume: Remembers the best score; goes before it in the list.
        monitor: The log that is compared; larger is better.
    """

    def __init__(
        self, path: pathlib.Path, resume: Resume, monitor: str = "val_score"
    ):
        super().__init__()
        self.path = path
        self.resume = resume
        self.monitor = monitor

    def on_epoch_end(self, epoch, logs=None):
        score = float((logs or {})[self.monitor])
        # Not `score <= best`: false for NaN, which would then be the best.
        if not score > self.resume.best and self.path.exists():
            return
        self.resume.best = score if np.isfinite(score) else -np.inf
        _need_space(self.path, self.model.variables)
        partial = self.path.with_name("partial.weights.h5")
        self.model.save_weights(partial)
        os.replace(partial, self.path)


class MetricsLog(keras.callbacks.Callback):
    """Appends one JSON line per epoch: phase, epoch, seconds and all logs.

    Args:
        path: The file. Lines of this phase from `initial_epoch` on, left by a
            run that was killed, are dropped.
        phase: Written in every line.
        initial_epoch: Completed epochs.
    """

    def __init__(self, path: pathlib.Path, phase: str, initial_epoch: int):
        super().__init__()
        self.path = path
        self.phase = phase
        if path.exists():
            kept = [
                line
                for line in path.read_text().splitlines()
                if not _is_later(line, phase, initial_epoch)
            ]
            partial = path.with_suffix(".partial")
            partial.write_text("".join(line + "\n" for line in kept))
            os.replace(partial, path)

    def on_epoch_begin(self, epoch, logs=None):
        self._start = time.monotonic()

    def on_epoch_end(self, epoch, logs=None):
        row: dict[str, Any] = {
            "phase": self.phase,
            "epoch": epoch + 1,
            "seconds": round(time.monotonic() - self._start, 2),
        }
        row.update({k: _number(v) for k, v in (logs or {}).items()})
        with self.path.open("a") as file:
            file.write(json.dumps(row) + "\n")


def _is_later(line: str, phase: str, initial_epoch: int) -> bool:
    """Tells lines to drop: of a later epoch of this phase, or torn."""
    try:
        row = json.loads(line)
    except ValueError:
        return True
    return row["phase"] == phase and row["epoch"] > initial_epoch


def _number(value: Any) -> float | None:
    """A JSON number; what is not finite becomes null."""
    number = float(value)
    return number if np.isfinite(number) else None


class DivergenceGuard(keras.callbacks.Callback):
    """Ends a run after too many steps in a row without a finite loss.

    Args:
        limit: Steps in a row.
        checkpoint: The last good checkpoint, named in the message.
    """

    def __init__(self, limit: int, checkpoint: pathlib.Path):
        super().__init__()
        self.limit = limit
        self.checkpoint = checkpoint
        self._reported = 0

    def on_train_batch_end(self, batch, logs=None):
        logs = logs or {}
        if logs.get("bad_steps_in_a_row", 0) >= self.limit:
            kept = (
                f"the last good weights are in {self.checkpoint}"
                if self.checkpoint.exists()
                else "no epoch was completed"
            )
            raise UserError(
                f"training stopped: {self.limit} steps in a row had a loss or "
                f"gradient that is not finite; {kept}. Lower the learning "
                "rate or use --precision float32"
            )

    def on_epoch_end(self, epoch, logs=None):
        bad = int((logs or {}).get("bad_steps", 0))
        if bad > self._reported:
            print(f"\n{bad - self._reported} steps were not finite: left out")
            self._reported = bad
