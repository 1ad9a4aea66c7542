"""What the kinds of files have in common, in graph."""

import tensorflow as tf

from dmtdr_tf.preprocessing import constants
from dmtdr_tf.preprocessing.graph.require import require

__all__ = ["refuse_second", "require_shape"]

_PNG = b"\x89PNG\r\n\x1a\n"
_JPEG_FOURTH = (0xDB, 0xC0, *range(0xE0, 0xF0))


def require_shape(
    value: tf.Tensor, height: tf.Tensor, width: tf.Tensor
) -> tf.Tensor:
    """Passes a value on if a photograph's header allows it.

    Args:
        value: Any tensor.
        height: int32, in pixels, as the header says.
        width: int32.

    Returns:
        The value. The graph raises `InvalidArgumentError` if there are more
        than 50 megapixels, or one side is more than four times the other.
    """
    height, width = tf.cast(height, tf.int64), tf.cast(width, tf.int64)
    value = require(
        value,
        (height > 0) & (width > 0),
        "the file is damaged: its header has no size",
    )
    limit = constants.MAX_SERVER_MEGAPIXELS
    value = require(
        value,
        height * width <= limit * 1_000_000,
        f"the photograph has more than {limit} megapixels; reduce it first",
    )
    ratio = constants.MAX_ASPECT_RATIO
    return require(
        value,
        tf.maximum(height, width) <= ratio * tf.minimum(height, width),
        "the picture is a strip, not a photograph: one side is more than "
        f"{ratio} times the other",
    )


def refuse_second(
    value: tf.Tensor, data: tf.Tensor, end: tf.Tensor
) -> tf.Tensor:
    """Passes a value on if no second picture follows the first.

    Args:
        value: Any tensor.
        data: uint8 `[N]`, the file.
        end: int32, where its picture ends.

    Returns:
        The value.
    """
    tail = tf.cast(data[end:], tf.int32)
    tail = tf.pad(tail, [[0, len(_PNG)]])
    count = tf.size(tail) - len(_PNG)
    follows = [tail[k : count + k] for k in range(len(_PNG))]
    is_jpeg = (follows[0] == 0xFF) & (follows[1] == 0xD8)
    is_jpeg &= follows[2] == 0xFF
    is_jpeg &= tf.reduce_any(
        follows[3][:, None] == tf.constant(_JPEG_FOURTH), 1
    )
    is_png = tf.reduce_all(
        tf.stack(
            [one == code for one, code in zip(follows, _PNG, strict=True)]
        ),
        0,
    )
    return require(
        value,
        ~tf.reduce_any(is_jpeg | is_png),
        "the file holds more than one picture; save the photograph alone",
    )
