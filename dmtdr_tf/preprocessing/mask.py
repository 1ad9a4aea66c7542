"""Lesion masks: files in which some pixels are lesion and the others not."""

import io
import os

import cv2
import numpy as np
from PIL import Image, UnidentifiedImageError

from dmtdr_tf.preprocessing.decoding.decoders import decode_file
from dmtdr_tf.preprocessing.decoding.kinds import kind_of
from dmtdr_tf.preprocessing.reading import (
    UnreadablePhotographError,
    read_bytes,
)

__all__ = ["lesion_pixels", "read_mask"]

# Pixels by which drawing and resizing soften an edge.
_EDGE = 2
# Least share of the highest value in what is not background.
_LEAST_HIGHEST = 0.2
_SAVE_AS = "save it as PNG with two values, 0 where there is no lesion"


def read_mask(path: str | os.PathLike[str]) -> np.ndarray:
    """Reads a lesion mask, as `lesion_pixels` says.

    Args:
        path: A PNG, TIFF, BMP or WebP file of up to 16 bits, with or without
            a palette or transparency.

    Returns:
        uint8 `[H, W]`, 0 or 1.

    Raises:
        UnreadablePhotographError: As for `read_photograph`, or the file is a
            JPEG, or its values do not say what is lesion.

    Example:
        >>> import tempfile
        >>> path = f"{tempfile.mkdtemp()}/mask.png"
        >>> cv2.imwrite(path, np.array([[0, 76]], np.uint8))
        True
        >>> read_mask(path)
        array([[0, 1]], dtype=uint8)
    """
    data = read_bytes(path)
    try:
        return lesion_pixels(*_decoded(data))
    except ValueError as error:
        raise UnreadablePhotographError(f"{path}: {error}") from None


def lesion_pixels(
    colors: np.ndarray, alpha: np.ndarray | None = None
) -> np.ndarray:
    """Returns which pixels of a mask are lesion.

    - Black is background, and any one other color or value is lesion.
    - Where some pixels are transparent, they are background. If all others
      have one color, even black, they are lesion.
    - A soft edge, up to two pixels wide, is cut at half of the lesion's value.
    - Everything else is refused: several values or colors of lesion, values
      below zero, and a background that is not black.

    Args:
        colors: `[H, W]` or `[H, W, 3]`, any type of number.
        alpha: `[H, W]`, 0 where the pixel is transparent; None if no pixel
            is.

    Returns:
        uint8 `[H, W]`, 0 or 1.

    Raises:
        ValueError: The values do not say what is lesion.

    Example:
        >>> lesion_pixels(np.array([[0, 3]]), np.array([[255, 255]]))
        array([[0, 1]], dtype=uint8)
        >>> lesion_pixels(np.array([[0, 0]]), np.array([[255, 0]]))
        array([[1, 0]], dtype=uint8)
    """
    values = colors if colors.ndim == 2 else colors.max(axis=-1)
    if alpha is None or alpha.min() == alpha.max() > 0:
        return _two_levels(values, colors)
    if not alpha.any():
        if values.min() != values.max():
            raise ValueError(f"every pixel is transparent; {_SAVE_AS}")
        return np.zeros(values.shape, np.uint8)
    visible = _two_levels(alpha, alpha)
    drawn = colors[visible > 0]
    if (drawn == drawn[0]).all():
        return visible
    shown = visible if colors.ndim == 2 else visible[..., None]
    return _two_levels(values * visible, colors * shown)


def _two_levels(values: np.ndarray, colors: np.ndarray) -> np.ndarray:
    """Splits pixels into background (0) and lesion (the highest value)."""
    # NaN is neither.
    if not values.min() >= 0 or not np.isfinite(values.max()):
        raise ValueError(f"some values are negative or no number; {_SAVE_AS}")
    top = values.max()
    if top == 0:
        return np.zeros(values.shape, np.uint8)
    if (colors == colors[0, 0]).all():
        return np.ones(values.shape, np.uint8)
    if values.min() > 0:
        raise ValueError(
            f"no pixel has the value 0, the background's; {_SAVE_AS}"
        )
    lesion = (values >= top / 2).astype(np.uint8)
    between = (values > 0) & (values < top)
    if between.any():
        _refuse_unless_soft(values, between, lesion)
    if colors.ndim == 3:
        _refuse_several_colors(colors[lesion > 0])
    return lesion


def _refuse_unless_soft(
    values: np.ndarray, between: np.ndarray, lesion: np.ndarray
) -> None:
    """Refuses values between the two levels that are not on an edge."""
    kernel = np.ones((2 * _EDGE + 1, 2 * _EDGE + 1), np.uint8)
    edge = cv2.morphologyEx(lesion, cv2.MORPH_GRADIENT, kernel)
    inside = between & (edge == 0)
    _, parts = cv2.connectedComponents((values > 0).astype(np.uint8))
    highest = values == values.max()
    # A part without the highest value is another label, and what has few of
    # them is noise or a photograph.
    labels = np.setdiff1d(parts[between], parts[highest])
    few = highest.sum() < _LEAST_HIGHEST * (values > 0).sum()
    if not (inside.any() or labels.size or few):
        return
    found = np.unique(values)
    examples = ", ".join(f"{value:g}" for value in found[:4])
    raise ValueError(
        f"the mask has {len(found)} values ({examples}"
        f"{', ...' if len(found) > 4 else ''}), which do not say what is "
        f"lesion; {_SAVE_AS}"
    )


def _refuse_several_colors(lesion: np.ndarray) -> None:
    """Refuses colors `[N, 3]` that differ by more than their brightness."""
    brightest = lesion.max(axis=-1, keepdims=True)
    shares = lesion / brightest
    if (np.ptp(shares, axis=0) > 0.5).any():
        raise ValueError(
            "the mask has several colors, which do not say what is this "
            f"lesion; write a mask for each lesion, and {_SAVE_AS}"
        )


def _decoded(data: bytes) -> tuple[np.ndarray, np.ndarray | None]:
    """Returns colors and alpha; ValueError says what is wrong."""
    if kind_of(data) == "JPEG":
        raise ValueError(
            "a JPEG file blurs the edges of a mask and surrounds it with "
            f"noise; {_SAVE_AS}"
        )
    raster = decode_file(data)
    color, alpha = raster.color, raster.alpha
    if alpha is not None:
        return _flat(color), alpha[..., 0]
    used = _palette_in_use(data)
    if len(used) and len(np.unique(used, axis=0)) < len(used):
        raise ValueError(
            f"the palette shows two values in one color; {_SAVE_AS}"
        )
    if len(used) == 2 and not used.any(axis=1).all():
        # One channel tells black from the other color, and is quicker.
        color = color[..., [used.max(axis=0).argmax()]]
    return _flat(color), None


def _flat(color: np.ndarray) -> np.ndarray:
    """`[H, W]` of one channel, `[H, W, 3]` otherwise."""
    return color[..., 0] if color.shape[-1] == 1 else color


def _palette_in_use(data: bytes) -> np.ndarray:
    """Returns the color of each value in use, `[N, 3]`; none if no palette."""
    none = np.zeros((0, 3), np.uint8)
    try:
        image = Image.open(io.BytesIO(data))
        if image.mode != "P":
            return none
        values = np.asarray(image)
    except UnidentifiedImageError:
        # A depth that Pillow does not know; palettes have at most 8 bits.
        return none
    except (OSError, SyntaxError) as error:
        raise ValueError(f"the file is damaged ({error})") from None
    histogram = cv2.calcHist([values], [0], None, [256], [0, 256])
    table = np.zeros((256, 3), np.uint8)
    palette = np.reshape(image.getpalette("RGB") or [], (-1, 3))
    table[: len(palette)] = palette
    return table[np.flatnonzero(histogram)]
