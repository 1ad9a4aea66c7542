"""Super-resolution figures of a stream of photographs."""

from typing import Any

import keras
import tensorflow as tf

from dmtdr_tf.metrics import PSNR, SSIM
from dmtdr_tf.preprocessing import degradation

__all__ = ["SuperResolutionFigures"]

Metrics = dict[str, keras.metrics.Metric]


class SuperResolutionFigures:
    """Computes PSNR and SSIM of super-resolution and of bicubic upsampling.

    Each is the mean over photographs, on RGB in [0, 1].

    Example: a perfect super-resolution.

    >>> high_res = tf.random.stateless_uniform((1, 32, 32, 3), seed=(0, 0))
    >>> low_res = degradation.low_resolution(high_res, 2)
    >>> figures = SuperResolutionFigures()
    >>> figures.update(low_res, high_res, high_res)
    >>> figures.result()["psnr"]
    100.0
    """

    def __init__(self) -> None:
        self._model: Metrics = {"psnr": PSNR(), "ssim": SSIM()}
        self._bicubic: Metrics = {"psnr": PSNR(), "ssim": SSIM()}
        self._photographs = 0

    def update(
        self, low_res: Any, high_res: Any, super_resolution: Any
    ) -> None:
        """Adds a batch.

        Args:
            low_res: `[B, h, w, 3]` in [0, 1].
            high_res: `[B, H, W, 3]` in [0, 1].
            super_resolution: `[B, H, W, 3]`, the output of the model.
        """
        low_res, high_res = tf.convert_to_tensor(low_res), tf.constant(high_res)
        scale = high_res.shape[1] // low_res.shape[1]
        baseline = degradation.bicubic(low_res, scale)
        for metrics, picture in (
            (self._model, super_resolution),
            (self._bicubic, baseline),
        ):
            for metric in metrics.values():
                metric.update_state(high_res, picture)
        self._photographs += high_res.shape[0]

    def result(self) -> dict[str, Any]:
        """Returns the figures; None if there was no photograph."""
        return {
            **self._values(self._model),
            "bicubic": self._values(self._bicubic),
            "photographs": self._photographs,
        }

    def _values(self, metrics: Metrics) -> dict[str, float | None]:
        return {
            name: float(metric.result()) if self._photographs else None
            for name, metric in metrics.items()
        }
