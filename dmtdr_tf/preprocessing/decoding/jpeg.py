"""JPEG files, decoded by libjpeg-turbo, which reports what is damaged."""

import numpy as np
import simplejpeg

from dmtdr_tf.preprocessing.decoding.exif import upright
from dmtdr_tf.preprocessing.decoding.jpeg_segments import (
    JpegFile,
    parse_jpeg,
)
from dmtdr_tf.preprocessing.decoding.kinds import check_end
from dmtdr_tf.preprocessing.decoding.raster import Raster
from dmtdr_tf.preprocessing.decoding.seam import has_seam
from dmtdr_tf.preprocessing.decoding.shape import check_shape

__all__ = ["check_jpeg", "decode_jpeg"]

_COLOR_SPACES = {1: "GRAY", 3: "RGB"}


def check_jpeg(data: bytes) -> JpegFile:
    """Checks a JPEG file's segments, and its size, without decoding it.

    Args:
        data: The file's content.

    Returns:
        What it says of its picture.

    Raises:
        ValueError: It is cut short, damaged, too large, of a process that we
            do not decode, or holds several pictures.
    """
    file, end = parse_jpeg(data)
    check_end(data, end)
    check_shape(file.width, file.height)
    return file


def decode_jpeg(data: bytes) -> Raster:
    """Decodes a JPEG file strictly.

    Whatever libjpeg reports of the scans is an error: a premature end, a bad
    Huffman code, restart markers out of order, and bytes that are left over,
    even zeros: a flipped bit can make the decoder finish early. So is the seam
    of a flipped bit that libjpeg cannot notice, see `has_seam`.

    Args:
        data: The file's content.

    Returns:
        The picture, upright.

    Raises:
        ValueError: As for `check_jpeg`, or the pixels are damaged.
    """
    file = check_jpeg(data)
    color_space = _COLOR_SPACES[file.components]
    try:
        pixels = simplejpeg.decode_jpeg(file.clean, color_space)
        if file.filled:
            again = simplejpeg.decode_jpeg(file.filled, color_space)
            if not np.array_equal(pixels, again):
                raise ValueError("bad Huffman code")
    except ValueError as error:
        raise ValueError(_damage(error)) from None
    if has_seam(pixels):
        raise ValueError(
            "the JPEG file is damaged (from one of its blocks on, the "
            "brightness or color is shifted); copy it again"
        )
    return Raster(upright(pixels, file.orientation))


def _damage(error: ValueError) -> str:
    reason = str(error).removeprefix("Corrupt JPEG data: ")
    return f"the JPEG file is damaged ({reason}); copy it again"
