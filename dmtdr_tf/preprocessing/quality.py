"""Whether a photograph is good enough to be graded: measures and a gate."""

import dataclasses

import cv2
import numpy as np

from dmtdr_tf.config.quality import QualityConfig
from dmtdr_tf.files.errors import UserError
from dmtdr_tf.preprocessing.field_of_view import FieldOfView, crop_photograph

# Measured at this size, whatever the model's input is; a photograph that is
# smaller is measured as it is, since enlarging would blur it.
_SIDE = 256
# Bands of detail, as the standard deviations of three blurs, in pixels.
_BLURS = (1.0, 2.0, 4.0)
# The field's edge is no detail: so far from it nothing is measured.
_MARGIN = 12
_LIT, _SATURATED = 16, 250


@dataclasses.dataclass(frozen=True)
class Quality:
    """Measures of a photograph's quality.

    Args:
        sharpness: Contrast of details of two pixels beside that of details of
            four, at 256 pixels a side. A ratio, so that neither exposure nor
            how much there is to see moves it. 391 photographs of IDRiD have
            0.46 to 1.08; blurred by a Gaussian of three pixels, at most 0.43.
        brightness: Mean of the brightest channel inside the field of view, in
            [0, 1].
        overexposed: Share of the field of view where green is saturated.
        field: Share of the square's inscribed disc that is lit: below 1 where
            the frame cuts the disc off or a lid covers it.
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


def measure_quality(photograph: np.ndarray, view: FieldOfView) -> Quality:
    """Measures a photograph.

    Args:
        photograph: uint8 `[H, W, 3]`, RGB.
        view: What `find_field_of_view` found in it.

    Returns:
        The measures; a sharpness of 0 where there is nothing to measure.
    """
    side = min(_SIDE, view.side)
    square = crop_photograph(photograph, view, side)
    lit = (square.max(axis=-1) >= _LIT).astype(np.uint8)
    disc = np.zeros_like(lit)
    cv2.circle(disc, (side // 2, side // 2), side // 2, 1, cv2.FILLED)
    inside = lit > 0
    if not inside.any():
        return Quality(0.0, 0.0, 0.0, 0.0)
    return Quality(
        sharpness=_sharpness(square[..., 1], lit),
        brightness=float(square.max(axis=-1)[inside].mean()) / 255,
        overexposed=float((square[..., 1][inside] >= _SATURATED).mean()),
        field=float(inside[disc > 0].mean()),
    )


def _sharpness(green: np.ndarray, lit: np.ndarray) -> float:
    kernel = np.ones((2 * _MARGIN + 1, 2 * _MARGIN + 1), np.uint8)
    # Beyond the frame is dark.
    framed = cv2.copyMakeBorder(
        lit, _MARGIN, _MARGIN, _MARGIN, _MARGIN, cv2.BORDER_CONSTANT
    )
    eroded = cv2.erode(framed, kernel)[_MARGIN:-_MARGIN, _MARGIN:-_MARGIN]
    where = eroded > 0
    if not where.any():
        return 0.0
    grey = green.astype(np.float32)
    one, two, three = (cv2.GaussianBlur(grey, (0, 0), s) for s in _BLURS)
    fine, coarse = (one - two)[where].std(), (two - three)[where].std()
    return float(fine / coarse) if coarse > 0 else 0.0


def check_quality(quality: Quality, config: QualityConfig) -> None:
    """Refuses a photograph that is too poor to be graded.

    Args:
        quality: Its measures.
        config: The thresholds.

    Raises:
        UngradablePhotographError: A measure is beyond its threshold; every
            such measure is named.
    """
    reasons = [
        reason
        for bad, reason in (
            (
                quality.sharpness < config.min_sharpness,
                f"it is blurred (sharpness {quality.sharpness:.2f}, at least "
                f"{config.min_sharpness:g})",
            ),
            (
                quality.brightness < config.min_brightness,
                f"it is too dark (brightness {quality.brightness:.2f}, at "
                f"least {config.min_brightness:g})",
            ),
            (
                quality.overexposed > config.max_overexposed,
                f"it is overexposed ({quality.overexposed:.0%} of it, at most "
                f"{config.max_overexposed:.0%})",
            ),
            (
                quality.field < config.min_field,
                f"too little of the field of view is in it "
                f"({quality.field:.0%}, at least {config.min_field:.0%})",
            ),
        )
        if bad
    ]
    if config.gate and reasons:
        raise UngradablePhotographError(
            "this photograph cannot be graded, because "
            + " and ".join(reasons),
            quality,
        )
