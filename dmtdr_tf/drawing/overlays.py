"""Lesions and evidence drawn over photographs, one palette everywhere."""

import cv2
import numpy as np

from dmtdr_tf.files.errors import UserError
from dmtdr_tf.labels import LESIONS

# Chosen so that any two differ, and each from a retina's orange and red, also
# for people with protanopia, deuteranopia or tritanopia.
LESION_HEX = ("#5ce1ff", "#2f4bff", "#fff3a0", "#00a06a")
LESION_COLORS = np.array(
    [[int(h[i : i + 2], 16) for i in (1, 3, 5)] for h in LESION_HEX], np.uint8
)
# Viridis: uniform to the eye, and not made of a retina's colours.
_VIRIDIS = cv2.applyColorMap(
    np.arange(256, dtype=np.uint8)[:, None], cv2.COLORMAP_VIRIDIS
)[:, 0, ::-1]


def overlay_lesions(
    photograph: np.ndarray,
    lesions: np.ndarray,
    threshold: float | None = None,
    opacity: float = 0.6,
) -> np.ndarray:
    r"""Lays the lesions' colours over photographs.

    For each lesion in the order MA, HM, SE, HE: $x \leftarrow (1 - a) x + a
    c$, with $a$ the opacity times the lesion's probability, or times whether
    it reaches the threshold.

    Args:
        photograph: `[..., H, W, 3]` uint8, or floating in [0, 1].
        lesions: `[..., H, W, 4]` probabilities, or masks of 0 and 1.
        threshold: Draws the mask `lesions >= threshold`; without one, likely
            lesions are drawn stronger than doubtful ones.
        opacity: Of a certain lesion, in [0, 1].

    Returns:
        As the photograph, of its dtype.

    Raises:
        UserError: The shapes do not fit, or `opacity` is out of range.

    Example:
    >>> picture = overlay_lesions(batch["high_res"], batch["lesions"])
    """
    _check(photograph, lesions, len(LESIONS), "lesions")
    _check_opacity(opacity)
    weights = np.asarray(lesions, np.float32)
    if threshold is not None:
        weights = (weights >= threshold).astype(np.float32)
    drawn = _to_float(photograph)
    for i, colour in enumerate(LESION_COLORS):
        drawn = _blend(drawn, colour, opacity * weights[..., i : i + 1])
    return _as(drawn, photograph.dtype)


def color_map(values: np.ndarray) -> np.ndarray:
    """Gives each value its colour of viridis, dark blue (0) to yellow (1).

    Args:
        values: `[..., H, W, 1]` in [0, 1]; what is outside is clipped.

    Returns:
        uint8 `[..., H, W, 3]`.
    """
    values = np.clip(np.asarray(values, np.float32), 0.0, 1.0)
    return _VIRIDIS[np.rint(values[..., 0] * 255.0).astype(np.uint8)]


def evidence_hex() -> tuple[str, ...]:
    """Returns the 256 colours of `color_map`, as a page writes them.

    Returns:
        From no evidence to full evidence, as `#rrggbb`.
    """
    return tuple(
        f"#{red:02x}{green:02x}{blue:02x}" for red, green, blue in _VIRIDIS
    )


def overlay_evidence(
    photograph: np.ndarray, evidence: np.ndarray, opacity: float = 0.7
) -> np.ndarray:
    """Lays the evidence's colour map over photographs.

    Where there is no evidence the photograph shows as it is: the opacity of a
    pixel is `opacity` times its evidence.

    Args:
        photograph: `[..., H, W, 3]` uint8, or floating in [0, 1].
        evidence: `[..., H, W, 1]` in [0, 1].
        opacity: Of full evidence, in [0, 1].

    Returns:
        As the photograph, of its dtype.

    Raises:
        UserError: The shapes do not fit, or `opacity` is out of range.
    """
    _check(photograph, evidence, 1, "evidence")
    _check_opacity(opacity)
    weights = opacity * np.clip(np.asarray(evidence, np.float32), 0.0, 1.0)
    drawn = _blend(_to_float(photograph), color_map(evidence), weights)
    return _as(drawn, photograph.dtype)


def outline(mask: np.ndarray, thickness: int = 2) -> np.ndarray:
    """Returns the band around a mask, outside of it.

    A small lesion stays visible inside its outline.

    Args:
        mask: `[H, W]`, 0 or 1 or boolean.
        thickness: Of the band, in pixels.

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
    """Draws masks on one photograph: outlined, and lightly filled.

    Args:
        photograph: uint8 `[H, W, 3]`.
        masks: `[H, W, 4]`, 0 or 1 or boolean.
        opacity: Of the fill, in [0, 1].

    Returns:
        uint8 `[H, W, 3]`.

    Raises:
        UserError: The shapes do not fit, or `opacity` is out of range.
    """
    _check(photograph, masks, len(LESIONS), "masks")
    _check_opacity(opacity)
    drawn = photograph.copy()
    thickness = max(1, round(max(photograph.shape) / 1000))
    for i, colour in enumerate(LESION_COLORS):
        # Only the lesion's own pixels: a photograph has millions of others.
        mask = masks[..., i] > 0
        filled = _blend(_to_float(drawn[mask]), colour, opacity)
        drawn[mask] = _as(filled, photograph.dtype)
        drawn[outline(mask, thickness)] = colour
    return drawn


def _blend(picture, colour, weights):
    """Mixes an 8-bit colour into a picture in [0, 1]."""
    return picture + weights * (np.float32(colour) / 255.0 - picture)


def _to_float(photograph: np.ndarray) -> np.ndarray:
    if photograph.dtype == np.uint8:
        return photograph.astype(np.float32) / 255.0
    return np.clip(np.asarray(photograph, np.float32), 0.0, 1.0)


def _as(picture: np.ndarray, dtype: np.dtype) -> np.ndarray:
    if dtype == np.uint8:
        return np.rint(picture * 255.0).astype(np.uint8)
    return picture.astype(dtype)


def _check(photograph, maps, channels, name) -> None:
    expected = (*photograph.shape[:-1], channels)
    if photograph.ndim < 3 or photograph.shape[-1] != 3:
        raise UserError(
            f"photograph must be [..., H, W, 3], not {photograph.shape}"
        )
    if maps.shape != expected:
        raise UserError(f"{name} must be {expected}, not {maps.shape}")


def _check_opacity(opacity: float) -> None:
    if not 0.0 <= opacity <= 1.0:
        raise UserError(f"opacity must be in [0, 1], not {opacity}")
