"""Bicubic upsampling as one fixed convolution with depth-to-space."""

from typing import Any

import keras
import numpy as np
from keras import ops

from dmtdr_tf.files.errors import UserError

__all__ = ["BicubicUpsampling", "bicubic_kernel"]

Shape = tuple[int | None, ...]


def _cubic(distance: np.ndarray) -> np.ndarray:
    """Keys' cubic kernel with a = -0.5, as `tf.image.resize` uses."""
    x = np.abs(distance)
    near = (1.5 * x - 2.5) * x * x + 1
    far = ((-0.5 * x + 2.5) * x - 4) * x + 2
    return np.where(x <= 1, near, np.where(x < 2, far, 0.0))


def bicubic_kernel(scale: int, channels: int = 3) -> np.ndarray:
    """Returns the convolution kernel of bicubic upsampling.

    Args:
        scale: Upsampling factor.
        channels: Channels of the photograph; none mixes with another.

    Returns:
        `[5, 5, channels, scale * scale * channels]` float32: the output
        channel `(dy * scale + dx) * channels + c` is the pixel at row `dy`
        and column `dx` of the cell that the input pixel becomes.
    """
    phase = (np.arange(scale) + 0.5) / scale - 0.5
    taps = np.arange(-2, 3)
    weights = _cubic(phase[:, None] - taps[None, :])  # [scale, 5]
    plane = np.einsum("ai,bj->ijab", weights, weights)  # [5, 5, s, s]
    kernel = np.einsum("ijab,cd->ijcabd", plane, np.eye(channels))
    return kernel.reshape(5, 5, channels, -1).astype("float32")


@keras.saving.register_keras_serializable(package="dmtdr_tf")
class BicubicUpsampling(keras.layers.Layer):
    """Upsamples a photograph bicubically, as `tf.image.resize` does inside.

    A resize operator does not convert for devices; a convolution with a fixed
    kernel and a mirrored border does, and gives the same values from two
    pixels inside the border on.

    Args:
        scale: Upsampling factor: 2, 4 or 8.
        **kwargs: As `keras.layers.Layer`.

    Input shape:
        `[B, h, w, 3]`.

    Output shape:
        `[B, scale * h, scale * w, 3]`; may leave [0, 1] by the kernel's
        overshoot.

    Raises:
        UserError: `scale` is not 2, 4 or 8.

    Example:
    >>> layer = BicubicUpsampling(2)
    >>> tuple(layer(np.zeros((1, 4, 6, 3), "float32")).shape)
    (1, 8, 12, 3)

    Reference:
        Keys 1981, "Cubic convolution interpolation for digital image
        processing", with a = -0.5.
    """

    def __init__(self, scale: int = 4, **kwargs: Any):
        super().__init__(**kwargs)
        if scale not in (2, 4, 8):
            raise UserError(f"must be 2, 4 or 8, not {scale}", argument="scale")
        self.scale = scale

    def call(self, inputs: Any) -> Any:
        padded = ops.pad(
            inputs, ((0, 0), (2, 2), (2, 2), (0, 0)), mode="symmetric"
        )
        kernel = ops.cast(bicubic_kernel(self.scale), inputs.dtype)
        phases = ops.conv(padded, kernel, padding="valid")
        return ops.depth_to_space(phases, self.scale)

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        batch, height, width, channels = input_shape
        return (
            batch,
            height and height * self.scale,
            width and width * self.scale,
            channels,
        )

    def get_config(self) -> dict[str, Any]:
        config = super().get_config()
        config.update(scale=self.scale)
        return config
