"""BMP files."""

import struct

from PIL.BmpImagePlugin import BmpImageFile

from dmtdr_tf.preprocessing.decoding.kinds import check_end
from dmtdr_tf.preprocessing.decoding.pillow import decode_with_pillow
from dmtdr_tf.preprocessing.decoding.raster import Raster
from dmtdr_tf.preprocessing.decoding.shape import check_shape

__all__ = ["check_bmp", "decode_bmp"]

DAMAGED = "the BMP file is damaged; copy it again"

_OLD_HEADER = 12
# Only later headers can have a color profile behind the pixels.
_LAST_WITHOUT_PROFILE = 108
_UNCOMPRESSED = (0, 3)
# Some programs fill up the file.
_MOST_FILL = 3


def check_bmp(data: bytes) -> None:
    """Checks a BMP file's size, without decoding it.

    Args:
        data: The file's content.

    Raises:
        ValueError: It is damaged, too large, followed by a second picture, or
            longer than its header says. BMP has no checksum, so that the
            length alone shows where bytes were inserted.
    """
    try:
        length, start, header = struct.unpack_from("<I4xII", data, 2)
        form = "<HHHH" if header == _OLD_HEADER else "<iiHH"
        width, height, _, bits = struct.unpack_from(form, data, 18)
        compression = 0
        if header != _OLD_HEADER:
            (compression,) = struct.unpack_from("<I", data, 30)
    except struct.error:
        raise ValueError("the BMP file is cut short; copy it again") from None
    # Rows from top to bottom have a negative height.
    check_shape(width, abs(height))
    if length > len(data):
        raise ValueError("the BMP file is cut short; copy it again")
    check_end(data, length or len(data))
    if length and length < len(data):
        raise ValueError(DAMAGED)
    if compression in _UNCOMPRESSED and header <= _LAST_WITHOUT_PROFILE:
        row = (width * bits + 31) // 32 * 4
        rest = len(data) - start - row * abs(height)
        if not 0 <= rest <= _MOST_FILL:
            raise ValueError(DAMAGED)


def decode_bmp(data: bytes) -> Raster:
    """Decodes a BMP file.

    Args:
        data: The file's content.

    Returns:
        The picture.

    Raises:
        ValueError: As for `check_bmp`, or it is of a kind that Pillow cannot
            decode.
    """
    check_bmp(data)
    return decode_with_pillow(data, BmpImageFile, "BMP")
