"""Pictures for files and for a page: encoded, reduced, as layers."""

import base64
import os
import pathlib

import cv2
import numpy as np

from dmtdr_tf.drawing.overlays import LESION_COLORS, color_map, outline

# Full colour resolution: thin coloured outlines and red lesions need it.
_FULL_COLOUR = (
    cv2.IMWRITE_JPEG_SAMPLING_FACTOR,
    cv2.IMWRITE_JPEG_SAMPLING_FACTOR_444,
)
# Evidence is smooth: few levels show it as well, and compress well.
_EVIDENCE_LEVELS = 64


def to_uint8(picture: np.ndarray) -> np.ndarray:
    """Returns a picture in [0, 1] as 8 bits."""
    return np.rint(np.clip(picture, 0.0, 1.0) * 255.0).astype(np.uint8)


def encode(picture: np.ndarray, suffix: str, quality: int = 90) -> bytes:
    """Encodes a picture.

    Args:
        picture: uint8 `[H, W]`, `[H, W, 3]` RGB or `[H, W, 4]` RGBA.
        suffix: `".png"` or `".jpg"`.
        quality: Of a JPEG.

    Returns:
        The file's content.
    """
    if picture.ndim == 3:
        swap = (
            cv2.COLOR_RGBA2BGRA if picture.shape[-1] == 4 else cv2.COLOR_RGB2BGR
        )
        picture = cv2.cvtColor(picture, swap)
    options: list[int] = []
    if suffix == ".jpg":
        options = [cv2.IMWRITE_JPEG_QUALITY, quality, *_FULL_COLOUR]
    return cv2.imencode(suffix, picture, options)[1].tobytes()


def write_picture(
    path: str | os.PathLike[str], picture: np.ndarray, quality: int = 90
) -> None:
    """Writes a picture, whole or not at all.

    Args:
        path: A `.png` or `.jpg` file.
        picture: As for `encode`.
        quality: Of a JPEG.

    Raises:
        OSError: The file cannot be written.
    """
    path = pathlib.Path(path)
    partial = path.with_name(path.name + ".partial")
    # Not cv2.imwrite: it says nothing when the disk is full.
    partial.write_bytes(encode(picture, path.suffix, quality))
    partial.replace(path)


def data_uri(picture: np.ndarray, suffix: str, quality: int = 85) -> str:
    """Returns a picture as the address of an `img` that needs no file.

    Args:
        picture: As for `encode`.
        suffix: `".png"` or `".jpg"`.
        quality: Of a JPEG.
    """
    kind = "jpeg" if suffix == ".jpg" else suffix[1:]
    content = base64.b64encode(encode(picture, suffix, quality)).decode()
    return f"data:image/{kind};base64,{content}"


def reduce_picture(picture: np.ndarray, longest: int) -> np.ndarray:
    """Reduces a picture by area averaging until its longest side fits.

    Args:
        picture: `[H, W, ...]`.
        longest: Most rows or columns of the result, in pixels.

    Returns:
        The reduced picture, or the picture itself where it fits already.
    """
    factor = longest / max(picture.shape[:2])
    if factor >= 1.0:
        return picture
    height, width = (max(1, round(n * factor)) for n in picture.shape[:2])
    return cv2.resize(picture, (width, height), interpolation=cv2.INTER_AREA)


def lesion_layer(mask: np.ndarray, lesion: int, longest: int) -> np.ndarray:
    """Draws a mask as a transparent picture to lay over the photograph.

    Args:
        mask: Boolean `[H, W]`.
        lesion: Index of the lesion, for its colour.
        longest: As for `reduce_picture`.

    Returns:
        uint8 `[h, w, 4]` RGBA: filled at 40 %, outlined opaquely. A lesion
        of one pixel is still drawn after the reduction.
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
    """Draws evidence as a transparent picture to lay over the photograph.

    Args:
        evidence: uint8 `[H, W]`.
        longest: As for `reduce_picture`.

    Returns:
        uint8 `[h, w, 4]` RGBA: the colour map, as opaque as there is
        evidence.
    """
    values = reduce_picture(evidence, longest) / np.float32(255.0)
    steps = np.rint(values * _EVIDENCE_LEVELS) / _EVIDENCE_LEVELS
    return np.dstack([color_map(steps[..., None]), to_uint8(steps)])
