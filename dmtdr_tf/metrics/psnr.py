"""Peak signal-to-noise ratio of photographs."""

from typing import Any

import keras
from keras import ops

__all__ = ["MAX_DECIBELS", "PSNR", "psnr_per_image"]

# The ratio of two identical photographs is infinite: stop here.
MAX_DECIBELS = 100.0


def psnr_per_image(y_true: Any, y_pred: Any) -> Any:
    """Computes each photograph's PSNR: `-10 log10(mean square error)`.

    Args:
        y_true: `[B, H, W, C]` in [0, 1].
        y_pred: `[B, H, W, C]`; clipped to [0, 1], as a display would.

    Returns:
        `[B]` decibels, float32, at most 100 (identical photographs).
    """
    y_true = ops.cast(y_true, "float32")
    y_pred = ops.clip(ops.cast(y_pred, "float32"), 0.0, 1.0)
    error = ops.mean(ops.square(y_true - y_pred), axis=(1, 2, 3))  # [B]
    floor = 10.0 ** (-MAX_DECIBELS / 10.0)
    return -10.0 * ops.log10(ops.maximum(error, floor))


@keras.saving.register_keras_serializable(package="dmtdr_tf")
class PSNR(keras.metrics.Mean):
    """The mean over photographs of `-10 log10(mean square error)`, in dB.

    Args:
        name: Name of the metric.
        dtype: Ignored: float32.

    Input shape:
        y_true: `[B, H, W, C]` in [0, 1].
        y_pred: `[B, H, W, C]`; clipped to [0, 1].
        sample_weight: `[B]`; 0 leaves a photograph out.

    Output shape:
        A scalar, float32; an identical photograph counts as 100 dB.

    Example: an error of 0.1 everywhere is 20 dB.

    >>> metric = PSNR()
    >>> gray = ops.full((1, 8, 8, 3), 0.5)
    >>> metric.update_state(gray, gray + 0.1)
    >>> round(float(metric.result()), 3)
    20.0
    """

    def __init__(self, name: str = "psnr", dtype: Any = None):
        super().__init__(name=name, dtype="float32")

    def update_state(
        self, y_true: Any, y_pred: Any, sample_weight: Any = None
    ) -> None:
        super().update_state(psnr_per_image(y_true, y_pred), sample_weight)
