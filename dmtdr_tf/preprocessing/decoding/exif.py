"""The orientation that a camera noted in EXIF, and its undoing."""

import numpy as np

from dmtdr_tf.preprocessing.decoding.directories import (
    read_directory,
    read_header,
)

__all__ = ["ORIENTATION_TAG", "orientation_of", "upright"]

ORIENTATION_TAG = 0x0112


def orientation_of(exif: bytes) -> int:
    r"""Reads the orientation from an EXIF block.

    Args:
        exif: The block, which begins like a TIFF file; `Exif\0\0` before it
            is skipped.

    Returns:
        1 to 8; 1, upright, where the block has none or is damaged.
    """
    exif = exif.removeprefix(b"Exif\0\0")
    try:
        directory = read_directory(exif, read_header(exif))
    except ValueError:
        return 1
    orientation = directory.value(ORIENTATION_TAG, 1)
    return orientation if 1 <= orientation <= 8 else 1


def upright(pixels: np.ndarray, orientation: int) -> np.ndarray:
    """Turns and mirrors stored pixels as EXIF says.

    Args:
        pixels: `[H, W, ...]`.
        orientation: 1 to 8.

    Returns:
        `[H, W, ...]`, or `[W, H, ...]` for orientations 5 to 8.

    Example:
        >>> upright(np.array([[1, 2, 3]]), 6).tolist()
        [[1], [2], [3]]
    """
    if orientation >= 5:
        pixels = pixels.swapaxes(0, 1)
    if orientation in (3, 4, 7, 8):
        pixels = pixels[::-1]
    if orientation in (2, 3, 6, 7):
        pixels = pixels[:, ::-1]
    return np.ascontiguousarray(pixels)
