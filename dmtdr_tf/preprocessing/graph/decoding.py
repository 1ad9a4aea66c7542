"""Photographs decoded in graph, with a limit of pixels."""

import tensorflow as tf

# A decoded photograph takes three bytes a pixel, and a server decodes several.
MAX_MEGAPIXELS = 50

_JPEG_MAGIC = b"\xff\xd8\xff"
_PNG_MAGIC = b"\x89PNG\r\n\x1a\n"
_PNG_HEADER = 33
_PNG_SIZE, _PNG_COLOUR = 16, 25
_PNG_ALPHA = (4, 6)


def decode_photograph(content: tf.Tensor) -> tf.Tensor:
    """Decodes a JPEG or PNG file as `data.photograph` does, in graph.

    Grey is repeated over the channels, 16 bits are reduced to 8, and the
    transparent parts of a PNG become black. An EXIF orientation is not
    applied: send photographs upright.

    Args:
        content: A string: the content of a JPEG or PNG file.

    Returns:
        uint8 `[H, W, 3]`, RGB. In graph `InvalidArgumentError` is raised for
        what is no JPEG or PNG, is damaged, or has more than 50 megapixels;
        the last before anything is decoded.
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
    content = require(
        content,
        height * width <= MAX_MEGAPIXELS * 1_000_000,
        f"the photograph has more than {MAX_MEGAPIXELS} megapixels; reduce it "
        "first",
    )
    photograph = tf.cond(
        is_jpeg, lambda: _decode_jpeg(content), lambda: _decode_png(content)
    )
    return tf.ensure_shape(photograph, (None, None, 3))


def require(value: tf.Tensor, condition: tf.Tensor, message: str) -> tf.Tensor:
    """Lets a value through where a condition holds.

    What is computed from the result waits for the check, which it would not
    do by standing after it.

    Args:
        value: Any tensor.
        condition: A boolean.
        message: That of the `InvalidArgumentError` raised in graph.

    Returns:
        The value.
    """
    with tf.control_dependencies([tf.debugging.Assert(condition, [message])]):
        return tf.identity(value)


def _starts_with(content, magic):
    return tf.equal(tf.strings.substr(content, 0, len(magic)), magic)


def _jpeg_size(content):
    shape = tf.image.extract_jpeg_shape(content, output_type=tf.int32)
    return tf.cast(shape[:2], tf.int64)


def _png_size(content):
    """Height and width by the header, `[2]`."""
    size = tf.io.decode_raw(
        tf.strings.substr(content, _PNG_SIZE, 8), tf.int32, little_endian=False
    )
    return tf.ensure_shape(tf.cast(size[::-1], tf.int64), (2,))


def _decode_jpeg(content):
    # OpenCV's transform; TensorFlow's default is a faster, less exact one.
    return tf.io.decode_jpeg(content, 3, dct_method="INTEGER_ACCURATE")


def _decode_png(content):
    colour = tf.io.decode_raw(
        tf.strings.substr(content, _PNG_COLOUR, 1), tf.uint8
    )
    has_alpha = tf.reduce_any(colour == tf.constant(_PNG_ALPHA, tf.uint8))
    return tf.cond(
        has_alpha,
        lambda: _over_black(tf.io.decode_png(content, 4)),
        lambda: tf.io.decode_png(content, 3),
    )


def _over_black(photograph):
    """Lays RGBA over black: hidden pixels have any colour."""
    wide = tf.cast(photograph, tf.uint16)
    blended = (wide[..., :3] * wide[..., 3:] + 127) // 255
    return tf.cast(blended, tf.uint8)
