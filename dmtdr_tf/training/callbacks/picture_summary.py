"""Pictures for TensorBoard."""

import pathlib
from collections.abc import Mapping
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from dmtdr_tf.config import Config
from dmtdr_tf.config.phases import PHASES, Keep
from dmtdr_tf.data import pipeline
from dmtdr_tf.drawing.overlays import overlay_evidence, overlay_lesions
from dmtdr_tf.labels import GRADES
from dmtdr_tf.models.learning.averaged_weights import averaged_weights
from dmtdr_tf.preprocessing import degradation
from dmtdr_tf.training.step_axis import StepAxis

__all__ = ["PictureSummary"]


class PictureSummary(keras.callbacks.Callback):
    """Writes validation photographs and the model's outputs to TensorBoard.

    The photographs are one of each grade, as far as there are. Before the
    first epoch it writes what stays: `low_res`, `bicubic`, `high_res`, and
    `lesions_true` as an overlay; after every epoch `super_resolution` and
    `lesions_predicted`. Once the grader trains, it adds `evidence`, and the
    probabilities of the five grades as text.

    Args:
        config: Data set and sizes.
        logs: The phase's folder in the run's `logs` folder.
        photographs: The largest number of photographs to write.
        axis: The phase's place on the axis of steps.
        epoch: Number of completed epochs; what stays is written at the first.
    """

    def __init__(
        self,
        config: Config,
        logs: pathlib.Path,
        photographs: int = len(GRADES),
        axis: StepAxis | None = None,
        epoch: int = 0,
    ) -> None:
        super().__init__()
        self._config = config
        self._logs = logs
        self._count = photographs
        self._axis = axis or StepAxis()
        self._epoch = epoch
        self._batches: list[dict[str, np.ndarray]] = []

    def on_train_begin(self, logs: dict[str, Any] | None = None) -> None:
        # Annotated photographs have the true lesions to compare with.
        phase = PHASES[self.model.phase]
        keep: Keep = "lesions" if phase.restores else "grade"
        batches = pipeline.evaluation_batches(
            self._config, "validation", keep=keep, a_grade_each=True
        )
        self._batches = list(batches.take(self._count).as_numpy_iterator())
        self._writer = tf.summary.create_file_writer(str(self._logs))
        outputs = self.model.explain if phase.grades else self.model.restore
        self._outputs = tf.function(outputs, reduce_retracing=True)
        if not self._epoch:
            with self._writer.as_default(step=self._axis.start):
                for number, batch in enumerate(self._batches, start=1):
                    _write(f"photograph_{number}", self._inputs(batch))
            self._writer.flush()

    def on_epoch_end(
        self, epoch: int, logs: dict[str, Any] | None = None
    ) -> None:
        step = self._axis.after(epoch + 1)
        with self._writer.as_default(step=step), averaged_weights(self.model):
            for number, batch in enumerate(self._batches, start=1):
                self._write_outputs(f"photograph_{number}", batch)
        self._writer.flush()

    def on_train_end(self, logs: dict[str, Any] | None = None) -> None:
        self._writer.close()

    def _inputs(self, batch: Mapping[str, np.ndarray]) -> dict[str, Any]:
        """Returns the pictures `[1, H, W, 3]` that no epoch changes."""
        low_res, high_res = batch["low_res"], batch["high_res"]
        return {
            "low_res": low_res,
            "bicubic": degradation.bicubic(low_res, self._config.model.scale),
            "high_res": high_res,
            "lesions_true": overlay_lesions(high_res, batch["lesions"]),
        }

    def _write_outputs(
        self, name: str, batch: Mapping[str, np.ndarray]
    ) -> None:
        outputs = {
            key: np.array(value)
            for key, value in self._outputs(batch["low_res"]).items()
        }
        restored, lesions = outputs["super_resolution"], outputs["lesions"]
        pictures = {
            "super_resolution": restored,
            "lesions_predicted": overlay_lesions(restored, lesions),
        }
        if "evidence" in outputs:
            evidence = outputs["evidence"]
            pictures["evidence"] = overlay_evidence(restored, evidence)
        _write(name, pictures)
        if "grade" in outputs:
            table = _table(outputs["grade"], batch["grade"])
            tf.summary.text(f"{name}/grade", table)


def _write(name: str, pictures: Mapping[str, Any]) -> None:
    for kind, picture in pictures.items():
        tf.summary.image(f"{name}/{kind}", picture)


def _table(logits: np.ndarray, grade: np.ndarray) -> str:
    """Returns the probabilities of one photograph's grades, as Markdown."""
    probabilities = tf.nn.softmax(logits[0]).numpy()
    rows = [
        f"| {number} {word} | {probability:.3f} |"
        + (" annotated |" if number == int(grade[0]) else " |")
        for number, (word, probability) in enumerate(
            zip(GRADES, probabilities, strict=True)
        )
    ]
    return "\n".join(["| grade | probability | |", "|---|---|---|", *rows])
