"""Independent strict decoders judge whether a file is damaged.

JPEG: `djpeg` where it is installed (every warning of libjpeg is an error),
otherwise libjpeg-turbo by simplejpeg, which names the first warning only. PNG:
every checksum, and zlib's
own end of the pixels. TIFF: tifffile with imagecodecs.
"""

import io
import re
import shutil
import subprocess
import warnings
import zlib

import numpy as np

__all__ = ["damage"]

# Warnings that harm nothing: all pixels were decoded.
_HARMLESS = re.compile(r"extraneous bytes? before marker|Unknown Adobe color")
_WARNING = re.compile("Corrupt|Premature|Inconsistent|Invalid|Unsupported")
_DJPEG = shutil.which("djpeg")
_PNG_SAMPLES = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}


def damage(data: bytes) -> str:
    """Says what a strict decoder finds wrong with a file's content.

    Args:
        data: The content of a JPEG, PNG or TIFF file.

    Returns:
        What is wrong; empty if nothing is, or if the format is another.
    """
    if data.startswith(b"\xff\xd8"):
        return _jpeg(data)
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return _png(data)
    if data[:2] in (b"II", b"MM"):
        return _tiff(data)
    return ""


def _jpeg(data: bytes) -> str:
    error = _djpeg(data) if _DJPEG else _simplejpeg(data)
    return "" if _HARMLESS.search(error) else error


def _djpeg(data: bytes) -> str:
    """The first warning or error that harms something."""
    told = subprocess.run(
        # Three times: all warnings, and not the first one alone.
        [_DJPEG or "", *["-verbose"] * 3, "-maxmemory", "500M"],
        input=data,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        check=False,
    )
    lines = told.stderr.decode(errors="replace").splitlines()
    if told.returncode not in (0, 2):
        return lines[-1] if lines else f"status {told.returncode}"
    warned = [line for line in lines if _WARNING.match(line)]
    return next((x for x in warned if not _HARMLESS.search(x)), "")


def _simplejpeg(data: bytes) -> str:
    import simplejpeg

    try:
        simplejpeg.decode_jpeg(data, "RGB", strict=True)
    except ValueError as error:
        return str(error) or "refused"
    return ""


def _png(data: bytes) -> str:
    at, pixels, header = 8, b"", b""
    while at < len(data):
        length = int.from_bytes(data[at : at + 4], "big")
        kind, body = data[at + 4 : at + 8], data[at + 8 : at + 8 + length]
        end = at + 8 + length
        stored = data[end : end + 4]
        if stored != zlib.crc32(kind + body).to_bytes(4, "big"):
            return f"checksum of {kind!r}"
        if kind == b"IHDR":
            header = body
        if kind == b"IDAT":
            pixels += body
        if kind == b"IEND":
            return _png_pixels(header, pixels)
        at = end + 4
    return "no IEND"


def _png_pixels(header: bytes, pixels: bytes) -> str:
    if len(header) != 13:
        return "no IHDR"
    width, height = (int.from_bytes(header[i : i + 4], "big") for i in (0, 4))
    depth, color, _, _, interlaced = header[8:]
    if not width or not height or color not in _PNG_SAMPLES:
        return "header"
    stream = zlib.decompressobj()
    row = (width * depth * _PNG_SAMPLES[color] + 7) // 8 + 1
    try:
        inflated = stream.decompress(pixels, row * height + 1)
    except zlib.error as error:
        return str(error)
    if not interlaced and len(inflated) < row * height:
        return "too few pixels"
    return ""


def _tiff(data: bytes) -> str:
    import tifffile

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with tifffile.TiffFile(io.BytesIO(data)) as file:
                page = file.pages[0]
                if not page.dataoffsets:
                    return "no pixels"
                if np.prod(page.shape, dtype=np.int64) > 200_000_000:
                    return "too large"
                page.asarray(maxworkers=1)
    except Exception as error:  # tifffile raises many kinds.
        return f"{type(error).__name__}: {error}"
    return ""
