"""Saves the state of training, so that an interrupted run can resume."""

import pathlib
from collections.abc import Sequence
from typing import Any
from zipfile import BadZipFile

import keras
import numpy as np

from dmtdr_tf.files.disk_space import require_space
from dmtdr_tf.files.errors import UserError
from dmtdr_tf.files.whole_file import whole_file

__all__ = ["Resume", "require_space_for"]


class Resume(keras.callbacks.Callback):
    """Saves the whole state of training after every epoch.

    One file holds the weights, the state of the optimizer and of the random
    generators, the number of completed epochs and the best score. It is
    written completely or not at all.

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
        if not self.path.exists():
            return False
        variables = _state(model)
        try:
            with np.load(self.path) as saved:
                values = [saved[f"v{i}"] for i in range(len(variables))]
                self.epoch = int(saved["epoch"])
                self.best = float(saved["best"])
            for variable, value in zip(variables, values, strict=True):
                variable.assign(value)
        except (OSError, EOFError, ValueError, KeyError, BadZipFile) as error:
            raise UserError(
                f"{self.path}: cannot resume from this file ({error}); delete "
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


def _state(model: keras.Model) -> list[keras.Variable]:
    """Returns everything that training changes, in a fixed order."""
    return [*model.variables, *model.optimizer.variables]
