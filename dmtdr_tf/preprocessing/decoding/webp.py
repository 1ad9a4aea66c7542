"""WebP files."""

import struct
from collections.abc import Iterator

from PIL.WebPImagePlugin import WebPImageFile

from dmtdr_tf.preprocessing.decoding.exif import orientation_of, upright
from dmtdr_tf.preprocessing.decoding.kinds import check_end
from dmtdr_tf.preprocessing.decoding.pillow import decode_with_pillow
from dmtdr_tf.preprocessing.decoding.raster import Raster
from dmtdr_tf.preprocessing.decoding.shape import check_shape

__all__ = ["check_webp", "decode_webp"]

CUT_SHORT = "the WebP file is cut short; copy it again"

_FIRST = 12


def check_webp(data: bytes) -> int:
    """Checks a WebP file's chunks and size, without decoding it.

    Args:
        data: The file's content.

    Returns:
        The orientation of its EXIF, 1 to 8.

    Raises:
        ValueError: It is cut short, animated, too large, or followed by a
            second picture.
    """
    chunks = dict(_chunks(data))
    if b"ANIM" in chunks or b"ANMF" in chunks:
        raise ValueError("the WebP file is animated; save one picture of it")
    check_shape(*_size(chunks))
    check_end(data, 8 + int.from_bytes(data[4:8], "little"))
    return orientation_of(chunks.get(b"EXIF", b""))


def decode_webp(data: bytes) -> Raster:
    """Decodes a WebP file, with its transparency.

    Args:
        data: The file's content.

    Returns:
        The picture, upright.

    Raises:
        ValueError: As for `check_webp`, or the pixels are damaged as far as
            libwebp tells.
    """
    orientation = check_webp(data)
    picture = decode_with_pillow(data, WebPImageFile, "WebP")
    return Raster(upright(picture.pixels, orientation))


def _chunks(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    end = 8 + int.from_bytes(data[4:8], "little")
    if end > len(data):
        raise ValueError(CUT_SHORT)
    at = _FIRST
    while at + 8 <= end:
        size = int.from_bytes(data[at + 4 : at + 8], "little")
        if at + 8 + size > end:
            raise ValueError(CUT_SHORT)
        yield data[at : at + 4], data[at + 8 : at + 8 + size]
        at += 8 + size + size % 2


def _size(chunks: dict[bytes, bytes]) -> tuple[int, int]:
    """Width and height: lossy, or lossless."""
    try:
        if b"VP8 " in chunks:
            width, height = struct.unpack_from("<HH", chunks[b"VP8 "], 6)
            return width & 0x3FFF, height & 0x3FFF
        (bits,) = struct.unpack_from("<I", chunks[b"VP8L"], 1)
        return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    except (KeyError, struct.error):
        raise ValueError("the WebP file is damaged; copy it again") from None
