"""Photographs, read from JPEG, PNG or TIFF files and checked."""

import os
import pathlib
import re
import struct

import cv2
import numpy as np

from dmtdr_tf.files.errors import UserError
from dmtdr_tf.preprocessing import constants

__all__ = [
    "UnreadablePhotographError",
    "read_checked_bytes",
    "read_photograph",
]

# A damaged TIFF makes OpenCV print five lines; ours is one, with the path.
cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_SILENT)

# A JPEG marker; 00 is stuffing and D0 to D7 are restarts inside a scan.
_JPEG_MARKER = re.compile(rb"\xff([\x01-\xcf\xd8-\xfe])")
_JPEG_FRAMES = set(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_JPEG_END = 0xD9
_JPEG_WITHOUT_LENGTH = (0x01, 0xD8)
_PNG_MAGIC = b"\x89PNG\r\n\x1a\n"
_PNG_END = b"IEND\xaeB`\x82"
_PNG_ALPHA = (4, 6)
_TIFF_MAGIC = {b"II*\0": "<", b"MM\0*": ">"}
_TIFF_WIDTH, _TIFF_HEIGHT = 256, 257
_TIFF_TYPES = {1: "B", 3: "H", 4: "I"}


class UnreadablePhotographError(UserError):
    """A file that is missing, empty, damaged, too large or not a photograph.

    The message is one line that starts with the file's path.
    """


def read_photograph(path: str | os.PathLike[str]) -> np.ndarray:
    """Reads a photograph as 8-bit RGB, upright.

    Repeats gray over the channels, reduces 16 bits to 8, makes transparent
    parts of a PNG black, and applies the EXIF orientation.

    Args:
        path: A JPEG, PNG or TIFF file.

    Returns:
        uint8 `[H, W, 3]`, RGB.

    Raises:
        UnreadablePhotographError: The file is missing, empty, cut short, of
            another kind, or has more than 200 megapixels.

    Example:
        >>> import tempfile
        >>> path = f"{tempfile.mkdtemp()}/eye.png"
        >>> cv2.imwrite(path, np.full((2, 3, 3), (10, 20, 30), np.uint8))
        True
        >>> read_photograph(path)[0, 0].tolist()
        [30, 20, 10]
    """
    data = read_checked_bytes(path)
    if data.startswith(_PNG_MAGIC) and data[25] in _PNG_ALPHA:
        return _over_black(_decoded(path, data, cv2.IMREAD_UNCHANGED))
    return _rgb(_decoded(path, data, cv2.IMREAD_COLOR))


def read_checked_bytes(path: str | os.PathLike[str]) -> bytes:
    """Reads a photograph's file and refuses what OpenCV would misread.

    Args:
        path: A JPEG, PNG or TIFF file.

    Returns:
        Its content, not decoded.

    Raises:
        UnreadablePhotographError: As for `read_photograph`.
    """
    # Read here, not by OpenCV, which fails on some paths and never says why.
    try:
        data = pathlib.Path(path).read_bytes()
    except FileNotFoundError:
        raise UnreadablePhotographError(f"{path}: no such file") from None
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise UnreadablePhotographError(f"{path}: {reason}") from None
    if not data:
        raise UnreadablePhotographError(f"{path}: the file is empty")
    try:
        height, width = _size(data)
    except ValueError as error:
        raise UnreadablePhotographError(f"{path}: {error}") from None
    limit = constants.MAX_FILE_MEGAPIXELS
    if height * width > limit * 1_000_000:
        raise UnreadablePhotographError(
            f"{path}: {width} x {height} pixels are more than the {limit} "
            "megapixels we read; reduce it first"
        )
    return data


def _size(data: bytes) -> tuple[int, int]:
    """Returns (height, width) by the header; ValueError says what is wrong."""
    if data.startswith(b"\xff\xd8"):
        return _jpeg_size(data)
    if data.startswith(_PNG_MAGIC):
        return _png_size(data)
    if data[:4] in _TIFF_MAGIC:
        return _tiff_size(data)
    raise ValueError("not a JPEG, PNG or TIFF photograph")


def _jpeg_size(data: bytes) -> tuple[int, int]:
    """Walks the segments up to the end marker.

    OpenCV silently fills what a truncated file lacks with gray. Bytes
    after the end marker are harmless, and an embedded thumbnail has an end
    marker of its own, so the segments are walked and not searched.
    """
    size, at = (0, 0), 2
    while match := _JPEG_MARKER.search(data, at):
        marker, at = match[1][0], match.end()
        if marker == _JPEG_END:
            return size
        if marker in _JPEG_WITHOUT_LENGTH:
            continue
        if marker in _JPEG_FRAMES and at + 7 <= len(data):
            size = struct.unpack_from(">HH", data, at + 3)
        at += max(2, int.from_bytes(data[at : at + 2], "big"))
    raise ValueError("the JPEG file is cut short; copy it again")


def _png_size(data: bytes) -> tuple[int, int]:
    if len(data) < 33 or _PNG_END not in data:
        raise ValueError("the PNG file is cut short; copy it again")
    width, height = struct.unpack_from(">II", data, 16)
    return height, width


def _tiff_size(data: bytes) -> tuple[int, int]:
    """Reads width and height from the first directory."""
    order = _TIFF_MAGIC[data[:4]]
    values: dict[int, int] = {}
    try:
        (at,) = struct.unpack_from(order + "I", data, 4)
        (count,) = struct.unpack_from(order + "H", data, at)
        for entry in range(at + 2, at + 2 + 12 * count, 12):
            tag, kind = struct.unpack_from(order + "HH", data, entry)
            if tag in (_TIFF_WIDTH, _TIFF_HEIGHT) and kind in _TIFF_TYPES:
                (values[tag],) = struct.unpack_from(
                    order + _TIFF_TYPES[kind], data, entry + 8
                )
        return values[_TIFF_HEIGHT], values[_TIFF_WIDTH]
    except (struct.error, KeyError):
        raise ValueError("the TIFF file is damaged or cut short") from None


def _decoded(
    path: str | os.PathLike[str], data: bytes, flags: int
) -> np.ndarray:
    try:
        image = cv2.imdecode(np.frombuffer(data, np.uint8), flags)
    except cv2.error:
        image = None
    if image is None or not image.size:
        raise UnreadablePhotographError(
            f"{path}: the file is damaged, or of a kind we cannot decode"
        )
    return image


def _rgb(image: np.ndarray) -> np.ndarray:
    return cv2.cvtColor(image, cv2.COLOR_BGR2RGB)


def _over_black(image: np.ndarray) -> np.ndarray:
    """Lays BGRA of 8 or 16 bits over black: hidden pixels have any color."""
    if image.dtype == np.uint16:
        image = (image >> 8).astype(np.uint8)
    alpha = image[..., 3:].astype(np.uint16)
    return _rgb(((image[..., :3] * alpha + 127) // 255).astype(np.uint8))
