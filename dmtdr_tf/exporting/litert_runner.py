"""Runs a LiteRT model."""

import os
import pathlib

import numpy as np
from ai_edge_litert.interpreter import Interpreter

from dmtdr_tf.errors import UserError

SIGNATURE = "serving_default"


class LiteRtRunner:
    """Runs a `.tflite` file with LiteRT's interpreter, on the processor.

    Args:
        path: The file.
        threads: Threads to use.

    Raises:
        UserError: The file is missing, or no model that LiteRT can run.

    Example:
    >>> LiteRtRunner("int8.tflite")(low_res)["grade"].shape
    (1, 5)
    """

    def __init__(self, path: str | os.PathLike[str], threads: int = 2):
        if not pathlib.Path(path).is_file():
            raise UserError(f"{path}: no such file")
        try:
            self._interpreter = Interpreter(
                os.fspath(path), num_threads=threads
            )
            self._run = self._interpreter.get_signature_runner(SIGNATURE)
        except (ValueError, RuntimeError) as error:
            reason = (str(error).splitlines() or ["damaged"])[0]
            raise UserError(f"{path}: cannot be loaded: {reason}") from None

    def __call__(self, low_res: np.ndarray) -> dict[str, np.ndarray]:
        """Runs the model.

        Args:
            low_res: `[1, h, w, 3]` float32 in [0, 1].

        Returns:
            The outputs of the SavedModel's `serving_default`, by name.
        """
        return self._run(low_res=low_res)
