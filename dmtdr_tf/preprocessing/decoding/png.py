"""PNG files, with every checksum and the length of their data checked."""

import struct
import zlib
from collections.abc import Iterator

import numpy as np

from dmtdr_tf.preprocessing.decoding.exif import orientation_of, upright
from dmtdr_tf.preprocessing.decoding.kinds import check_end
from dmtdr_tf.preprocessing.decoding.opencv import decode_samples
from dmtdr_tf.preprocessing.decoding.raster import Raster
from dmtdr_tf.preprocessing.decoding.shape import check_shape

__all__ = ["check_png", "decode_png"]

CUT_SHORT = "the PNG file is cut short; copy it again"
DAMAGED = "the PNG file is damaged; copy it again"

_SIGNATURE = 8
_HEADER = ">IIBBBBB"
_GRAY = 0
# Samples a pixel by color type, and the depths that each may have.
_SAMPLES = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}
_DEPTHS = {0: (1, 2, 4, 8, 16), 3: (1, 2, 4, 8)}
_USUAL_DEPTHS = (8, 16)
# Adam7: the first column and row of a pass, and the steps between them.
_PASSES = (
    *((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4)),
    *((0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)),
)
_PIECE = 2**20

Chunks = dict[bytes, list[bytes]]


def check_png(data: bytes) -> Chunks:
    """Checks a PNG file's chunks and size, without decoding it.

    Args:
        data: The file's content.

    Returns:
        The contents of its chunks by name.

    Raises:
        ValueError: It is cut short, a checksum is wrong, it is animated, too
            large, or followed by a second picture.
    """
    chunks: Chunks = {}
    end = _SIGNATURE
    for name, content, stop in _chunks(data):
        chunks.setdefault(name, []).append(content)
        end = stop
        if name == b"IHDR":
            check_shape(*_header(chunks)[:2])
    if b"acTL" in chunks:
        raise ValueError("the PNG file is animated; save one picture of it")
    check_end(data, end)
    return chunks


def decode_png(data: bytes) -> Raster:
    """Decodes a PNG file of any depth, with its transparency.

    Args:
        data: The file's content.

    Returns:
        The picture, upright.

    Raises:
        ValueError: As for `check_png`, or the pixels are damaged.
    """
    chunks = check_png(data)
    width, height, depth, color, _, _, interlaced = _header(chunks)
    bits = depth * _SAMPLES[color]
    size = _data_size(width, height, bits, bool(interlaced))
    _check_data(chunks.get(b"IDAT", []), size)
    pixels = decode_samples(data)
    if color == _GRAY and b"tRNS" in chunks:
        pixels = _with_alpha(pixels, chunks[b"tRNS"][0], depth)
    exif = chunks.get(b"eXIf", [b""])[0]
    return Raster(upright(pixels, orientation_of(exif)))


def _chunks(data: bytes) -> Iterator[tuple[bytes, bytes, int]]:
    """Yields each chunk's name, content and end, up to IEND."""
    at, name = _SIGNATURE, b""
    while name != b"IEND":
        if at + 12 > len(data):
            raise ValueError(CUT_SHORT)
        length = int.from_bytes(data[at : at + 4], "big")
        end = at + 12 + length
        if end > len(data):
            raise ValueError(CUT_SHORT)
        check = int.from_bytes(data[end - 4 : end], "big")
        if zlib.crc32(data[at + 4 : end - 4]) != check:
            raise ValueError(DAMAGED)
        name = data[at + 4 : at + 8]
        if (at == _SIGNATURE) != (name == b"IHDR"):
            raise ValueError(DAMAGED)
        yield name, data[at + 8 : end - 4], end
        at = end


def _header(chunks: Chunks) -> tuple[int, ...]:
    """Width, height, depth, color type, two methods, and interlacing."""
    try:
        header = struct.unpack(_HEADER, chunks[b"IHDR"][0])
    except struct.error:
        raise ValueError(DAMAGED) from None
    depth, color = header[2:4]
    if depth not in _DEPTHS.get(color, _USUAL_DEPTHS) or color not in _SAMPLES:
        raise ValueError(DAMAGED)
    return header


def _data_size(width: int, height: int, bits: int, interlaced: bool) -> int:
    """The bytes of all rows, each with its filter's byte."""
    size = 0
    for left, top, right, down in _PASSES if interlaced else ((0, 0, 1, 1),):
        columns, rows = -(-(width - left) // right), -(-(height - top) // down)
        if columns > 0 and rows > 0:
            size += rows * (1 + (columns * bits + 7) // 8)
    return size


def _check_data(pieces: list[bytes], size: int) -> None:
    """Refuses compressed data that is too short or too long.

    libpng fills what is missing, and merely warns of what is too much.
    """
    stream, found = zlib.decompressobj(), 0
    try:
        for piece in pieces:
            # What is left would be inflated at once by `flush`.
            while piece and not stream.eof and found <= size:
                found += len(stream.decompress(piece, _PIECE))
                piece = stream.unconsumed_tail
        if found <= size:
            found += len(stream.flush())
    except zlib.error:
        raise ValueError(DAMAGED) from None
    if found != size or not stream.eof:
        raise ValueError(CUT_SHORT if found < size else DAMAGED)


def _with_alpha(gray: np.ndarray, key: bytes, depth: int) -> np.ndarray:
    """Makes the pixels of one gray level transparent."""
    full = np.iinfo(gray.dtype).max
    level = int.from_bytes(key[:2], "big") * full // (2**depth - 1)
    alpha = np.where(gray == level, 0, full).astype(gray.dtype)
    return np.concatenate([gray, alpha], axis=-1)
