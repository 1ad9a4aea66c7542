"""Which class runs a model, by its file or folder."""

import os
import pathlib
import types
from collections.abc import Callable, Mapping
from typing import Protocol

from dmtdr_tf.files.errors import UserError
from dmtdr_tf.parity.runners.runner import Runner

__all__ = ["RunnerType", "runner_type"]


class RunnerType(Protocol):
    """A class of runners, made from a path and a number of threads."""

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
    """Returns the class that runs a model, and imports its runtime.

    Args:
        path: A SavedModel, a `.tflite` or `.onnx` file, or a workdir or
            preset, which stands for its Keras model.

    Returns:
        The class to call with the path and a number of threads.

    Raises:
        UserError: The path is none of these, or the runtime is not installed.
    """
    path = pathlib.Path(path)
    if not path.exists():
        raise UserError(f"{path}: no such file or folder")
    import_runner = _importer(path)
    try:
        return import_runner()
    except ModuleNotFoundError as error:
        raise UserError(
            f"{path}: running it needs the Python module {error.name}, which "
            "is not installed"
        ) from None


def _importer(path: pathlib.Path) -> Callable[[], RunnerType]:
    if path.is_file() and path.suffix in _BY_SUFFIX:
        return _BY_SUFFIX[path.suffix]
    if (path / "saved_model.pb").is_file():
        return _saved_model
    if (path / "config.json").is_file():
        return _keras
    raise UserError(
        f"{path}: not an exported model (the folder of a SavedModel or "
        f"preset, {' or '.join(_BY_SUFFIX)})"
    )


# Imported when asked for, so that a process which runs one form loads one
# runtime.


def _onnx() -> RunnerType:
    from dmtdr_tf.parity.runners.onnx_runner import OnnxRunner

    return OnnxRunner


def _litert() -> RunnerType:
    from dmtdr_tf.parity.runners.litert_runner import LiteRtRunner

    return LiteRtRunner


def _saved_model() -> RunnerType:
    from dmtdr_tf.parity.runners.saved_model_runner import SavedModelRunner

    return SavedModelRunner


def _keras() -> RunnerType:
    from dmtdr_tf.parity.runners.keras_runner import KerasRunner

    return KerasRunner


_BY_SUFFIX: Mapping[str, Callable[[], RunnerType]] = types.MappingProxyType(
    {".onnx": _onnx, ".tflite": _litert}
)
