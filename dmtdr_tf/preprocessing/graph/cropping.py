"""Photographs cropped to the field of view in graph."""

import tensorflow as tf

__all__ = ["cut_out"]


def cut_out(photograph: tf.Tensor, field_of_view: tf.Tensor) -> tf.Tensor:
    """Cuts out the square, black where it reaches outside.

    Args:
        photograph: uint8 `[H, W, 3]`.
        field_of_view: int32 `[3]`: top, left and side.

    Returns:
        uint8 `[side, side, 3]`.
    """
    shape = tf.shape(photograph)[:2]
    start, stop = field_of_view[:2], field_of_view[:2] + field_of_view[2]
    low, high = tf.maximum(start, 0), tf.minimum(stop, shape)
    inside = photograph[low[0] : high[0], low[1] : high[1]]
    paddings = tf.stack([low - start, stop - high], 1)
    return tf.pad(inside, tf.concat([paddings, [[0, 0]]], 0))
