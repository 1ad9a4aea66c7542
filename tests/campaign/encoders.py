"""Intact files of every format, with what a reader must do with them."""

import dataclasses
import io
from collections.abc import Callable
from typing import Any

import numpy as np
import tifffile
from PIL import Image, PngImagePlugin

__all__ = ["ENCODERS", "Encoder"]

# EXIF's orientations: what turns an upright photograph into the stored one.
_STORED: dict[int, Callable[[np.ndarray], np.ndarray]] = {
    1: lambda p: p,
    2: lambda p: p[:, ::-1],
    3: lambda p: p[::-1, ::-1],
    4: lambda p: p[::-1],
    5: lambda p: p.swapaxes(0, 1),
    6: lambda p: np.rot90(p),
    7: lambda p: p[::-1, ::-1].swapaxes(0, 1),
    8: lambda p: np.rot90(p, -1),
}


@dataclasses.dataclass(frozen=True)
class Encoder:
    """One way to write an intact file.

    Args:
        suffix: The file's suffix.
        write: From uint8 `[H, W, 3]` to the file's content.
        must: `"accept"`, or `"either"` where refusing is right too.
        off: Mean difference per sample that the format itself may cost; None
            if its colors are not those of the photograph.
    """

    suffix: str
    write: Callable[[np.ndarray], bytes]
    must: str = "accept"
    off: float | None = 0.0


def _pillow(kind: str, mode: str = "RGB", **options: Any) -> Any:
    def write(photograph: np.ndarray) -> bytes:
        file = io.BytesIO()
        Image.fromarray(photograph).convert(mode).save(file, kind, **options)
        return file.getvalue()

    return write


def _turned(kind: str, orientation: int) -> Any:
    def write(photograph: np.ndarray) -> bytes:
        exif = Image.Exif()
        exif[0x0112] = orientation
        stored = np.ascontiguousarray(_STORED[orientation](photograph))
        return _pillow(kind, exif=exif.tobytes())(stored)

    return write


def _thumbnail(photograph: np.ndarray) -> bytes:
    small = _pillow("JPEG")(photograph[::4, ::4])
    data = _pillow("JPEG", quality=92)(photograph)
    # An APP1 segment of its own, as cameras store previews.
    body = b"Preview\0" + small[:65_000]
    segment = b"\xff\xe1" + (len(body) + 2).to_bytes(2, "big") + body
    return data[:2] + segment + data[2:]


def _several(kind: str) -> Any:
    def write(photograph: np.ndarray) -> bytes:
        image, file = Image.fromarray(photograph), io.BytesIO()
        other = Image.fromarray(photograph[::-1].copy())
        image.save(file, kind, save_all=True, append_images=[other])
        return file.getvalue()

    return write


def _png_16(photograph: np.ndarray) -> bytes:
    import cv2

    wide = photograph[..., ::-1].astype(np.uint16) * 257
    return cv2.imencode(".png", wide)[1].tobytes()


def _png_hidden(photograph: np.ndarray) -> bytes:
    """Opaque pixels, with a note in front of them."""
    note = PngImagePlugin.PngInfo()
    note.add_text("Comment", "a" * 500, zip=True)
    opaque = np.dstack([photograph, np.full(photograph.shape[:2], 255, "u1")])
    file = io.BytesIO()
    Image.fromarray(opaque).save(file, "PNG", pnginfo=note)
    return file.getvalue()


def _tiff(depth: int = 8, **options: Any) -> Any:
    def write(photograph: np.ndarray) -> bytes:
        file = io.BytesIO()
        pixels = photograph
        if depth == 16:
            pixels = photograph.astype(np.uint16) * 257
        bigtiff = options.get("bigtiff", False)
        rest = {k: v for k, v in options.items() if k != "bigtiff"}
        tifffile.imwrite(
            file,
            pixels,
            bigtiff=bigtiff,
            photometric="rgb",
            metadata=None,
            **rest,
        )
        return file.getvalue()

    return write


_JPEG = {
    "jpeg baseline": Encoder(".jpg", _pillow("JPEG", quality=92), off=6.0),
    "jpeg 444": Encoder(
        ".jpeg", _pillow("JPEG", quality=95, subsampling=0), off=4.0
    ),
    "jpeg progressive": Encoder(
        ".jpg", _pillow("JPEG", quality=92, progressive=True), off=6.0
    ),
    "jpeg optimized": Encoder(
        ".jpg", _pillow("JPEG", quality=60, optimize=True), off=10.0
    ),
    "jpeg restart markers": Encoder(
        ".jpg", _pillow("JPEG", restart_marker_rows=1), off=8.0
    ),
    "jpeg gray": Encoder(".jpg", _pillow("JPEG", "L"), must="either", off=None),
    "jpeg cmyk": Encoder(
        ".jpg", _pillow("JPEG", "CMYK"), must="either", off=12.0
    ),
    "jpeg preview": Encoder(".jpg", _thumbnail, off=6.0),
    "jpeg mpo": Encoder(".jpg", _several("MPO"), must="either", off=8.0),
}
_PNG = {
    "png": Encoder(".png", _pillow("PNG")),
    "png 16 bits": Encoder(".png", _png_16),
    "png opaque alpha": Encoder(".png", _png_hidden),
    "png palette": Encoder(".png", _pillow("PNG", "P"), off=0.0),
    "png gray": Encoder(".png", _pillow("PNG", "L"), "either", off=None),
    "png bits": Encoder(".png", _pillow("PNG", "1"), "either", off=None),
    "png animated": Encoder(".png", _several("PNG"), must="either"),
}
_TIFF = {
    "tiff plain": Encoder(".tif", _tiff()),
    "tiff deflate": Encoder(".tif", _tiff(compression="zlib")),
    "tiff lzw": Encoder(".tiff", _tiff(compression="lzw", predictor=True)),
    "tiff strips": Encoder(".tif", _tiff(compression="lzw", rowsperstrip=16)),
    "tiff tiles": Encoder(".tif", _tiff(compression="zlib", tile=(64, 64))),
    "tiff 16 bits": Encoder(".tif", _tiff(16), off=1.0),
    "tiff big": Encoder(".tif", _tiff(bigtiff=True), must="either"),
    "tiff big-endian": Encoder(".tif", _tiff(byteorder=">")),
    "tiff pages": Encoder(".tif", _several("TIFF"), must="either"),
}
_OTHER = {
    "webp lossless": Encoder(
        ".webp", _pillow("WEBP", lossless=True), must="either"
    ),
    "webp": Encoder(".webp", _pillow("WEBP", quality=90), "either", off=8.0),
    "bmp": Encoder(".bmp", _pillow("BMP"), must="either"),
    "gif": Encoder(".gif", _pillow("GIF", "P"), must="either"),
}
_TURNED = {
    f"{kind.lower()} orientation {number}": Encoder(
        suffix, _turned(kind, number), off=off
    )
    for kind, suffix, off in (("JPEG", ".jpg", 8.0), ("PNG", ".png", 0.0))
    for number in _STORED
}
ENCODERS = _JPEG | _PNG | _TIFF | _OTHER | _TURNED
