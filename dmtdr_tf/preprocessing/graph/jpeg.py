"""JPEG files, checked and decoded in graph."""

import tensorflow as tf

from dmtdr_tf.preprocessing.graph.directories import directory_value, upright
from dmtdr_tf.preprocessing.graph.jpeg_damage import require_whole_scans
from dmtdr_tf.preprocessing.graph.jpeg_layout import read_frame, read_scans
from dmtdr_tf.preprocessing.graph.jpeg_segments import Segments, find_segments
from dmtdr_tf.preprocessing.graph.pictures import refuse_second, require_shape
from dmtdr_tf.preprocessing.graph.require import require
from dmtdr_tf.preprocessing.graph.seam import has_seam

__all__ = ["decode_jpeg"]

_APP1, _APP2 = 0xE1, 0xE2
_ORIENTATION, _PICTURES = 0x0112, 0xB001


def decode_jpeg(content: tf.Tensor) -> tf.Tensor:
    """Decodes a JPEG file like Python's `decode_jpeg`.

    Args:
        content: A scalar string that begins like a JPEG file.

    Returns:
        uint8 `[H, W, 3]`, RGB, upright. The graph raises
        `InvalidArgumentError` for what Python refuses.
    """
    segments = find_segments(content)
    content = refuse_second(content, segments.data, segments.end)
    pictures = _named_value(segments, _APP2, b"MPF\0", _PICTURES, 1)
    content = require(
        content,
        pictures <= 1,
        "the file holds more than one picture; save the photograph alone",
    )
    frame = read_frame(segments)
    content = require_shape(content, frame.height, frame.width)
    scans = read_scans(segments, frame)
    content = require_whole_scans(content, segments, frame, scans)
    # OpenCV's transform; TensorFlow's default is a faster, less exact one.
    photograph = tf.io.decode_jpeg(content, 3, dct_method="INTEGER_ACCURATE")
    photograph = require(
        photograph,
        ~has_seam(photograph),
        "the JPEG file is damaged (from one of its blocks on, the brightness "
        "or color is shifted); copy it again",
    )
    orientation = _named_value(segments, _APP1, b"Exif\0\0", _ORIENTATION, 1)
    return upright(photograph, orientation)


def _named_value(
    segments: Segments, marker: int, name: bytes, tag: int, default: int
) -> tf.Tensor:
    """A tag's value in the last segment that begins with a name."""
    places = tf.minimum(
        segments.starts[:, None] + tf.range(len(name)),
        tf.size(segments.data) - 1,
    )
    begins = tf.reduce_all(
        tf.gather(segments.data, places) == tf.constant(list(name), tf.uint8),
        1,
    )
    where = tf.where((segments.markers == marker) & begins)[:, 0]

    def read() -> tf.Tensor:
        start = segments.starts[where[-1]] + len(name)
        block = segments.data[start : segments.ends[where[-1]]]
        return directory_value(block, tag, default)

    return tf.cond(tf.size(where) > 0, read, lambda: tf.constant(default))
