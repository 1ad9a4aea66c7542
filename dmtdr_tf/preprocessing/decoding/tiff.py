"""TIFF and BigTIFF files."""

import numpy as np
from PIL.TiffImagePlugin import TiffImageFile

from dmtdr_tf.preprocessing.decoding.opencv import decode_samples
from dmtdr_tf.preprocessing.decoding.pillow import decode_with_pillow
from dmtdr_tf.preprocessing.decoding.raster import Raster
from dmtdr_tf.preprocessing.decoding.tiff_checks import check_tiff

__all__ = ["decode_tiff"]


def decode_tiff(data: bytes) -> Raster:
    """Decodes the one picture of a TIFF or BigTIFF file.

    Pillow stops at the first error of libtiff but reduces color to 8 bits, so
    OpenCV reads 16 bits; it stops there too, and not at 8 bits.

    Args:
        data: The file's content.

    Returns:
        The picture, upright.

    Raises:
        ValueError: It is damaged, too large, of a kind that we do not decode,
            or has several pages.
    """
    tiff = check_tiff(data)
    if tiff.bits < 16:
        return decode_with_pillow(data, TiffImageFile, "TIFF")
    pixels = decode_samples(data)
    if pixels.dtype != np.uint16:
        raise ValueError("the TIFF file cannot be read; save it with 8 bits")
    return Raster(~pixels if tiff.inverted else pixels)
