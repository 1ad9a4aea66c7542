"""A photograph's file as the signatures for files want it."""

import os

import cv2
import numpy as np

from dmtdr_tf.drawing.pictures import encode
from dmtdr_tf.preprocessing.reading import read_checked_bytes, read_photograph

_KNOWN = (b"\xff\xd8", b"\x89PNG")
_EXIF = b"Exif\0\0"
# EXIF is a segment before the picture, of at most 64 kB.
_EXIF_WITHIN = 2**17


def upright_content(path: str | os.PathLike[str]) -> bytes:
    """Reads a photograph for sending: JPEG or PNG, and upright.

    The graph decodes no TIFF and applies no EXIF orientation: such a file is
    sent as a PNG of its upright pixels, any other as it is.

    Args:
        path: A JPEG, PNG or TIFF file.

    Returns:
        The content of a JPEG or PNG file.

    Raises:
        UnreadablePhotographError: As for `read_photograph`.
    """
    content = read_checked_bytes(path)
    if content.startswith(_KNOWN) and not _is_turned(content):
        return content
    return encode(read_photograph(path), ".png")


def _is_turned(content):
    """Whether the EXIF orientation changes a picture."""
    if _EXIF not in content[:_EXIF_WITHIN]:
        return False
    data = np.frombuffer(content, np.uint8)
    upright = cv2.imdecode(data, cv2.IMREAD_COLOR)
    plain = cv2.imdecode(data, cv2.IMREAD_COLOR | cv2.IMREAD_IGNORE_ORIENTATION)
    if upright is None or plain is None:
        return False
    return not np.array_equal(upright, plain)
