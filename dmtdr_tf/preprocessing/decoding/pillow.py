"""TIFF, WebP and BMP files by Pillow, which reports what is damaged."""

import io
import logging
import struct
import warnings
from collections.abc import Callable

import numpy as np
from PIL import Image, ImageFile

from dmtdr_tf.preprocessing.decoding.raster import Raster

__all__ = ["decode_with_pillow"]

# Our own limits come first, from `constants.json`.
warnings.filterwarnings("ignore", category=Image.DecompressionBombWarning)
# Ours is one line, with the path.
warnings.filterwarnings("ignore", module=r"PIL\.TiffImagePlugin")
logging.getLogger("PIL").setLevel(logging.CRITICAL)

_MODES = {
    "1": "L",
    "P": "RGB",
    "PA": "RGBA",
    "YCbCr": "RGB",
    "RGBX": "RGB",
    "La": "LA",
    "RGBa": "RGBA",
}
_ERRORS = (
    *(OSError, SyntaxError, ValueError, TypeError, KeyError, IndexError),
    *(struct.error, OverflowError, EOFError, Image.DecompressionBombError),
)


def decode_with_pillow(
    data: bytes, opener: Callable[[io.BytesIO], ImageFile.ImageFile], kind: str
) -> Raster:
    """Decodes a picture of 8 bits, or of 16 in gray.

    Args:
        data: The file's content.
        opener: One of Pillow's classes of files.
        kind: The kind's name, for messages.

    Returns:
        The picture, turned as Pillow's class does.

    Raises:
        ValueError: The file is damaged or of a mode that we do not read.
    """
    try:
        with opener(io.BytesIO(data)) as file:
            mode = file.mode
            if mode == "P" and "transparency" in file.info:
                mode = "PA"
            picture: Image.Image = file
            if mode in _MODES:
                picture = file.convert(_MODES[mode])
            pixels = np.asarray(picture)
    except _ERRORS:
        raise ValueError(
            f"the {kind} file is damaged, or of a kind we cannot decode; copy "
            "it again, or save it as JPEG or PNG"
        ) from None
    if pixels.dtype not in (np.uint8, np.uint16):
        raise ValueError(
            f"a {kind} file of mode {mode} cannot be read; save it with 8 bits"
        )
    return Raster(pixels if pixels.ndim == 3 else pixels[..., None])
