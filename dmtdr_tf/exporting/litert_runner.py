"""An exported LiteRT model as a function of NumPy arrays."""

import importlib
import os
import pathlib
from typing import Any

import numpy as np

from dmtdr_tf.errors import UserError


class LiteRtRunner:
    """Runs a `.tflite` file of `export_litert` on the CPU.

    Args:
        path: The file.
        threads: Threads of the computation.

    Input shape:
        `[1, h, w, 3]` float32 in [0, 1], RGB; the file fixes the size.

    Output shape:
        A dictionary of NumPy arrays, as `float_signature` gives.

    Raises:
        UserError: The file is missing or no model of ours, `ai-edge-litert`
            is not installed, or the input has another shape.

    Example:
    >>> run = LiteRtRunner("litert/int8.tflite")
    >>> run(low_res)["grade_probabilities"].shape
    (1, 5)
    """

    def __init__(self, path: str | os.PathLike[str], threads: int = 2):
        if threads < 1:
            raise UserError(f"threads must be at least 1, not {threads}")
        if not pathlib.Path(path).is_file():
            raise UserError(f"{path}: no such file")
        interpreter = _library().Interpreter
        try:
            self._interpreter = interpreter(str(path), num_threads=threads)
            self._interpreter.allocate_tensors()
            self._run = self._interpreter.get_signature_runner(
                "serving_default"
            )
            low_res = self._run.get_input_details()["low_res"]
        except (ValueError, RuntimeError, KeyError) as error:
            reason = (str(error).splitlines() or ["damaged"])[0]
            raise UserError(
                f"{path}: no LiteRT model of dmtdr_tf ({reason})"
            ) from None
        self._shape = tuple(int(side) for side in low_res["shape"])

    def __call__(self, low_res: Any) -> dict[str, np.ndarray]:
        """Computes every output for one photograph.

        Args:
            low_res: `[1, h, w, 3]` float32 in [0, 1].

        Returns:
            The outputs by name.

        Raises:
            UserError: The photograph has another shape.
        """
        low_res = np.asarray(low_res, np.float32)
        if low_res.shape != self._shape:
            raise UserError(
                f"low_res must be of shape {self._shape}, not {low_res.shape}"
            )
        return self._run(low_res=low_res)


def _library() -> Any:
    try:
        return importlib.import_module("ai_edge_litert.interpreter")
    except ImportError:
        raise UserError(
            "LiteRT models need ai-edge-litert; install it with: pip install "
            "'dmtdr-tf[litert]'"
        ) from None
