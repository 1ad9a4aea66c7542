"""BMP files."""

import struct

from PIL.BmpImagePlugin import BmpImageFile

from dmtdr_tf.preprocessing.decoding.kinds import check_end
from dmtdr_tf.preprocessing.decoding.pillow import decode_with_pillow
from dmtdr_tf.preprocessing.decoding.raster import Raster
from dmtdr_tf.preprocessing.decoding.shape import check_shape

__all__ = ["check_bmp", "decode_bmp"]

_OLD_HEADER = 12


def check_bmp(data: bytes) -> None:
    """Checks a BMP file's size, without decoding it.

    Args:
        data: The file's content.

    Raises:
        ValueError: It is damaged, too large, or followed by a second picture.
    """
    try:
        length, _, _, header = struct.unpack_from("<IHH4xI", data, 2)
        form = "<HH" if header == _OLD_HEADER else "<ii"
        width, height = struct.unpack_from(form, data, 18)
    except struct.error:
        raise ValueError("the BMP file is cut short; copy it again") from None
    # Rows from top to bottom have a negative height.
    check_shape(width, abs(height))
    if length > len(data):
        raise ValueError("the BMP file is cut short; copy it again")
    check_end(data, length or len(data))


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
