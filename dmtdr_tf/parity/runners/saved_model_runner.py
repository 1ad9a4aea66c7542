"""Runs a SavedModel."""

import os

import numpy as np
import tensorflow as tf

from dmtdr_tf.files.errors import UserError
from dmtdr_tf.parity.runners.runner import Outputs

__all__ = ["SavedModelRunner", "limit_threads"]


def limit_threads(threads: int) -> None:
    """Limits TensorFlow's threads, unless it has computed something already.

    Args:
        threads: Threads of one operation, and operations at once.
    """
    try:
        tf.config.threading.set_intra_op_parallelism_threads(threads)
        tf.config.threading.set_inter_op_parallelism_threads(threads)
    except RuntimeError:
        # TensorFlow runs already: it keeps the threads it has.
        return


class SavedModelRunner:
    """Runs a SavedModel's signature `serving_default`.

    If the signature takes a fixed number of photographs, it is given copies
    of the one.

    Args:
        path: Its folder.
        threads: Threads to use; without effect if this process has run
            TensorFlow before.

    Raises:
        UserError: The folder cannot be loaded, or has no such signature.

    Example:
    ```python
    SavedModelRunner("saved_model")(low_res)["grade"].shape  # (1, 5)
    ```
    """

    def __init__(self, path: str | os.PathLike[str], threads: int = 2):
        limit_threads(threads)
        try:
            # Kept: the signature does not own the weights.
            self._loaded = tf.saved_model.load(os.fspath(path))
        except (OSError, ValueError, tf.errors.OpError) as error:
            reason = (str(error).splitlines() or ["damaged"])[0]
            raise UserError(f"{path}: cannot be loaded: {reason}") from None
        if "serving_default" not in self._loaded.signatures:
            raise UserError(f"{path}: no signature serving_default")
        self._serve = self._loaded.signatures["serving_default"]
        _, inputs = self._serve.structured_input_signature
        self._copies = inputs["low_res"].shape[0] or 1

    def __call__(self, low_res: np.ndarray) -> Outputs:
        """Runs the model; see `Runner`."""
        batch = tf.repeat(low_res, self._copies, axis=0)
        outputs = self._serve(low_res=batch)
        return {name: value[:1].numpy() for name, value in outputs.items()}
