"""Lesion masks: files in which some pixels are lesion and the others not."""

import io
import os
import warnings

import cv2
import numpy as np
from PIL import Image, UnidentifiedImageError

from dmtdr_tf.preprocessing.reading import (
    UnreadablePhotographError,
    read_checked_bytes,
)

__all__ = ["lesion_pixels", "read_mask"]

# Pillow reduces more than 8 bits to 8, which loses a mask of 0 and 1.
_EIGHT_BITS = ("1", "L", "LA", "P", "PA", "RGB", "RGBA")
_JPEG = b"\xff\xd8"
_BITS_PER_SAMPLE = 258
# Pixels by which drawing and resizing soften an edge.
_EDGE = 2
# Least share of the highest value in what is not background.
_LEAST_HIGHEST = 0.2
_SAVE_AS = "save it as PNG with two values, 0 where there is no lesion"


def read_mask(path: str | os.PathLike[str]) -> np.ndarray:
    """Reads a lesion mask, as `lesion_pixels` says.

    Args:
        path: A PNG or TIFF file of any depth, with or without a palette or
            transparency.

    Returns:
        uint8 `[H, W]`, 0 or 1.

    Raises:
        UnreadablePhotographError: As for `read_photograph`, or the file is a
            JPEG, has several pages, or its values do not say what is lesion.

    Example:
        >>> import tempfile
        >>> path = f"{tempfile.mkdtemp()}/mask.png"
        >>> cv2.imwrite(path, np.array([[0, 76]], np.uint8))
        True
        >>> read_mask(path)
        array([[0, 1]], dtype=uint8)
    """
    data = read_checked_bytes(path)
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
    if data.startswith(_JPEG):
        raise ValueError(
            "a JPEG file blurs the edges of a mask and surrounds it with "
            f"noise; {_SAVE_AS}"
        )
    image = _opened(data)
    if image is None:
        return _deep(data)
    pages = getattr(image, "n_frames", 1)
    if pages > 1:
        raise _several_pages(pages)
    return _eight_bits(image)


def _opened(data: bytes) -> Image.Image | None:
    """Decodes at most 8 bits a channel; None where there are more."""
    with warnings.catch_warnings():
        # The size was checked before.
        warnings.simplefilter("ignore")
        try:
            image = Image.open(io.BytesIO(data))
            if image.mode not in _EIGHT_BITS or _is_deep(image, data):
                return None
            # Finds damaged directories of further pages too.
            getattr(image, "n_frames", 1)
            image.load()
        except UnidentifiedImageError:
            # A depth that Pillow does not know.
            return None
        except Exception as error:
            # A damaged file makes Pillow raise almost anything.
            raise ValueError(f"the file is damaged ({error})") from None
    return image


def _is_deep(image: Image.Image, data: bytes) -> bool:
    """Whether a channel has more than 8 bits, which the mode does not say."""
    if image.format == "PNG":
        return data[24] > 8
    tags = getattr(image, "tag_v2", {})
    return max(np.ravel(tags.get(_BITS_PER_SAMPLE, 1))) > 8


def _eight_bits(image: Image.Image) -> tuple[np.ndarray, np.ndarray | None]:
    if "transparency" in image.info or image.mode in ("LA", "PA", "RGBA"):
        pixels = np.asarray(image.convert("RGBA"))
        return pixels[..., :3], pixels[..., 3]
    if image.mode == "P":
        return _palette_colors(image), None
    pixels = np.asarray(image)
    return pixels.astype(np.uint8) if image.mode == "1" else pixels, None


def _palette_colors(image: Image.Image) -> np.ndarray:
    """Returns `[H, W]` where one value is not black, `[H, W, 3]` otherwise."""
    index = np.asarray(image)
    histogram = cv2.calcHist([index], [0], None, [256], [0, 256])
    used = np.flatnonzero(histogram)
    table = np.zeros((256, 3), np.uint8)
    palette = np.reshape(image.getpalette("RGB") or [], (-1, 3))
    table[: len(palette)] = palette
    if len(np.unique(table[used], axis=0)) < len(used):
        raise ValueError(
            f"the palette shows two values in one color; {_SAVE_AS}"
        )
    if len(used) <= 2:
        return cv2.LUT(index, table.max(axis=1))
    return table[index]


def _deep(data: bytes) -> tuple[np.ndarray, np.ndarray | None]:
    """Decodes 16 and more bits, which Pillow would reduce."""
    buffer = np.frombuffer(data, np.uint8)
    try:
        _, pages = cv2.imdecodemulti(buffer, cv2.IMREAD_UNCHANGED)
    except cv2.error:
        pages = ()
    if not pages:
        raise ValueError("the file is damaged, or of a kind we cannot decode")
    if len(pages) > 1:
        raise _several_pages(len(pages))
    pixels = pages[0]
    if pixels.ndim == 3 and pixels.shape[2] == 4:
        return pixels[..., :3], pixels[..., 3]
    return pixels, None


def _several_pages(count: int) -> ValueError:
    return ValueError(
        f"the file holds {count} pages; save the mask as a file of its own"
    )
