"""The model's input, computed in graph from a file's content."""

import tensorflow as tf

from dmtdr_tf.preprocessing import constants
from dmtdr_tf.preprocessing.degradation import low_resolution
from dmtdr_tf.preprocessing.graph.cropping import cut_out
from dmtdr_tf.preprocessing.graph.decoding import decode_photograph
from dmtdr_tf.preprocessing.graph.field_of_view import (
    area_resize,
    find_field_of_view,
)

__all__ = ["model_input", "model_input_from_bytes"]


def model_input_from_bytes(
    content: tf.Tensor, low_res_size: int, high_res_size: int
) -> tuple[tf.Tensor, tf.Tensor]:
    """Computes a model's input from a file's content, like `model_input`.

    The counterpart of `prepare(path).model_input(...)` without the quality
    check: a signature for files starts with it.

    Args:
        content: A scalar string: the content of a JPEG or PNG file.
        low_res_size: Side of the model's input.
        high_res_size: Side of its output.

    Returns:
        The low-resolution photograph `[low_res_size, low_res_size, 3]`,
        float32 in [0, 1], and the square that it shows: int32 `[5]`, its top,
        left and side and the height and width of the photograph, in the
        photograph's pixels. The graph raises `InvalidArgumentError` where
        `decode_photograph` or `find_field_of_view` does.

    Example:
        >>> photograph = tf.pad(
        ...     tf.fill([80, 80, 3], tf.constant(90, tf.uint8)),
        ...     [[10, 10], [35, 35], [0, 0]],
        ... )
        >>> content = tf.io.encode_png(photograph)
        >>> low_res, square = model_input_from_bytes(content, 16, 64)
        >>> low_res.shape, square.numpy().tolist()
        (TensorShape([16, 16, 3]), [9, 34, 82, 100, 150])
    """
    photograph = decode_photograph(content)
    field_of_view = find_field_of_view(photograph)
    return model_input(photograph, field_of_view, low_res_size, high_res_size)


def model_input(
    photograph: tf.Tensor,
    field_of_view: tf.Tensor,
    low_res_size: int,
    high_res_size: int,
) -> tuple[tf.Tensor, tf.Tensor]:
    """Crops and reduces a decoded photograph to a model's input.

    Args:
        photograph: uint8 `[H, W, 3]`, from `decode_photograph`.
        field_of_view: int32 `[3]`, from `find_field_of_view`.
        low_res_size: Side of the model's input.
        high_res_size: Side of its output.

    Returns:
        As `model_input_from_bytes`.
    """
    square = cut_out(photograph, field_of_view)
    low_res = _reduce(square, field_of_view[2], low_res_size, high_res_size)
    return low_res, tf.concat([field_of_view, tf.shape(photograph)[:2]], 0)


def _reduce(
    square: tf.Tensor, side: tf.Tensor, low_res_size: int, high_res_size: int
) -> tf.Tensor:
    """The model's input `[low_res_size, low_res_size, 3]`, in [0, 1]."""

    def like_training() -> tf.Tensor:
        high_res = _area(square, high_res_size) / 255.0
        return low_resolution(high_res, high_res_size // low_res_size)

    return tf.cond(
        side >= high_res_size,
        like_training,
        lambda: tf.cond(
            side >= low_res_size,
            lambda: _area(square, low_res_size) / 255.0,
            lambda: _enlarged(square, side, low_res_size) / 255.0,
        ),
    )


def _area(square: tf.Tensor, size: int) -> tf.Tensor:
    reduced = area_resize(square, tf.constant([size, size]))
    return tf.ensure_shape(reduced, (size, size, 3))


def _enlarged(square: tf.Tensor, side: tf.Tensor, size: int) -> tf.Tensor:
    """Cubic as in OpenCV, rounded to whole numbers: `[size, size, 3]`."""
    weights = _cubic_weights(side, size)
    x = tf.cast(square, tf.float32)
    x = tf.einsum("ij,kl,jlc->ikc", weights, weights, x)
    return tf.ensure_shape(
        tf.clip_by_value(tf.round(x), 0.0, 255.0), (size, size, 3)
    )


def _cubic_weights(side: tf.Tensor, size: int) -> tf.Tensor:
    """How much of each of `side` pixels each cell takes: `[size, side]`."""
    factor = tf.cast(side, tf.float32) / size
    center = (tf.range(size, dtype=tf.float32) + 0.5) * factor - 0.5
    first = tf.floor(center)
    weights = tf.zeros([size, side])
    for tap in range(-1, 3):
        distance = tf.abs(center - (first + tap))
        index = tf.clip_by_value(tf.cast(first, tf.int32) + tap, 0, side - 1)
        weights += tf.one_hot(index, side) * _cubic(distance)[:, None]
    return weights


def _cubic(x: tf.Tensor) -> tf.Tensor:
    """The cubic kernel of Keys (1981) at distances below two pixels."""
    a = constants.ENLARGING_CUBIC
    near = ((a + 2.0) * x - (a + 3.0)) * x * x + 1.0
    far = ((a * x - 5.0 * a) * x + 8.0 * a) * x - 4.0 * a
    return tf.where(x <= 1.0, near, far)
