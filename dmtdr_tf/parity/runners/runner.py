"""A model of any form behind one call."""

import importlib
import os
import pathlib
from typing import Protocol

import numpy as np

from dmtdr_tf.files.errors import UserError

Outputs = dict[str, np.ndarray]

# Module and class; imported when asked for, so that a process which runs one
# form loads one runtime.
_BY_SUFFIX = {
    ".onnx": ("onnx_runner", "OnnxRunner"),
    ".tflite": ("litert_runner", "LiteRtRunner"),
}
_SAVED_MODEL = ("saved_model_runner", "SavedModelRunner")
_WORKDIR = ("keras_runner", "KerasRunner")


class Runner(Protocol):
    """Runs one model on one photograph at a time.

    A class of runners is made from a path and a number of threads.
    """

    def __call__(self, low_res: np.ndarray) -> Outputs:
        """Runs the model.

        Args:
            low_res: `[1, h, w, 3]` float32 in [0, 1].

        Returns:
            `super_resolution` `[1, H, W, 3]`, `lesions` `[1, H, W, 4]`,
            `grade` `[1, 5]` logits, `grade_probabilities` `[1, 5]` and
            `evidence` `[1, H, W, 1]`, as far as the model has them.
        """
        ...


class RunnerType(Protocol):
    """What makes a runner."""

    def __call__(
        self, path: str | os.PathLike[str], threads: int = 2
    ) -> Runner:
        """Loads a model.

        Args:
            path: Its file or folder.
            threads: Threads that one photograph may use.
        """
        ...


def runner_type(path: str | os.PathLike[str]) -> RunnerType:
    """Finds what runs a model, and imports its runtime.

    Args:
        path: A SavedModel, a `.tflite` or `.onnx` file, or a workdir, which
            stands for its Keras model.

    Returns:
        The class to call with the path and a number of threads.

    Raises:
        UserError: The path is none of these, or the runtime is not installed.
    """
    path = pathlib.Path(path)
    if not path.exists():
        raise UserError(f"{path}: no such file or folder")
    module, name = _find(path)
    try:
        found = importlib.import_module(f"dmtdr_tf.parity.runners.{module}")
    except ModuleNotFoundError as error:
        raise UserError(
            f"{path}: running it needs the Python module {error.name}, which "
            "is not installed"
        ) from None
    return getattr(found, name)


def _find(path: pathlib.Path) -> tuple[str, str]:
    if path.is_file() and path.suffix in _BY_SUFFIX:
        return _BY_SUFFIX[path.suffix]
    if (path / "saved_model.pb").is_file():
        return _SAVED_MODEL
    if (path / "config.json").is_file():
        return _WORKDIR
    raise UserError(
        f"{path}: not an exported model (a SavedModel's folder, "
        f"{' or '.join(_BY_SUFFIX)})"
    )
