"""Whether a photograph is good enough to be graded: measures and a gate."""

import dataclasses

import cv2
import numpy as np

from dmtdr_tf.config.quality import QualityConfig
from dmtdr_tf.files.errors import UserError
from dmtdr_tf.preprocessing import constants
from dmtdr_tf.preprocessing.cropping import crop_photograph
from dmtdr_tf.preprocessing.field_of_view import FieldOfView

__all__ = [
    "Quality",
    "UngradablePhotographError",
    "check_quality",
    "measure_quality",
]


@dataclasses.dataclass(frozen=True)
class Quality:
    """Measures of a photograph's quality.

    Args:
        sharpness: Contrast of details of two pixels divided by that of
            details of four, at 256 pixels a side. As a ratio it depends
            neither on the exposure nor on how much there is to see. 391
            photographs of IDRiD have 0.46 to 1.08; blurred by a Gaussian of
            three pixels, at most 0.43.
        brightness: Mean of the brightest channel inside the field of view, in
            [0, 1].
        overexposed: Share of the field of view where green is saturated, in
            [0, 1].
        field: Share of the square's inscribed disc that is lit, in [0, 1]:
            below 1 where the frame cuts the disc off or a lid covers it.
    """

    sharpness: float
    brightness: float
    overexposed: float
    field: float


class UngradablePhotographError(UserError):
    """A photograph that is too poor to be graded; the message says why.

    Args:
        reason: The message.
        quality: The photograph's measures.
    """

    def __init__(self, reason: str, quality: Quality):
        super().__init__(reason)
        self.quality = quality


def measure_quality(
    photograph: np.ndarray, field_of_view: FieldOfView
) -> Quality:
    """Measures a photograph's quality.

    Args:
        photograph: uint8 `[H, W, 3]`, RGB.
        field_of_view: Its field of view.

    Returns:
        The measures; a sharpness of 0 where there is nothing to measure.
    """
    side = min(constants.QUALITY_SIDE, field_of_view.side)
    square = crop_photograph(photograph, field_of_view, side)
    lit = (square.max(axis=-1) >= constants.LIT_LEVEL).astype(np.uint8)
    disc = np.zeros_like(lit)
    cv2.circle(disc, (side // 2, side // 2), side // 2, 1, cv2.FILLED)
    inside = lit > 0
    if not inside.any():
        return Quality(0.0, 0.0, 0.0, 0.0)
    saturated = square[..., 1][inside] >= constants.SATURATED_LEVEL
    return Quality(
        sharpness=_sharpness(square[..., 1], lit),
        brightness=float(square.max(axis=-1)[inside].mean()) / 255,
        overexposed=float(saturated.mean()),
        field=float(inside[disc > 0].mean()),
    )


def _sharpness(green: np.ndarray, lit: np.ndarray) -> float:
    measured = _without_edge(lit, constants.EDGE_MARGIN)
    if not measured.any():
        return 0.0
    gray = green.astype(np.float32)
    one, two, three = (
        cv2.GaussianBlur(gray, (0, 0), sigma) for sigma in constants.BLUR_SIGMAS
    )
    fine, coarse = (one - two)[measured].std(), (two - three)[measured].std()
    return float(fine / coarse) if coarse > 0 else 0.0


def _without_edge(lit: np.ndarray, margin: int) -> np.ndarray:
    """Lit pixels so far inside the edge, as booleans: `[S, S]`."""
    kernel = np.ones((2 * margin + 1, 2 * margin + 1), np.uint8)
    # Beyond the frame is dark.
    framed = cv2.copyMakeBorder(
        lit, margin, margin, margin, margin, cv2.BORDER_CONSTANT
    )
    return cv2.erode(framed, kernel)[margin:-margin, margin:-margin] > 0


def check_quality(quality: Quality, config: QualityConfig) -> None:
    """Refuses a photograph that is too poor to be graded.

    Args:
        quality: Its measures.
        config: The thresholds.

    Raises:
        UngradablePhotographError: A measure is beyond its threshold; the
            message names every such measure.

    Example:
        >>> quality = Quality(0.9, brightness=0.05, overexposed=0, field=1)
        >>> check_quality(quality, QualityConfig())  # doctest: +ELLIPSIS
        Traceback (most recent call last):
            ...
        dmtdr_tf...: this photograph cannot be graded, because it is too dark...
    """
    if not config.gate:
        return
    reasons = [reason for poor, reason in _verdicts(quality, config) if poor]
    if reasons:
        raise UngradablePhotographError(
            "this photograph cannot be graded, because "
            + " and ".join(reasons),
            quality,
        )


def _verdicts(
    quality: Quality, config: QualityConfig
) -> tuple[tuple[bool, str], ...]:
    """Whether each measure is too poor, and the reason to give then."""
    return (
        (
            quality.sharpness < config.min_sharpness,
            f"it is blurred (sharpness {quality.sharpness:.2f}, at least "
            f"{config.min_sharpness:g})",
        ),
        (
            quality.brightness < config.min_brightness,
            f"it is too dark (brightness {quality.brightness:.2f}, at least "
            f"{config.min_brightness:g})",
        ),
        (
            quality.overexposed > config.max_overexposed,
            f"it is overexposed ({quality.overexposed:.0%} of it, at most "
            f"{config.max_overexposed:.0%})",
        ),
        (
            quality.field < config.min_field,
            f"too little of the field of view is in it ({quality.field:.0%}, "
            f"at least {config.min_field:.0%})",
        ),
    )
