"""Photographs, read from files and checked."""

import os

import numpy as np

from dmtdr_tf.files.errors import UserError
from dmtdr_tf.preprocessing import constants
from dmtdr_tf.preprocessing.decoding.decoders import check_file, decode_file
from dmtdr_tf.preprocessing.decoding.raster import Raster
from dmtdr_tf.preprocessing.decoding.regular_file import read_regular_file

__all__ = [
    "UnreadablePhotographError",
    "read_bytes",
    "read_checked_bytes",
    "read_photograph",
    "read_raster",
]


class UnreadablePhotographError(UserError):
    """A file that is missing, empty, damaged, too large or not a photograph.

    The message is one line that starts with the file's path.
    """


def read_photograph(path: str | os.PathLike[str]) -> np.ndarray:
    """Reads a photograph as 8-bit RGB, upright.

    Repeats gray over the channels, reduces 16 bits to 8, makes transparent
    parts black, and applies the orientation that the file notes.

    Args:
        path: A JPEG, PNG, TIFF, WebP or BMP file.

    Returns:
        uint8 `[H, W, 3]`, RGB.

    Raises:
        UnreadablePhotographError: The file is missing, empty, cut short or
            damaged, of another kind, holds several pictures, has more than
            200 megapixels, or one side is more than four times the other.

    Example:
        >>> import cv2, tempfile
        >>> path = f"{tempfile.mkdtemp()}/eye.png"
        >>> cv2.imwrite(path, np.full((2, 3, 3), (10, 20, 30), np.uint8))
        True
        >>> read_photograph(path)[0, 0].tolist()
        [30, 20, 10]
    """
    raster = read_raster(path)
    try:
        return raster.rgb()
    except ValueError as error:
        raise UnreadablePhotographError(f"{path}: {error}") from None


def read_raster(path: str | os.PathLike[str]) -> Raster:
    """Reads a picture with all its samples: depth, channels and alpha.

    Args:
        path: A JPEG, PNG, TIFF, WebP or BMP file.

    Returns:
        The picture, upright.

    Raises:
        UnreadablePhotographError: As for `read_photograph`.
    """
    data = read_bytes(path)
    try:
        return decode_file(data)
    except ValueError as error:
        raise UnreadablePhotographError(f"{path}: {error}") from None
    except MemoryError:
        raise UnreadablePhotographError(
            f"{path}: there is not enough memory to decode it"
        ) from None


def read_checked_bytes(path: str | os.PathLike[str]) -> bytes:
    """Reads a photograph's file and checks it without decoding its pixels.

    Args:
        path: A JPEG, PNG, TIFF, WebP or BMP file.

    Returns:
        Its content.

    Raises:
        UnreadablePhotographError: As for `read_photograph`, as far as this
            can be told without decoding.
    """
    data = read_bytes(path)
    try:
        check_file(data)
    except ValueError as error:
        raise UnreadablePhotographError(f"{path}: {error}") from None
    return data


def read_bytes(path: str | os.PathLike[str]) -> bytes:
    """Reads a file without checking its content.

    Args:
        path: A file of any kind.

    Returns:
        Its content.

    Raises:
        UnreadablePhotographError: It is missing, empty, too large, or no file.
    """
    limit = constants.MAX_FILE_MEGABYTES * 1_000_000
    try:
        return read_regular_file(path, limit)
    except ValueError as error:
        raise UnreadablePhotographError(f"{path}: {error}") from None
