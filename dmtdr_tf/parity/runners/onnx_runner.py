"""Runs an ONNX model."""

import os

import numpy as np
import onnxruntime

from dmtdr_tf.files.errors import UserError
from dmtdr_tf.parity.runners.runner import Outputs

__all__ = ["OnnxRunner"]


class OnnxRunner:
    """Runs an ONNX model with ONNX Runtime on the CPU.

    Args:
        path: The `.onnx` file.
        threads: Threads to use.

    Raises:
        UserError: ONNX Runtime cannot load the file.

    Example:
    ```python
    OnnxRunner("deepmt_dr.onnx")(low_res)["grade"].shape  # (1, 5)
    ```
    """

    def __init__(self, path: str | os.PathLike[str], threads: int = 2):
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        # Errors only: unused initializers are no concern of the user's.
        options.log_severity_level = 3
        try:
            self._session = onnxruntime.InferenceSession(
                os.fspath(path), options, providers=["CPUExecutionProvider"]
            )
        # Its exceptions have no base class but this one.
        except Exception as error:
            reason = (str(error).splitlines() or ["damaged"])[0]
            raise UserError(f"{path}: cannot be loaded: {reason}") from None
        self._names = [output.name for output in self._session.get_outputs()]

    def __call__(self, low_res: np.ndarray) -> Outputs:
        """Runs the model; see `Runner`."""
        answers = self._session.run(self._names, {"low_res": low_res})
        return dict(zip(self._names, answers, strict=True))
