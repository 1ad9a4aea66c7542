"""Structural similarity of photographs."""

from typing import Any

import keras
import numpy as np
from keras import ops

from dmtdr_tf.files.errors import UserError

__all__ = ["SSIM", "ssim_per_image"]

_SIZE, _SIGMA = 11, 1.5
_C1, _C2 = 0.01**2, 0.03**2


def _gaussian() -> np.ndarray:
    """The window's 11 weights along one side; their sum is 1."""
    distance = np.arange(_SIZE) - _SIZE // 2
    weights = np.exp(-0.5 * (distance / _SIGMA) ** 2)
    return (weights / weights.sum()).astype("float32")


def _window_means(maps: Any) -> Any:
    """Gaussian means around every pixel that has a whole window.

    Rows, then columns: an eighth of the arithmetic of one square window.
    """
    channels = maps.shape[-1]
    weights = np.tile(_gaussian()[:, None, None, None], (1, 1, channels, 1))
    for kernel in (weights, weights.transpose(1, 0, 2, 3)):
        maps = ops.depthwise_conv(maps, kernel, padding="valid")
    return maps  # [B, H - 10, W - 10, channels]


def ssim_per_image(y_true: Any, y_pred: Any) -> Any:
    """Computes each photograph's SSIM.

    The mean over channels and over all pixels with a whole window of
    `(2 m1 m2 + C1) (2 c12 + C2) / ((m1^2 + m2^2 + C1) (v1 + v2 + C2))` with
    the means, variances and covariance in an 11 x 11 Gaussian window of sigma
    1.5, `C1 = 0.01^2` and `C2 = 0.03^2`. Equals `tf.image.ssim`, and
    scikit-image with `gaussian_weights=True, sigma=1.5,
    use_sample_covariance=False, data_range=1`.

    Args:
        y_true: `[B, H, W, C]` in [0, 1], `H` and `W` at least 11.
        y_pred: `[B, H, W, C]`; clipped to [0, 1], as a display would.

    Returns:
        `[B]` in [-1, 1], float32.

    Raises:
        UserError: A side is shorter than the window.

    Reference:
        Wang et al. 2004, "Image Quality Assessment: From Error Visibility to
        Structural Similarity".
    """
    y_true = ops.cast(y_true, "float32")
    y_pred = ops.clip(ops.cast(y_pred, "float32"), 0.0, 1.0)
    height, width = y_true.shape[1:3]
    if min(height or _SIZE, width or _SIZE) < _SIZE:
        raise UserError(
            f"must be at least {_SIZE} pixels a side for SSIM, not {height} x "
            f"{width}",
            argument="y_true",
        )
    # Variances do not change with the middle of the range, but a float32
    # difference of squares loses less around 0.
    x, y = y_true - 0.5, y_pred - 0.5
    maps = [x, y, ops.square(x) + ops.square(y), x * y]
    means = _window_means(ops.concatenate(maps, axis=-1))
    mean_x, mean_y, squares, product = ops.split(means, 4, axis=-1)
    variances = squares - ops.square(mean_x) - ops.square(mean_y)
    covariance = product - mean_x * mean_y
    mean_x, mean_y = mean_x + 0.5, mean_y + 0.5
    luminance = (2 * mean_x * mean_y + _C1) / (
        ops.square(mean_x) + ops.square(mean_y) + _C1
    )
    structure = (2 * covariance + _C2) / (variances + _C2)
    return ops.mean(luminance * structure, axis=(1, 2, 3))


@keras.saving.register_keras_serializable(package="dmtdr_tf")
class SSIM(keras.metrics.Mean):
    """The mean over photographs of `ssim_per_image`.

    Args:
        name: Name of the metric.
        dtype: Ignored: float32.

    Input shape:
        y_true: `[B, H, W, C]` in [0, 1], `H` and `W` at least 11.
        y_pred: `[B, H, W, C]`; clipped to [0, 1].
        sample_weight: `[B]`; 0 leaves a photograph out.

    Output shape:
        A scalar in [-1, 1], float32.

    Raises:
        UserError: From `update_state`: a side is shorter than the window.

    Example: flat gray on black is all luminance: `C1 / (0.25 + C1)`.

    >>> metric = SSIM()
    >>> black = np.zeros((1, 16, 16, 3))
    >>> metric.update_state(black, black + 0.5)
    >>> round(float(metric.result()), 4)
    0.0004
    """

    def __init__(self, name: str = "ssim", dtype: Any = None):
        super().__init__(name=name, dtype="float32")

    def update_state(
        self, y_true: Any, y_pred: Any, sample_weight: Any = None
    ) -> None:
        super().update_state(ssim_per_image(y_true, y_pred), sample_weight)
