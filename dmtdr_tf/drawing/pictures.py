"""Encodes, reduces and layers pictures for files and web pages."""

import base64
import os
import pathlib

import cv2
import numpy as np

from dmtdr_tf.drawing.overlays import LESION_COLORS, color_map, outline
from dmtdr_tf.files.whole_file import write_bytes

__all__ = [
    "data_uri",
    "encode",
    "evidence_layer",
    "lesion_layer",
    "reduce_picture",
    "to_uint8",
    "write_picture",
]

# Thin colored outlines and red lesions need the full color resolution.
_FULL_COLOR = (
    cv2.IMWRITE_JPEG_SAMPLING_FACTOR,
    cv2.IMWRITE_JPEG_SAMPLING_FACTOR_444,
)
# Evidence is smooth: few levels show it equally well and compress better.
_EVIDENCE_LEVELS = 64


def to_uint8(picture: np.ndarray) -> np.ndarray:
    """Converts a picture to 8 bits.

    Args:
        picture: Floating point in [0, 1]; other values are clipped.

    Returns:
        uint8 of the same shape, rounded.

    Example:
    >>> to_uint8(np.array([0.0, 0.5, 1.2])).tolist()
    [0, 128, 255]
    """
    return np.rint(np.clip(picture, 0.0, 1.0) * 255.0).astype(np.uint8)


def encode(picture: np.ndarray, suffix: str, quality: int = 90) -> bytes:
    """Encodes a picture as PNG or JPEG.

    Args:
        picture: uint8 `[H, W]`, `[H, W, 3]` RGB or `[H, W, 4]` RGBA.
        suffix: `".png"` or `".jpg"`.
        quality: Quality of a JPEG, 0 to 100.

    Returns:
        The file's content.

    Example:
    >>> encode(np.zeros((8, 8), np.uint8), ".png")[1:4]
    b'PNG'
    """
    if picture.ndim == 3:
        swap = (
            cv2.COLOR_RGBA2BGRA if picture.shape[-1] == 4 else cv2.COLOR_RGB2BGR
        )
        picture = cv2.cvtColor(picture, swap)
    options: list[int] = []
    if suffix == ".jpg":
        options = [cv2.IMWRITE_JPEG_QUALITY, quality, *_FULL_COLOR]
    return cv2.imencode(suffix, picture, options)[1].tobytes()


def write_picture(
    path: str | os.PathLike[str], picture: np.ndarray, quality: int = 90
) -> None:
    """Writes a picture, whole or not at all.

    Args:
        path: A `.png` or `.jpg` file; replaced if it exists.
        picture: uint8, as in `encode`.
        quality: Quality of a JPEG, 0 to 100.

    Raises:
        OSError: The file cannot be written.
    """
    # Not cv2.imwrite, which says nothing when the disk is full.
    write_bytes(path, encode(picture, pathlib.Path(path).suffix, quality))


def data_uri(picture: np.ndarray, suffix: str, quality: int = 85) -> str:
    """Encodes a picture as a URI that holds the whole file.

    Args:
        picture: uint8, as in `encode`.
        suffix: `".png"` or `".jpg"`.
        quality: Quality of a JPEG, 0 to 100.

    Returns:
        The `src` of an `img` element.

    Example:
    >>> data_uri(np.zeros((8, 8), np.uint8), ".jpg")[:23]
    'data:image/jpeg;base64,'
    """
    kind = "jpeg" if suffix == ".jpg" else suffix[1:]
    content = base64.b64encode(encode(picture, suffix, quality)).decode()
    return f"data:image/{kind};base64,{content}"


def reduce_picture(picture: np.ndarray, longest: int) -> np.ndarray:
    """Reduces a picture to a longest side, averaging areas.

    Args:
        picture: `[H, W, ...]`.
        longest: The longest side of the result, in pixels.

    Returns:
        The reduced picture, or the picture itself if it is not larger.

    Example:
    >>> reduce_picture(np.zeros((100, 300, 3), np.uint8), 150).shape
    (50, 150, 3)
    """
    factor = longest / max(picture.shape[:2])
    if factor >= 1.0:
        return picture
    height, width = (max(1, round(n * factor)) for n in picture.shape[:2])
    return cv2.resize(picture, (width, height), interpolation=cv2.INTER_AREA)


def lesion_layer(mask: np.ndarray, lesion: int, longest: int) -> np.ndarray:
    """Draws a mask as a transparent picture, to overlay the photograph with.

    Args:
        mask: Boolean `[H, W]`.
        lesion: Index of the lesion, which selects its color.
        longest: The longest side of the result, in pixels.

    Returns:
        uint8 `[h, w, 4]` RGBA: the fill has an opacity of 40%, the outline is
        opaque. Lesions of one pixel survive the reduction.
    """
    share = reduce_picture(mask.astype(np.float32), longest)
    small = share > 0.0
    layer = np.zeros((*small.shape, 4), np.uint8)
    band = outline(small, 2)
    layer[small | band, :3] = LESION_COLORS[lesion]
    layer[small, 3] = 102
    layer[band, 3] = 255
    return layer


def evidence_layer(evidence: np.ndarray, longest: int) -> np.ndarray:
    """Draws evidence as a transparent picture, to overlay the photograph with.

    Args:
        evidence: uint8 `[H, W]`.
        longest: The longest side of the result, in pixels.

    Returns:
        uint8 `[h, w, 4]` RGBA: the color map, whose opacity is the evidence.
    """
    values = reduce_picture(evidence, longest) / np.float32(255.0)
    steps = np.rint(values * _EVIDENCE_LEVELS) / _EVIDENCE_LEVELS
    return np.dstack([color_map(steps[..., None]), to_uint8(steps)])
