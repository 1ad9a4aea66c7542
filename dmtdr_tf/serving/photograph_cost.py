"""How much work a photograph is, by its header alone."""

import struct
from collections.abc import Iterable

import tensorflow as tf

from dmtdr_tf.preprocessing.constants import MAX_SERVER_MEGAPIXELS
from dmtdr_tf.serving.serving_error import ServingError

__all__ = ["check_header", "megapixels"]

_PNG = b"\x89PNG\r\n\x1a\n"
_JPEG = b"\xff\xd8"
_SCAN = b"\xff\xda"
# A camera's progressive JPEG has about ten. Each costs as much as a whole
# picture, in a few bytes.
_MOST_SCANS = 100
_MOST_ASPECT = 4


def megapixels(contents: Iterable[bytes]) -> float:
    """Adds the megapixels of JPEG and PNG files, without decoding them.

    Args:
        contents: Their contents.

    Returns:
        The sum. What is no photograph, or is refused for its size, costs
        nothing.

    Example:
    >>> content = tf.io.encode_png(tf.zeros((2000, 1000, 3), tf.uint8))
    >>> megapixels([content.numpy()])
    2.0
    """
    return sum(_megapixels(content) for content in contents)


def _megapixels(content: bytes) -> float:
    height, width = _shape(content)
    size = height * width / 1e6
    return size if size <= MAX_SERVER_MEGAPIXELS else 0.0


def _shape(content: bytes) -> tuple[int, int]:
    """Height and width by the header; zeros if there is none."""
    if content.startswith(_PNG) and len(content) >= 24:
        width, height = struct.unpack(">II", content[16:24])
        return height, width
    if content.startswith(_JPEG):
        try:
            shape = tf.image.extract_jpeg_shape(content).numpy()
        except tf.errors.OpError:
            return 0, 0
        return int(shape[0]), int(shape[1])
    return 0, 0


def check_header(content: bytes) -> None:
    """Refuses a file that would take minutes or gigabytes, by its header.

    That is a strip, because what is cropped is a square of the longer side,
    and a JPEG file of very many scans.

    Args:
        content: A file's content.

    Raises:
        ServingError: `INVALID_ARGUMENT`.
    """
    shape = _shape(content)
    if max(shape) > _MOST_ASPECT * min(shape):
        raise ServingError(
            "INVALID_ARGUMENT",
            f"{shape[1]} x {shape[0]} pixels are a strip, not a photograph: "
            f"one side is more than {_MOST_ASPECT} times the other",
        )
    if content.startswith(_JPEG) and content.count(_SCAN) > _MOST_SCANS:
        raise ServingError(
            "INVALID_ARGUMENT",
            f"the photograph has more than {_MOST_SCANS} scans; save it again",
        )
