"""Reads a photograph's file for sending it to a server."""

import os

import cv2
import numpy as np

from dmtdr_tf.drawing.pictures import encode
from dmtdr_tf.preprocessing.reading import read_checked_bytes, read_photograph

__all__ = ["upright_content"]

_KNOWN = (b"\xff\xd8", b"\x89PNG")
_EXIF = b"Exif\0\0"
# EXIF is a segment before the picture, of at most 64 kB.
_EXIF_WITHIN = 2**17


def upright_content(path: str | os.PathLike[str]) -> bytes:
    """Reads a photograph as an upright JPEG or PNG file.

    The exported graph does not decode TIFF and does not apply the EXIF
    orientation. Files that need either are converted to a PNG of the upright
    pixels; all others are returned as they are.

    Args:
        path: A JPEG, PNG or TIFF file.

    Returns:
        The content of a JPEG or PNG file.

    Raises:
        UnreadablePhotographError: The file cannot be read.

    Example:
    >>> import tempfile
    >>> path = os.path.join(tempfile.mkdtemp(), "eye.tif")
    >>> _ = cv2.imwrite(path, np.zeros((48, 64, 3), np.uint8))
    >>> upright_content(path)[1:4]
    b'PNG'
    """
    content = read_checked_bytes(path)
    if content.startswith(_KNOWN) and not _is_turned(content):
        return content
    return encode(read_photograph(path), ".png")


def _is_turned(content: bytes) -> bool:
    """Whether the EXIF orientation changes the picture."""
    if _EXIF not in content[:_EXIF_WITHIN]:
        return False
    data = np.frombuffer(content, np.uint8)
    upright = cv2.imdecode(data, cv2.IMREAD_COLOR)
    plain = cv2.imdecode(data, cv2.IMREAD_COLOR | cv2.IMREAD_IGNORE_ORIENTATION)
    if upright is None or plain is None:
        return False
    return not np.array_equal(upright, plain)
