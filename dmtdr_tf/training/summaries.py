"""Pictures for TensorBoard while a model trains."""

import pathlib

import keras
import numpy as np
import tensorflow as tf

from dmtdr_tf.config import Config
from dmtdr_tf.config.phases import PHASES, Keep
from dmtdr_tf.data import pipeline
from dmtdr_tf.drawing.overlays import overlay_evidence, overlay_lesions
from dmtdr_tf.labels import GRADES
from dmtdr_tf.preprocessing import degradation


class PictureSummary(keras.callbacks.Callback):
    """Writes validation photographs with all outputs after every epoch.

    `low_res`, `bicubic`, `super_resolution`, `high_res`, `lesions_true` and
    `lesions_predicted` as overlays; once the grader learns also `evidence`,
    and the probabilities of the five grades as text.

    Args:
        config: Data set and sizes.
        logs: The phase's folder below the workdir's `logs`.
        photographs: How many to show.
    """

    def __init__(
        self, config: Config, logs: pathlib.Path, photographs: int = 2
    ):
        super().__init__()
        self._config = config
        self._logs = logs
        self._count = photographs
        self._batches: list[dict[str, np.ndarray]] = []

    def on_train_begin(self, logs=None):
        # The annotated ones show most.
        phase = PHASES[self.model.phase]
        keep: Keep = "lesions" if phase.restores else "grade"
        batches = pipeline.evaluation_batches(
            self._config, "validation", keep=keep
        )
        self._batches = list(batches.take(self._count).as_numpy_iterator())
        self._writer = tf.summary.create_file_writer(str(self._logs))
        show = self.model.explain if phase.grades else self.model.restore
        self._show = tf.function(show, reduce_retracing=True)

    def on_epoch_end(self, epoch, logs=None):
        with self._writer.as_default(step=epoch):
            for number, batch in enumerate(self._batches, start=1):
                self._write(f"photograph_{number}", batch)
        self._writer.flush()

    def on_train_end(self, logs=None):
        self._writer.close()

    def _write(self, name, batch):
        made = {k: np.array(v) for k, v in self._show(batch["low_res"]).items()}
        scale = self._config.model.scale
        restored = made["super_resolution"]
        pictures = {
            "low_res": batch["low_res"],
            "bicubic": degradation.bicubic(batch["low_res"], scale),
            "super_resolution": restored,
            "high_res": batch["high_res"],
            "lesions_true": overlay_lesions(
                batch["high_res"], batch["lesions"]
            ),
            "lesions_predicted": overlay_lesions(restored, made["lesions"]),
        }
        if "evidence" in made:
            pictures["evidence"] = overlay_evidence(restored, made["evidence"])
        for kind, picture in pictures.items():
            tf.summary.image(f"{name}/{kind}", picture)
        if "grade" in made:
            table = _table(made["grade"], batch["grade"])
            tf.summary.text(f"{name}/grade", table)


def _table(logits: np.ndarray, grade: np.ndarray) -> str:
    """The probabilities of one photograph's grades, as Markdown."""
    probabilities = tf.nn.softmax(logits[0]).numpy()
    rows = [
        f"| {number} {word} | {probability:.3f} |"
        + (" annotated |" if number == int(grade[0]) else " |")
        for number, (word, probability) in enumerate(
            zip(GRADES, probabilities, strict=True)
        )
    ]
    return "\n".join(["| grade | probability | |", "|---|---|---|", *rows])
