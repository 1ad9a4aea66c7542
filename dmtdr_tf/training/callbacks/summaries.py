"""Figures for TensorBoard."""

import dataclasses
import json
import pathlib
from collections.abc import Iterator, Mapping
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from tensorboard.plugins.hparams import api as hparams
from tensorboard.plugins.pr_curve import summary as pr_curve

from dmtdr_tf.config import Config
from dmtdr_tf.drawing.confusion import draw_confusion
from dmtdr_tf.metrics import BinnedAveragePrecision
from dmtdr_tf.metrics.confusion_matrix import ConfusionMatrix
from dmtdr_tf.training.callbacks.summary_names import summary_name
from dmtdr_tf.training.step_axis import StepAxis

__all__ = ["Summaries"]

_THRESHOLDS = np.linspace(0.0, 1.0, 101)


class Summaries(keras.callbacks.Callback):
    """Writes the figures of a phase to TensorBoard.

    `train` gets the learning rate and every loss at every step, `validation`
    the figures, the confusion matrix and the precision-recall curves of every
    epoch, and the phase's own folder the configuration, as text and as
    hyperparameters. Nothing of an epoch is written before it is complete, so
    that a resumed run does not write a step twice.

    Args:
        config: The run's configuration.
        logs: The phase's folder in the run's `logs` folder.
        axis: The phase's place on the axis of steps.
    """

    def __init__(
        self, config: Config, logs: pathlib.Path, axis: StepAxis
    ) -> None:
        super().__init__()
        self._config = config
        self._logs = logs
        self._axis = axis
        self._steps: list[dict[str, float]] = []
        self._sums: dict[str, tuple[float, float]] = {}

    def on_train_begin(self, logs: dict[str, Any] | None = None) -> None:
        self._train, self._validation = (
            tf.summary.create_file_writer(str(self._logs / name))
            for name in ("train", "validation")
        )
        values = _flat(dataclasses.asdict(self._config), "")
        writer = tf.summary.create_file_writer(str(self._logs))
        with writer.as_default(step=self._axis.start):
            tf.summary.text("configuration", _as_markdown(self._config))
            hparams.hparams_config(
                hparams=[hparams.HParam(name) for name in values],
                metrics=[hparams.Metric("score", group="validation")],
            )
            hparams.hparams(values)
        writer.close()

    def on_epoch_begin(
        self, epoch: int, logs: dict[str, Any] | None = None
    ) -> None:
        self._steps, self._sums = [], {}

    def on_train_batch_end(
        self, batch: int, logs: dict[str, Any] | None = None
    ) -> None:
        self._steps.append(
            {
                "learning_rate": float(
                    keras.ops.convert_to_numpy(
                        self.model.optimizer.learning_rate
                    )
                ),
                **dict(self._losses()),
            }
        )

    def _losses(self) -> Iterator[tuple[str, float]]:
        """Yields the losses of the last step; Keras keeps the epoch's mean."""
        for name, mean in self.model.loss_means.items():
            # Not `float`: with several replicas it has no sum of theirs.
            total, count = (
                float(keras.ops.convert_to_numpy(part))
                for part in (mean.total, mean.count)
            )
            total_before, count_before = self._sums.get(name, (0.0, 0.0))
            self._sums[name] = total, count
            if count > count_before:
                loss = (total - total_before) / (count - count_before)
                yield summary_name(name), loss

    def on_epoch_end(
        self, epoch: int, logs: dict[str, Any] | None = None
    ) -> None:
        first = self._axis.after(epoch)
        with self._train.as_default():
            for number, figures in enumerate(self._steps, start=first + 1):
                for name, value in figures.items():
                    tf.summary.scalar(name, value, step=number)
        self._train.flush()
        with self._validation.as_default(step=self._axis.after(epoch + 1)):
            for name, value in (logs or {}).items():
                if name.startswith("val_"):
                    name = summary_name(name.removeprefix("val_"))
                    tf.summary.scalar(name, value)
            self._write_validation()
        self._validation.flush()

    def _write_validation(self) -> None:
        """Writes what the counts of the validation metrics show."""
        for metric in self.model.validation.metrics:
            if isinstance(metric, ConfusionMatrix):
                counts = keras.ops.convert_to_numpy(metric.counts)
                picture = draw_confusion(counts)
                tf.summary.image("grading/confusion_matrix", picture[None])
            elif isinstance(metric, BinnedAveragePrecision):
                _write_curve(metric)

    def on_train_end(self, logs: dict[str, Any] | None = None) -> None:
        self._train.close()
        self._validation.close()


def _write_curve(metric: BinnedAveragePrecision) -> None:
    """Writes the precision-recall curve of one lesion."""
    false, true = metric.counts_from(_THRESHOLDS)
    negatives, positives = false[0], true[0]
    if not positives:
        return
    lesion = metric.name.rpartition("_")[2]
    curve = pr_curve.raw_data_pb(
        f"lesions/precision_recall/{lesion}",
        true,
        false,
        negatives - false,
        positives - true,
        true / np.maximum(true + false, 1),
        true / positives,
        num_thresholds=len(_THRESHOLDS),
    )
    tf.summary.experimental.write_raw_pb(curve.SerializeToString())


def _flat(values: Mapping[str, Any], prefix: str) -> dict[str, Any]:
    """Returns nested values by dotted name, as hyperparameters can be."""
    flat: dict[str, Any] = {}
    for name, value in values.items():
        if isinstance(value, Mapping):
            flat.update(_flat(value, f"{prefix}{name}."))
        elif isinstance(value, (bool, int, float, str)):
            flat[prefix + name] = value
        else:
            flat[prefix + name] = str(value)
    return flat


def _as_markdown(config: Config) -> str:
    lines = json.dumps(dataclasses.asdict(config), indent=2).splitlines()
    return "\n".join(f"    {line}" for line in lines)
