"""Reads a photograph's file for sending it to a server."""

import os

from dmtdr_tf.drawing.pictures import encode
from dmtdr_tf.preprocessing.decoding.exif import orientation_of
from dmtdr_tf.preprocessing.decoding.jpeg import check_jpeg
from dmtdr_tf.preprocessing.decoding.png import check_png
from dmtdr_tf.preprocessing.reading import read_checked_bytes, read_photograph

__all__ = ["upright_content"]

_JPEG = b"\xff\xd8"
_KNOWN = (_JPEG, b"\x89PNG")


def upright_content(path: str | os.PathLike[str]) -> bytes:
    """Reads a photograph as an upright JPEG or PNG file.

    The exported graph decodes JPEG and PNG only, and that of an older export
    does not apply the EXIF orientation. Files that need either are converted
    to a PNG of the upright pixels; all others are returned as they are.

    Args:
        path: A JPEG, PNG, TIFF, WebP or BMP file.

    Returns:
        The content of a JPEG or PNG file.

    Raises:
        UnreadablePhotographError: The file cannot be read.

    Example:
    >>> import cv2, tempfile
    >>> import numpy as np
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
    """Whether the file notes an orientation: older servers do not apply it."""
    if content.startswith(_JPEG):
        return check_jpeg(content).orientation != 1
    exif = check_png(content).get(b"eXIf", [b""])[0]
    return orientation_of(exif) != 1
