"""Draws lesions and evidence over photographs, in one palette."""

import cv2
import numpy as np

from dmtdr_tf.files.errors import UserError
from dmtdr_tf.labels import LESIONS

__all__ = [
    "LESION_COLORS",
    "LESION_HEX",
    "color_map",
    "draw_lesions",
    "evidence_hex",
    "outline",
    "overlay_evidence",
    "overlay_lesions",
]

# Each differs from the others and from the orange and red of a retina, also for
# people with protanopia, deuteranopia or tritanopia.
LESION_HEX = ("#5ce1ff", "#2f4bff", "#fff3a0", "#00a06a")
LESION_COLORS = np.array(
    [[int(h[i : i + 2], 16) for i in (1, 3, 5)] for h in LESION_HEX], np.uint8
)
# Viridis is perceptually uniform and has none of a retina's colors.
_VIRIDIS = cv2.applyColorMap(
    np.arange(256, dtype=np.uint8)[:, None], cv2.COLORMAP_VIRIDIS
)[:, 0, ::-1]


def overlay_lesions(
    photograph: np.ndarray,
    lesions: np.ndarray,
    threshold: float | None = None,
    opacity: float = 0.6,
) -> np.ndarray:
    r"""Overlays photographs with the lesions' colors.

    For each lesion in the order MA, HM, SE, HE: $x \leftarrow (1 - a) x + a
    c$, where $c$ is the lesion's color and $a$ the opacity times the lesion's
    probability, or times its mask if there is a threshold.

    Args:
        photograph: `[..., H, W, 3]` uint8, or floating in [0, 1].
        lesions: `[..., H, W, 4]` probabilities, or masks of 0 and 1.
        threshold: Draws the mask `lesions >= threshold`; by default, the more
            probable a lesion is, the more opaque it is drawn.
        opacity: The opacity where the probability is 1, in [0, 1].

    Returns:
        The pictures, with the shape, dtype and range of the photographs.

    Raises:
        UserError: The shapes do not match, or `opacity` is out of range.

    Example: one pixel of hard exudates on a black photograph.

    >>> lesions = np.zeros((1, 2, 4))
    >>> lesions[0, 1, 3] = 1.0
    >>> photograph = np.zeros((1, 2, 3), np.uint8)
    >>> overlay_lesions(photograph, lesions, opacity=1.0).tolist()
    [[[0, 0, 0], [0, 160, 106]]]
    """
    _check(photograph, lesions, len(LESIONS), "lesions")
    _check_opacity(opacity)
    weights = np.asarray(lesions, np.float32)
    if threshold is not None:
        weights = (weights >= threshold).astype(np.float32)
    picture = _to_float(photograph)
    for i, color in enumerate(LESION_COLORS):
        picture = _blend(picture, color, opacity * weights[..., i : i + 1])
    return _as(picture, photograph.dtype)


def color_map(values: np.ndarray) -> np.ndarray:
    """Maps values to the colors of viridis, dark blue (0) to yellow (1).

    Args:
        values: `[..., H, W, 1]` in [0, 1]; other values are clipped.

    Returns:
        uint8 `[..., H, W, 3]`.

    Example:
    >>> color_map(np.array([[[0.0], [1.0]]])).tolist()
    [[[68, 1, 84], [253, 231, 37]]]
    """
    values = np.clip(np.asarray(values, np.float32), 0.0, 1.0)
    return _VIRIDIS[np.rint(values[..., 0] * 255.0).astype(np.uint8)]


def evidence_hex() -> tuple[str, ...]:
    """Returns the 256 colors of `color_map` as a web page writes them.

    Returns:
        The colors from no evidence to full evidence, as `#rrggbb`.
    """
    return tuple(
        f"#{red:02x}{green:02x}{blue:02x}" for red, green, blue in _VIRIDIS
    )


def overlay_evidence(
    photograph: np.ndarray, evidence: np.ndarray, opacity: float = 0.7
) -> np.ndarray:
    """Overlays photographs with the color map of the evidence.

    The opacity of a pixel is `opacity` times its evidence, so that the
    photograph is unchanged where there is no evidence.

    Args:
        photograph: `[..., H, W, 3]` uint8, or floating in [0, 1].
        evidence: `[..., H, W, 1]` in [0, 1].
        opacity: The opacity of full evidence, in [0, 1].

    Returns:
        The pictures, with the shape, dtype and range of the photographs.

    Raises:
        UserError: The shapes do not match, or `opacity` is out of range.
    """
    _check(photograph, evidence, 1, "evidence")
    _check_opacity(opacity)
    weights = opacity * np.clip(np.asarray(evidence, np.float32), 0.0, 1.0)
    picture = _blend(_to_float(photograph), color_map(evidence), weights)
    return _as(picture, photograph.dtype)


def outline(mask: np.ndarray, thickness: int = 2) -> np.ndarray:
    """Returns the band that surrounds a mask, outside of the mask.

    Small lesions stay visible inside their outline.

    Args:
        mask: `[H, W]`, 0 or 1 or boolean.
        thickness: Width of the band in pixels.

    Returns:
        Boolean `[H, W]`.
    """
    side = 2 * thickness + 1
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (side, side))
    plain = mask.astype(np.uint8)
    return (cv2.dilate(plain, kernel) > 0) & (plain == 0)


def draw_lesions(
    photograph: np.ndarray, masks: np.ndarray, opacity: float = 0.3
) -> np.ndarray:
    """Draws masks on one photograph, outlined and lightly filled.

    Args:
        photograph: uint8 `[H, W, 3]`.
        masks: `[H, W, 4]`, 0 or 1 or boolean.
        opacity: The opacity of the fill, in [0, 1].

    Returns:
        uint8 `[H, W, 3]`.

    Raises:
        UserError: The shapes do not match, or `opacity` is out of range.
    """
    _check(photograph, masks, len(LESIONS), "masks")
    _check_opacity(opacity)
    picture = photograph.copy()
    thickness = max(1, round(max(photograph.shape) / 1000))
    for i, color in enumerate(LESION_COLORS):
        # Only the lesion's own pixels: a photograph has millions of others.
        mask = masks[..., i] > 0
        filled = _blend(_to_float(picture[mask]), color, opacity)
        picture[mask] = _as(filled, photograph.dtype)
        picture[outline(mask, thickness)] = color
    return picture


def _blend(
    picture: np.ndarray, color: np.ndarray, weights: np.ndarray | float
) -> np.ndarray:
    """Mixes an 8-bit color into a picture in [0, 1]."""
    return picture + weights * (np.float32(color) / 255.0 - picture)


def _to_float(photograph: np.ndarray) -> np.ndarray:
    if photograph.dtype == np.uint8:
        return photograph.astype(np.float32) / 255.0
    return np.clip(np.asarray(photograph, np.float32), 0.0, 1.0)


def _as(picture: np.ndarray, dtype: np.dtype) -> np.ndarray:
    if dtype == np.uint8:
        return np.rint(picture * 255.0).astype(np.uint8)
    return picture.astype(dtype)


def _check(
    photograph: np.ndarray, maps: np.ndarray, channels: int, argument: str
) -> None:
    if photograph.ndim < 3 or photograph.shape[-1] != 3:
        raise UserError(
            f"must be [..., H, W, 3], not {list(photograph.shape)}",
            argument="photograph",
        )
    expected = (*photograph.shape[:-1], channels)
    if maps.shape != expected:
        raise UserError(
            f"must be {list(expected)}, not {list(maps.shape)}",
            argument=argument,
        )


def _check_opacity(opacity: float) -> None:
    if not 0.0 <= opacity <= 1.0:
        raise UserError(f"must be in [0, 1], not {opacity}", argument="opacity")
