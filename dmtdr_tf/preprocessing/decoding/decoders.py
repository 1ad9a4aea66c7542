"""The decoder of each kind of file."""

from collections.abc import Callable
from typing import Any

from dmtdr_tf.preprocessing.decoding.bmp import check_bmp, decode_bmp
from dmtdr_tf.preprocessing.decoding.jpeg import check_jpeg, decode_jpeg
from dmtdr_tf.preprocessing.decoding.kinds import kind_of
from dmtdr_tf.preprocessing.decoding.png import check_png, decode_png
from dmtdr_tf.preprocessing.decoding.raster import Raster
from dmtdr_tf.preprocessing.decoding.tiff import decode_tiff
from dmtdr_tf.preprocessing.decoding.tiff_checks import check_tiff
from dmtdr_tf.preprocessing.decoding.webp import check_webp, decode_webp

__all__ = ["check_file", "decode_file"]

_CHECKS: dict[str, Callable[[bytes], Any]] = {
    "JPEG": check_jpeg,
    "PNG": check_png,
    "TIFF": check_tiff,
    "WebP": check_webp,
    "BMP": check_bmp,
}
_DECODERS: dict[str, Callable[[bytes], Raster]] = {
    "JPEG": decode_jpeg,
    "PNG": decode_png,
    "TIFF": decode_tiff,
    "WebP": decode_webp,
    "BMP": decode_bmp,
}


def check_file(data: bytes) -> None:
    """Checks a file by its structure and size, without decoding pixels.

    Args:
        data: The file's content.

    Raises:
        ValueError: The message says what is wrong.
    """
    _CHECKS[kind_of(data)](data)


def decode_file(data: bytes) -> Raster:
    """Decodes a photograph's or mask's file strictly.

    Args:
        data: The file's content.

    Returns:
        All its samples, upright.

    Raises:
        ValueError: The message says what is wrong.

    Example:
        >>> import cv2, numpy as np
        >>> png = cv2.imencode(".png", np.zeros((2, 3), np.uint8))[1]
        >>> decode_file(png.tobytes()).pixels.shape
        (2, 3, 1)
    """
    return _DECODERS[kind_of(data)](data)
