"""Saves the state of training, so that an interrupted run can resume."""

import os
import pathlib
from collections.abc import Sequence
from typing import Any

import keras
import numpy as np

from dmtdr_tf.files.checksum import append_checksum, check_checksum
from dmtdr_tf.files.disk_space import require_space
from dmtdr_tf.files.errors import UserError
from dmtdr_tf.files.json_file import brief
from dmtdr_tf.files.whole_file import whole_file

__all__ = ["Resume", "require_space_for"]


class Resume(keras.callbacks.Callback):
    """Saves the whole state of training after every epoch.

    One file holds the weights, the state of the optimizer and of the random
    generators, the number of completed epochs and the best score, and ends
    with its SHA-256. It is written completely or not at all.

    Args:
        path: The `.npz` file.

    Attributes:
        epoch: Number of completed epochs.
        best: Best score; `-inf` before the first epoch.

    Example:
    >>> import tempfile
    >>> folder = pathlib.Path(tempfile.mkdtemp())
    >>> model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(2)])
    >>> model.compile("sgd", "mse")
    >>> Resume(folder / "resume.npz").load_state(model)
    False
    """

    def __init__(self, path: pathlib.Path) -> None:
        super().__init__()
        self.path = path
        self.epoch = 0
        self.best = -np.inf

    def load_state(self, model: keras.Model) -> bool:
        """Loads the state into a model and this callback, if there is one.

        Args:
            model: A compiled model, its optimizer built.

        Returns:
            Whether there was a state.

        Raises:
            UserError: The file is damaged or belongs to another model.
        """
        if not os.path.lexists(self.path):
            return False
        try:
            check_checksum(self.path)
            self.epoch, self.best = _load(self.path, model)
        except Exception as error:
            # NumPy and zipfile raise errors of many kinds on damaged bytes.
            reason = (str(error).splitlines() or [type(error).__name__])[0]
            reason = reason.removeprefix(f"{self.path}: ")
            raise UserError(
                f"{self.path}: cannot resume from this file ({reason}); delete "
                "it to train this phase from the start"
            ) from None
        return True

    def on_train_begin(self, logs: dict[str, Any] | None = None) -> None:
        # Now, not at the end of a first epoch that would be lost.
        variables = [*_state(self.model), *self.model.variables]
        require_space_for(self.path, variables)

    def on_epoch_end(
        self, epoch: int, logs: dict[str, Any] | None = None
    ) -> None:
        self.epoch = epoch + 1
        variables = _state(self.model)
        require_space_for(self.path, variables)
        values: dict[str, Any] = {
            f"v{i}": np.asarray(variable)
            for i, variable in enumerate(variables)
        }
        with whole_file(self.path) as partial:
            np.savez(partial, epoch=self.epoch, best=self.best, **values)
            append_checksum(partial)


def require_space_for(
    path: pathlib.Path, variables: Sequence[keras.Variable]
) -> None:
    """Refuses to begin a file of variables that the disk has no room for.

    Args:
        path: The file.
        variables: What it will hold, as float32.

    Raises:
        UserError: The disk has too little free space.
    """
    sizes = (4 * int(np.prod(variable.shape)) for variable in variables)
    require_space(path, sum(sizes) + 2_000_000)


def _load(path: pathlib.Path, model: keras.Model) -> tuple[int, float]:
    """Loads a state; the model is unchanged unless all of it fits."""
    variables = _state(model)
    with np.load(path) as saved:
        names = {"epoch", "best", *(f"v{i}" for i in range(len(variables)))}
        if set(saved.files) != names:
            raise ValueError("it is of another model or version")
        values = [saved[f"v{i}"] for i in range(len(variables))]
        epoch, best = saved["epoch"], saved["best"]
    for variable, value in zip(variables, values, strict=True):
        _require_fit(variable, value)
    if epoch.shape or epoch.dtype.kind != "i" or epoch < 1:
        raise ValueError(f"epoch is {brief(epoch)}")
    if best.shape or best.dtype.kind != "f" or not best < np.inf:
        raise ValueError(f"best is {brief(best)}")
    # Metrics may be NaN, weights may not.
    weights = {id(weight) for weight in model.weights}
    for variable, value in zip(variables, values, strict=True):
        if id(variable) in weights and not np.isfinite(value).all():
            raise ValueError(f"{variable.path} is not finite")
    for variable, value in zip(variables, values, strict=True):
        variable.assign(value)
    return int(epoch), float(best)


def _require_fit(variable: keras.Variable, value: np.ndarray) -> None:
    shape = tuple(variable.shape)
    dtype = keras.backend.standardize_dtype(variable.dtype)
    if (value.shape, value.dtype.name) != (shape, dtype):
        raise ValueError(
            f"{variable.path} is {dtype} {list(shape)}, not "
            f"{value.dtype.name} {list(value.shape)}"
        )


def _state(model: keras.Model) -> list[keras.Variable]:
    """Returns everything that training changes, in a fixed order."""
    return [*model.variables, *model.optimizer.variables]
