"""The arithmetic that evidence maps share, in float32."""

from typing import Any

import tensorflow as tf
from keras import ops

__all__ = [
    "as_tensor",
    "channel_weights",
    "largest_to_one",
    "normalize",
    "resize",
    "weighted_sum",
]

# A map with a smaller peak counts as zero: dividing by the peak, and the
# gradient of that, would overflow.
_SMALLEST_PEAK = 1e-30


def as_tensor(values: Any) -> Any:
    """Returns a tensor as it is, and an array as a float32 tensor.

    Args:
        values: A tensor, a NumPy array, or nested lists of numbers.
    """
    return values if tf.is_tensor(values) else tf.constant(values, tf.float32)


def channel_weights(gradient: Any) -> Any:
    """Averages a gradient over the map: how much each channel matters.

    Args:
        gradient: `[B, H, W, C]` gradient of the score by a feature map.

    Returns:
        `[B, C]`, float32.

    Reference:
        DeepMT-DR, eq. 1.
    """
    return ops.mean(ops.cast(gradient, "float32"), axis=(1, 2))


def weighted_sum(feature: Any, weights: Any) -> Any:
    """Sums the channels of each image's feature map with its own weights.

    Args:
        feature: `[B, H, W, C]`.
        weights: `[B, C]`.

    Returns:
        `[B, H, W, 1]`, float32.
    """
    feature = ops.cast(feature, "float32")
    # A matrix product, to avoid a second array of the feature map's size.
    return ops.matmul(feature, weights[:, None, :, None])


def resize(maps: Any, like: Any) -> Any:
    """Resizes maps bilinearly to the height and width of another tensor.

    Args:
        maps: `[B, h, w, 1]`.
        like: `[B, H, W, ...]`.

    Returns:
        `[B, H, W, 1]`.
    """
    # Not `ops.image.resize`: it refuses a size that only the graph knows.
    return tf.image.resize(maps, ops.shape(like)[1:3])


def normalize(maps: Any) -> Any:
    """Divides each map by its maximum; a map of zeros stays as it is.

    Args:
        maps: `[B, H, W, 1]`, nowhere negative.

    Returns:
        `[B, H, W, 1]` in [0, 1].
    """
    return _divide(maps, ops.max(maps, axis=(1, 2, 3), keepdims=True))


def largest_to_one(maps: Any) -> Any:
    """Divides each map by its largest absolute value.

    Args:
        maps: `[B, H, W, 1]`.

    Returns:
        `[B, H, W, 1]` in [-1, 1]; a map of zeros stays as it is.
    """
    size = ops.max(ops.abs(maps), axis=(1, 2, 3), keepdims=True)
    return _divide(maps, size)


def _divide(maps: Any, peak: Any) -> Any:
    # Chosen before dividing: neither 0 / 0 nor the NaN of its gradient.
    return maps / ops.where(peak > _SMALLEST_PEAK, peak, ops.ones_like(peak))
