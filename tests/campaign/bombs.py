"""Small files that unfold to a lot of memory."""

import functools
import io
import struct
import zlib
from collections.abc import Callable

import cv2
import numpy as np
import tifffile
from campaign.encoders import ENCODERS

__all__ = ["BOMBS"]


def _chunk(name: bytes, body: bytes) -> bytes:
    check = zlib.crc32(name + body).to_bytes(4, "big")
    return len(body).to_bytes(4, "big") + name + body + check


def _png(width: int, height: int, bits: int, *chunks: bytes) -> bytes:
    header = struct.pack(">IIBBBBB", width, height, bits, 0, 0, 0, 0)
    parts = [_chunk(b"IHDR", header), *chunks, _chunk(b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


@functools.cache
def _zeros(count: int) -> bytes:
    """Zlib's form of many zeros."""
    deflate, parts = zlib.compressobj(9), []
    million = bytes(1_000_000)
    for start in range(0, count, 1_000_000):
        parts.append(deflate.compress(million[: min(count - start, 10**6)]))
    return b"".join(parts) + deflate.flush()


def _black_png(width: int, height: int) -> bytes:
    rows = _zeros((width // 8 + 1) * height)
    return _png(width, height, 1, _chunk(b"IDAT", rows))


def _note(eye: np.ndarray) -> bytes:
    """A photograph whose compressed comment has 300 megabytes."""
    data = ENCODERS["png"].write(eye)
    note = _chunk(b"zTXt", b"Comment\0\0" + _zeros(300_000_000))
    return data[:33] + note + data[33:]


def _long_rows(eye: np.ndarray) -> bytes:
    """A small PNG file with 500 megabytes of pixels."""
    return _png(80, 80, 8, _chunk(b"IDAT", _zeros(500_000_000)))


def _strip(eye: np.ndarray) -> bytes:
    return cv2.imencode(".jpg", np.zeros((230, 40_000, 3), np.uint8))[
        1
    ].tobytes()


def _jpeg_header(eye: np.ndarray) -> bytes:
    data = ENCODERS["jpeg baseline"].write(eye)
    at = data.index(b"\xff\xc0") + 5
    return data[:at] + b"\xfd\xe8\xfd\xe8" + data[at + 4 :]


def _tiff_header(eye: np.ndarray) -> bytes:
    data = bytearray(ENCODERS["tiff deflate"].write(eye))
    with tifffile.TiffFile(io.BytesIO(data)) as file:
        for name in ("ImageWidth", "ImageLength"):
            tag = file.pages[0].tags[name]
            size = struct.calcsize("<" + {3: "H", 4: "I"}[int(tag.dtype)])
            largest = 60_000
            data[tag.valueoffset : tag.valueoffset + size] = largest.to_bytes(
                size, "little"
            )
    return bytes(data)


def _bmp_header(eye: np.ndarray) -> bytes:
    data = ENCODERS["bmp"].write(eye)
    return data[:18] + struct.pack("<ii", 60_000, 60_000) + data[26:]


def _seven_thousand(eye: np.ndarray) -> bytes:
    return cv2.imencode(".png", np.zeros((7000, 7000, 3), np.uint8))[
        1
    ].tobytes()


# What writes it, and whether reading it is right: its pixels are few.
BOMBS: dict[str, tuple[Callable[[np.ndarray], bytes], bool]] = {
    "JPEG of 65000 x 65000": (_jpeg_header, False),
    "JPEG of 40000 x 230": (_strip, False),
    "PNG of 20000 x 15000": (lambda eye: _black_png(20_000, 15_000), False),
    "PNG of 2147483647 x 1": (lambda eye: _png(2**31 - 1, 1, 1), False),
    "PNG of 49 megapixels": (_seven_thousand, True),
    "PNG with a comment of 300 MB": (_note, True),
    "PNG with 500 MB of pixels": (_long_rows, False),
    "TIFF of 60000 x 60000": (_tiff_header, False),
    "BMP of 60000 x 60000": (_bmp_header, False),
}
