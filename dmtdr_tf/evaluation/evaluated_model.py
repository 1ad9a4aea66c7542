"""A trained model as it is measured: its weights, stage and symmetries."""

import dataclasses
import os
from collections.abc import Mapping
from typing import Any

import tensorflow as tf

import dmtdr_tf
from dmtdr_tf.calibration import run_calibration
from dmtdr_tf.config import Config
from dmtdr_tf.config.run_folder import RunFolder
from dmtdr_tf.models.deepmt_dr import DeepMTDR
from dmtdr_tf.models.symmetries import symmetric
from dmtdr_tf.pretrained import find_model

__all__ = ["EvaluatedModel", "found_run"]


class EvaluatedModel:
    """Loads the model of a training run to measure it.

    Args:
        model: A run, or a name for `find_model`. `dmtdr evaluate` and
            `dmtdr compare` resolve every model here.
        stage: The stage whose best checkpoint is measured; the latest
            finished one by default.
        symmetries: 1, or 8 to average over the symmetries of the square.

    Raises:
        UserError: The folder holds no trained model, or `symmetries` is
            neither 1 nor 8.

    Example:
    ```python
    model = EvaluatedModel("runs/idrid", symmetries=8)
    measure(model.predict, batches, segment=model.segment)
    ```
    """

    def __init__(
        self,
        model: str | os.PathLike[str] | RunFolder,
        stage: int | None = None,
        symmetries: int = 1,
    ) -> None:
        run = found_run(model)
        self.label = run.label
        self.config: Config = run.config
        self.stage = stage or run.latest_stage()
        self.symmetries = symmetries
        self.calibration = run_calibration(run, stage)
        trained = DeepMTDR.from_workdir(run, stage)
        self._segment = tf.function(
            lambda photographs: trained.segmenter(photographs, training=False),
            reduce_retracing=True,
        )
        self._predict = tf.function(
            symmetric(_without_evidence(trained), symmetries),
            reduce_retracing=True,
        )

    def predict(self, low_res: Any) -> Mapping[str, tf.Tensor]:
        """Returns the outputs but the evidence, which nothing measures."""
        return self._predict(low_res)

    def segment(self, photographs: Any) -> tf.Tensor:
        """Returns the lesion probabilities of photographs `[B, H, W, 3]`."""
        return self._segment(photographs)

    def provenance(self) -> dict[str, Any]:
        """Returns what is measured, for the file of the figures."""
        return {
            "workdir": self.label,
            "preset": self.config.run.preset,
            "stage": self.stage,
            "symmetries": self.symmetries,
            "high_res_size": self.config.data.high_res_size,
            "scale": self.config.model.scale,
            "dmtdr_tf": dmtdr_tf.__version__,
            "tensorflow": tf.__version__,
            "calibration": self.calibration
            and dataclasses.asdict(self.calibration),
        }


def found_run(model: str | os.PathLike[str] | RunFolder) -> RunFolder:
    """Returns a run as it is, or the one that a name stands for.

    Args:
        model: The run, or a name for `find_model`.

    Raises:
        UserError: There is no such model.
    """
    return model if isinstance(model, RunFolder) else find_model(model)


def _without_evidence(model: DeepMTDR) -> Any:
    """The model whose graph drops GMSV's backward pass."""

    def predict(low_res: tf.Tensor) -> dict[str, tf.Tensor]:
        outputs = dict(model.explain(low_res))
        outputs.pop("evidence")
        return outputs

    return predict
