"""Runs a LiteRT model."""

import math
import os
import pathlib
import zipfile
from typing import Any

import numpy as np

from dmtdr_tf.files.errors import UserError
from dmtdr_tf.parity.runners.runner import Outputs

__all__ = ["LiteRtRunner"]

_SIGNATURE = "serving_default"

# XNNPACK in int8, signed and unsigned (1, 2), which builds its tables of
# pointers again for each convolution (32): kept, they take 1.1 GB for
# photographs of 1024 x 1024.
_XNNPACK = 1 | 2 | 32


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
        UserError: The file is missing, truncated or not a model of this
            package, `ai-edge-litert` is not installed, or the input has
            another shape.

    Example:
    ```python
    run = LiteRtRunner("litert/int8.tflite")
    run(low_res)["grade_probabilities"].shape  # (1, 5)
    ```
    """

    def __init__(self, path: str | os.PathLike[str], threads: int = 2):
        if threads < 1:
            raise UserError(
                f"must be at least 1, not {threads}", argument="threads"
            )
        if not pathlib.Path(path).is_file():
            raise UserError(f"{path}: no such file")
        # LiteRT crashes on a truncated model; the labels are at its end.
        if not zipfile.is_zipfile(path):
            raise UserError(
                f"{path}: truncated, or not written by `dmtdr export`; "
                "export it again"
            )
        compiled_model, options = _library()
        cpu = options.CpuOptions(num_threads=threads, xnnpack_flags=_XNNPACK)
        try:
            self._model = compiled_model.CompiledModel.from_file(
                str(path), options=options.Options(cpu_options=cpu)
            )
            names = self._model.get_signature_list()[_SIGNATURE]["outputs"]
            details = self._model.get_input_tensor_details(_SIGNATURE)
            shapes = self._model.get_output_tensor_details(_SIGNATURE)
            self._shape = tuple(map(int, details["low_res"]["shape"]))
            self._input = self._model.create_input_buffers(0)
            self._output = self._model.create_output_buffers(0)
        except (ValueError, RuntimeError, KeyError) as error:
            reason = (str(error).splitlines() or ["damaged"])[0]
            raise UserError(
                f"{path}: not a LiteRT model of dmtdr_tf ({reason})"
            ) from None
        self._shapes = {
            name: tuple(map(int, shapes[name]["shape"])) for name in names
        }

    def __call__(self, low_res: Any) -> Outputs:
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
                f"must have the shape {self._shape}, not {low_res.shape}",
                argument="low_res",
            )
        self._input[0].write(np.ascontiguousarray(low_res))
        self._model.run_by_index(0, self._input, self._output)
        answers = zip(self._shapes.items(), self._output, strict=True)
        return {
            name: np.asarray(buffer.read(math.prod(shape), np.float32)).reshape(
                shape
            )
            for (name, shape), buffer in answers
        }


def _library() -> tuple[Any, Any]:
    try:
        import ai_edge_litert.compiled_model as compiled_model
        import ai_edge_litert.options as options
    except ImportError:
        raise UserError(
            "LiteRT models need ai-edge-litert; install it with: pip install "
            "'.[litert]'"
        ) from None
    return compiled_model, options
