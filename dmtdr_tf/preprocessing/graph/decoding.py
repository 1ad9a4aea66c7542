"""Photographs decoded in graph, with a limit of pixels."""

import tensorflow as tf

from dmtdr_tf.preprocessing import constants

__all__ = ["decode_photograph", "require"]

_JPEG_MAGIC = b"\xff\xd8\xff"
_PNG_MAGIC = b"\x89PNG\r\n\x1a\n"
_PNG_HEADER = 33
_PNG_SIZE, _PNG_COLOR = 16, 25
_PNG_ALPHA = (4, 6)


def decode_photograph(content: tf.Tensor) -> tf.Tensor:
    """Decodes a JPEG or PNG file like `read_photograph`, in graph.

    Repeats gray over the channels, reduces 16 bits to 8, and makes the
    transparent parts of a PNG black. It does not apply an EXIF orientation:
    send photographs upright.

    Args:
        content: A scalar string: the content of a JPEG or PNG file.

    Returns:
        uint8 `[H, W, 3]`, RGB. The graph raises `InvalidArgumentError` if the
        content is not a JPEG or PNG file, is damaged, or has more than 50
        megapixels; the last before anything is decoded.

    Example:
        >>> content = tf.io.encode_png(tf.zeros((2, 3, 1), tf.uint8))
        >>> decode_photograph(content).shape
        TensorShape([2, 3, 3])
    """
    is_jpeg = _starts_with(content, _JPEG_MAGIC)
    is_png = _starts_with(content, _PNG_MAGIC) & (
        tf.strings.length(content) >= _PNG_HEADER
    )
    content = require(
        content, is_jpeg | is_png, "the photograph is no JPEG or PNG file"
    )
    height, width = tf.unstack(
        tf.cond(
            is_jpeg, lambda: _jpeg_size(content), lambda: _png_size(content)
        )
    )
    limit = constants.MAX_SERVER_MEGAPIXELS
    content = require(
        content,
        height * width <= limit * 1_000_000,
        f"the photograph has more than {limit} megapixels; reduce it first",
    )
    photograph = tf.cond(
        is_jpeg, lambda: _decode_jpeg(content), lambda: _decode_png(content)
    )
    return tf.ensure_shape(photograph, (None, None, 3))


def require(value: tf.Tensor, condition: tf.Tensor, message: str) -> tf.Tensor:
    """Passes a value on if a condition holds.

    Operations on the result wait for the check; operations that merely follow
    an assertion would not.

    Args:
        value: Any tensor.
        condition: A boolean.
        message: That of the `InvalidArgumentError` raised in graph.

    Returns:
        The value.
    """
    with tf.control_dependencies([tf.debugging.Assert(condition, [message])]):
        return tf.identity(value)


def _starts_with(content: tf.Tensor, magic: bytes) -> tf.Tensor:
    return tf.equal(tf.strings.substr(content, 0, len(magic)), magic)


def _jpeg_size(content: tf.Tensor) -> tf.Tensor:
    """Height and width by the header, int64 `[2]`."""
    shape = tf.image.extract_jpeg_shape(content, output_type=tf.int32)
    return tf.cast(shape[:2], tf.int64)


def _png_size(content: tf.Tensor) -> tf.Tensor:
    """Height and width by the header, int64 `[2]`."""
    size = tf.io.decode_raw(
        tf.strings.substr(content, _PNG_SIZE, 8), tf.int32, little_endian=False
    )
    return tf.ensure_shape(tf.cast(size[::-1], tf.int64), (2,))


def _decode_jpeg(content: tf.Tensor) -> tf.Tensor:
    # OpenCV's transform; TensorFlow's default is a faster, less exact one.
    return tf.io.decode_jpeg(content, 3, dct_method="INTEGER_ACCURATE")


def _decode_png(content: tf.Tensor) -> tf.Tensor:
    color = tf.io.decode_raw(
        tf.strings.substr(content, _PNG_COLOR, 1), tf.uint8
    )
    has_alpha = tf.reduce_any(color == tf.constant(_PNG_ALPHA, tf.uint8))
    return tf.cond(
        has_alpha,
        lambda: _over_black(tf.io.decode_png(content, 4)),
        lambda: tf.io.decode_png(content, 3),
    )


def _over_black(photograph: tf.Tensor) -> tf.Tensor:
    """Lays RGBA over black: hidden pixels have any color."""
    wide = tf.cast(photograph, tf.uint16)
    blended = (wide[..., :3] * wide[..., 3:] + 127) // 255
    return tf.cast(blended, tf.uint8)
