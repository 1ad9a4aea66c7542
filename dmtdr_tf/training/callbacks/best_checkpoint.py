"""Saves the weights of the best epoch."""

import pathlib
from typing import Any

import keras
import numpy as np

from dmtdr_tf.files.whole_file import whole_file
from dmtdr_tf.models.learning.averaged_weights import averaged_weights
from dmtdr_tf.models.weights import save_weights
from dmtdr_tf.training.callbacks.resume import Resume, require_space_for

__all__ = ["BestCheckpoint"]


class BestCheckpoint(keras.callbacks.Callback):
    """Saves the weights of the epoch with the best validation score.

    Of a phase that averages its weights, the averaged ones.

    Args:
        path: The `.weights.h5` file.
        resume: Keeps the best score across interruptions. List it after this
            callback, so that it saves the score of the same epoch.
        monitor: Name of the score in the logs; larger is better.
    """

    def __init__(
        self, path: pathlib.Path, resume: Resume, monitor: str = "val_score"
    ) -> None:
        super().__init__()
        self.path = path
        self.resume = resume
        self.monitor = monitor

    def on_epoch_end(
        self, epoch: int, logs: dict[str, Any] | None = None
    ) -> None:
        score = float((logs or {})[self.monitor])
        # Not `score <= best`: false for NaN, which would then be the best.
        if not score > self.resume.best and self.path.exists():
            return
        self.resume.best = score if np.isfinite(score) else -np.inf
        require_space_for(self.path, self.model.variables)
        with whole_file(self.path) as partial, averaged_weights(self.model):
            save_weights(self.model, partial)
