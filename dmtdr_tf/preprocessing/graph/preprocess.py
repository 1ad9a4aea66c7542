"""From a file's content to the model's input, in graph."""

import tensorflow as tf

from dmtdr_tf.preprocessing.degradation import low_resolution
from dmtdr_tf.preprocessing.graph.decoding import decode_photograph
from dmtdr_tf.preprocessing.graph.field_of_view import (
    area_resize,
    find_field_of_view,
)

# OpenCV's cubic; TensorFlow's own has -0.5.
_CUBIC = -0.75


def preprocess(
    content: tf.Tensor, low_res_size: int, high_res_size: int
) -> tuple[tf.Tensor, tf.Tensor]:
    """Makes the model's input of a file, as `dmtdr predict` makes it.

    Args:
        content: A string: the content of a JPEG or PNG file.
        low_res_size: Side of the model's input.
        high_res_size: Side of its output.

    Returns:
        `[low_res_size, low_res_size, 3]` float32 in [0, 1], and the square
        that it shows: int32 `[5]`, its top, left and side and the height and
        width of the photograph, in the photograph's pixels.
    """
    photograph = decode_photograph(content)
    view = find_field_of_view(photograph)
    square = _cut_out(photograph, view)
    low_res = _reduce(square, view[2], low_res_size, high_res_size)
    return low_res, tf.concat([view, tf.shape(photograph)[:2]], 0)


def _cut_out(photograph, view):
    """The square, black where it reaches outside: uint8 `[S, S, 3]`."""
    shape = tf.shape(photograph)[:2]
    start, stop = view[:2], view[:2] + view[2]
    low, high = tf.maximum(start, 0), tf.minimum(stop, shape)
    inside = photograph[low[0] : high[0], low[1] : high[1]]
    paddings = tf.stack([low - start, stop - high], 1)
    return tf.pad(inside, tf.concat([paddings, [[0, 0]]], 0))


def _reduce(square, side, low_res_size, high_res_size):
    def as_training():
        high_res = _area(square, high_res_size) / 255.0
        return low_resolution(high_res, high_res_size // low_res_size)

    return tf.cond(
        side >= high_res_size,
        as_training,
        lambda: tf.cond(
            side >= low_res_size,
            lambda: _area(square, low_res_size) / 255.0,
            lambda: _enlarged(square, side, low_res_size) / 255.0,
        ),
    )


def _area(square, size):
    reduced = area_resize(square, tf.constant([size, size]))
    return tf.ensure_shape(reduced, (size, size, 3))


def _enlarged(square, side, size):
    """Cubic as in OpenCV, rounded to whole numbers: `[size, size, 3]`."""
    weights = _cubic_weights(side, size)
    x = tf.cast(square, tf.float32)
    x = tf.einsum("ij,kl,jlc->ikc", weights, weights, x)
    return tf.ensure_shape(
        tf.clip_by_value(tf.round(x), 0.0, 255.0), (size, size, 3)
    )


def _cubic_weights(side, size):
    """What each of `size` cells takes from each of `side`: `[size, side]`."""
    factor = tf.cast(side, tf.float32) / size
    centre = (tf.range(size, dtype=tf.float32) + 0.5) * factor - 0.5
    first = tf.floor(centre)
    weights = tf.zeros([size, side])
    for tap in range(-1, 3):
        distance = tf.abs(centre - (first + tap))
        at = tf.clip_by_value(tf.cast(first, tf.int32) + tap, 0, side - 1)
        weights += tf.one_hot(at, side) * _cubic(distance)[:, None]
    return weights


def _cubic(x):
    near = ((_CUBIC + 2.0) * x - (_CUBIC + 3.0)) * x * x + 1.0
    far = ((_CUBIC * x - 5.0 * _CUBIC) * x + 8.0 * _CUBIC) * x - 4.0 * _CUBIC
    return tf.where(x <= 1.0, near, far)
