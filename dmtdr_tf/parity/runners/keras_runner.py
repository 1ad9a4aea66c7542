"""Runs the Keras model of a folder, which exports are compared with."""

import os

import numpy as np
import tensorflow as tf

from dmtdr_tf.calibration import run_calibration
from dmtdr_tf.exporting.signatures import float_signature
from dmtdr_tf.models.deepmt_dr import DeepMTDR
from dmtdr_tf.parity.runners.runner import Outputs
from dmtdr_tf.parity.runners.saved_model_runner import limit_threads
from dmtdr_tf.pretrained import open_model

__all__ = ["KerasRunner"]


class KerasRunner:
    """Runs the Keras model of a folder, under the current dtype policy.

    Args:
        path: The workdir, or the folder of a preset.
        threads: Threads to use; without effect if this process has run
            TensorFlow before.
        stage: The stage whose best checkpoint runs; the latest finished one
            by default.
        symmetries: 8 averages over the symmetries of the square.

    Raises:
        UserError: The folder holds no trained model.

    Example:
    ```python
    KerasRunner("runs/demo")(low_res)["grade"].shape  # (1, 5)
    ```
    """

    def __init__(
        self,
        path: str | os.PathLike[str],
        threads: int = 2,
        stage: int | None = None,
        symmetries: int = 1,
    ):
        limit_threads(threads)
        run = open_model(path, "workdir")
        side = run.config.low_res_size
        model = DeepMTDR.from_workdir(run, stage)
        calibration = run_calibration(run, stage)
        self._serve = tf.function(
            float_signature(
                model, calibration=calibration, symmetries=symmetries
            ),
            input_signature=[
                tf.TensorSpec((1, side, side, 3), tf.float32, "low_res")
            ],
        )

    def __call__(self, low_res: np.ndarray) -> Outputs:
        """Runs the model; see `Runner`."""
        outputs = self._serve(tf.constant(low_res))
        return {name: value.numpy() for name, value in outputs.items()}
