"""Super-resolution figures of a stream of photographs."""

from typing import Any

import numpy as np
import tensorflow as tf

from dmtdr_tf.evaluation.bootstrap import Samples
from dmtdr_tf.evaluation.weighted_scores import weighted_mean
from dmtdr_tf.metrics import psnr_per_image, ssim_per_image
from dmtdr_tf.preprocessing import degradation

__all__ = ["SuperResolutionFigures"]

_METRICS = {"psnr": psnr_per_image, "ssim": ssim_per_image}


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
        self._model: dict[str, list[np.ndarray]] = {k: [] for k in _METRICS}
        self._bicubic: dict[str, list[np.ndarray]] = {k: [] for k in _METRICS}

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
        for values, picture in (
            (self._model, super_resolution),
            (self._bicubic, baseline),
        ):
            for name, metric in _METRICS.items():
                values[name].append(np.asarray(metric(high_res, picture)))

    @property
    def latest_gains(self) -> np.ndarray:
        """`[B]` PSNR over bicubic upsampling of the latest batch, in dB."""
        return self._model["psnr"][-1] - self._bicubic["psnr"][-1]

    def result(self) -> dict[str, Any]:
        """Returns the figures; None if there was no photograph."""
        return {
            **_means(self._model),
            "bicubic": _means(self._bicubic),
            "photographs": int(_joined(self._model["psnr"]).size),
        }

    def resample(self, weights: np.ndarray) -> Samples:
        """Computes the figures of resamples.

        Args:
            weights: `[R, N]`, how often each contains each photograph.

        Returns:
            `[R]` by the path of the figure in `result`.
        """
        samples: Samples = {}
        for path, values in (((), self._model), (("bicubic",), self._bicubic)):
            for name, parts in values.items():
                samples[*path, name] = weighted_mean(_joined(parts), weights)
        return samples


def _joined(parts: list[np.ndarray]) -> np.ndarray:
    return np.concatenate([np.zeros(0), *parts])


def _means(values: dict[str, list[np.ndarray]]) -> dict[str, float | None]:
    return {
        name: float(_joined(parts).mean()) if parts else None
        for name, parts in values.items()
    }
