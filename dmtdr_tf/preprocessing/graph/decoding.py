"""Photographs decoded in graph, as strictly as in Python."""

import tensorflow as tf

from dmtdr_tf.preprocessing.graph.jpeg import decode_jpeg
from dmtdr_tf.preprocessing.graph.png import decode_png
from dmtdr_tf.preprocessing.graph.require import require

__all__ = ["decode_photograph", "require"]

_JPEG_MAGIC = b"\xff\xd8\xff"
_PNG_MAGIC = b"\x89PNG\r\n\x1a\n"


def decode_photograph(content: tf.Tensor) -> tf.Tensor:
    """Decodes a JPEG or PNG file like `read_photograph`, in graph.

    Repeats gray over the channels, reduces 16 bits to 8, makes transparent
    parts black, and applies the orientation that the file notes.

    Args:
        content: A scalar string: the content of a JPEG or PNG file.

    Returns:
        uint8 `[H, W, 3]`, RGB. The graph raises `InvalidArgumentError` if the
        content is not a JPEG or PNG file, is damaged, holds several pictures,
        has more than 50 megapixels, or one side is more than four times the
        other; the last two before anything is decoded.

    Example:
        >>> content = tf.io.encode_png(tf.zeros((2, 3, 1), tf.uint8))
        >>> decode_photograph(content).shape
        TensorShape([2, 3, 3])
    """
    is_jpeg = _starts_with(content, _JPEG_MAGIC)
    content = require(
        content,
        is_jpeg | _starts_with(content, _PNG_MAGIC),
        "the photograph is no JPEG or PNG file; TIFF, WebP, BMP and other "
        "kinds must be converted first",
    )
    photograph = tf.cond(
        is_jpeg, lambda: decode_jpeg(content), lambda: decode_png(content)
    )
    return tf.ensure_shape(photograph, (None, None, 3))


def _starts_with(content: tf.Tensor, magic: bytes) -> tf.Tensor:
    return tf.equal(tf.strings.substr(content, 0, len(magic)), magic)
