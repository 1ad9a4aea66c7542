"""Whether a photograph is good enough to be graded: measures and a gate."""

import dataclasses

import cv2
import numpy as np

from dmtdr_tf.config.quality import QualityConfig
from dmtdr_tf.files.errors import UserError
from dmtdr_tf.preprocessing import constants
from dmtdr_tf.preprocessing.cropping import crop_photograph
from dmtdr_tf.preprocessing.field_of_view import (
    FieldOfView,
    highest_channel,
    reduce_frame,
)
from dmtdr_tf.preprocessing.likeness import (
    Blurs,
    blurred_channels,
    likeness,
)
from dmtdr_tf.preprocessing.outline import measure_outline
from dmtdr_tf.preprocessing.rules import (
    FOREIGN,
    LOOKS,
    NOT_A_FUNDUS,
    POOR,
    TOO_POOR,
    Rule,
)

__all__ = [
    "NoFundusPhotographError",
    "Quality",
    "UngradablePhotographError",
    "check_quality",
    "measure_quality",
]

# What needs a lit pixel.
_MEASURED = (
    "sharpness",
    "brightness",
    "overexposed",
    "field",
    "saturation",
    "roundness",
    "outside",
    "likeness",
)


@dataclasses.dataclass(frozen=True)
class Quality:
    """Measures of a photograph's quality, and of whether it shows a retina.

    `docs/quality.md` has the ranges that were measured. The first four stand
    for how good a photograph is, the others for whether it is one whole fundus
    photograph in color; those have defaults, which are perfect.

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
        side: Rows and columns of the field of view, in source pixels.
        aspect: The frame's longer side divided by its shorter side.
        saturation: Mean saturation of the field of view's colors, in [0, 1];
            0 is gray.
        roundness: Share of the field's outline that lies on one circle, in
            [0, 1]. Parts along the frame's edges do not count; 1 where the
            retina fills the frame.
        outside: Area that is lit outside of that circle, divided by the area
            that is lit inside: a banner, a frame, a second eye.
        likeness: How far colors and texture are those of a retina, in [0, 1]:
            the probability of a small classifier.
    """

    sharpness: float
    brightness: float
    overexposed: float
    field: float
    side: float = 256.0
    aspect: float = 1.0
    saturation: float = 1.0
    roundness: float = 1.0
    outside: float = 0.0
    likeness: float = 1.0


class UngradablePhotographError(UserError):
    """A photograph that is too poor to be graded; the message says why.

    Args:
        reason: The message.
        quality: The photograph's measures.
    """

    def __init__(self, reason: str, quality: Quality):
        super().__init__(reason)
        self.quality = quality


class NoFundusPhotographError(UngradablePhotographError):
    """A picture that is not one whole fundus photograph in color."""


def measure_quality(
    photograph: np.ndarray,
    field_of_view: FieldOfView,
    reduced: np.ndarray | None = None,
) -> Quality:
    """Measures a photograph's quality, and whether it shows a retina.

    Args:
        photograph: uint8 `[H, W, 3]`, RGB.
        field_of_view: Its field of view.
        reduced: `reduce_frame(photograph, SEARCH_SIDE)`, if that is at hand.

    Returns:
        The measures; 0 for those for which there is nothing to measure.
    """
    height, width = photograph.shape[:2]
    square, highest, measured = measured_square(photograph, field_of_view)
    side = len(square)
    disc = np.zeros((side, side), np.uint8)
    cv2.circle(disc, (side // 2, side // 2), side // 2, 1, cv2.FILLED)
    inside = highest >= constants.LIT_LEVEL
    shape = {
        "side": float(field_of_view.side),
        "aspect": max(height, width) / min(height, width),
    }
    if not inside.any():
        zeros = dict.fromkeys(_MEASURED, 0.0)
        return Quality(**zeros, **shape)
    brightness = float(highest[inside].mean()) / 255
    saturated = square[..., 1][inside] >= constants.SATURATED_LEVEL
    if reduced is None:
        reduced = reduce_frame(photograph, constants.SEARCH_SIDE)
    frame = reduce_frame(reduced, constants.QUALITY_SIDE)
    roundness, outside = measure_outline(frame, field_of_view, brightness)
    blurred = blurred_channels(square)
    return Quality(
        sharpness=_sharpness(blurred[1], measured),
        brightness=brightness,
        overexposed=float(saturated.mean()),
        field=float(inside[disc > 0].mean()),
        **shape,
        saturation=_saturation(square, highest, inside),
        roundness=roundness,
        outside=outside,
        likeness=likeness(
            square, blurred, measured if measured.any() else inside
        ),
    )


def measured_square(
    photograph: np.ndarray, field_of_view: FieldOfView
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Crops a photograph to the size at which its details are measured.

    Args:
        photograph: uint8 `[H, W, 3]`, RGB.
        field_of_view: Its field of view.

    Returns:
        The square, uint8 `[S, S, 3]`, the highest of its channels, uint8
        `[S, S]`, and which pixels are lit and not at the field's edge,
        boolean `[S, S]`.
    """
    side = min(constants.QUALITY_SIDE, field_of_view.side)
    square = crop_photograph(photograph, field_of_view, side)
    highest = highest_channel(square)
    lit = (highest >= constants.LIT_LEVEL).astype(np.uint8)
    return square, highest, _without_edge(lit, constants.EDGE_MARGIN)


def _saturation(
    square: np.ndarray, highest: np.ndarray, inside: np.ndarray
) -> float:
    """Mean of (highest - lowest) / highest channel: HSV's saturation."""
    red, green, blue = cv2.split(square)
    lowest = cv2.min(cv2.min(red, green), blue)[inside]
    bright = highest[inside].astype(np.float32)
    return float(((bright - lowest) / bright).mean())


def _sharpness(green: Blurs, measured: np.ndarray) -> float:
    if not measured.any():
        return 0.0
    one, two, three = green
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
    """Refuses what is no fundus photograph, or too poor to be graded.

    Args:
        quality: Its measures.
        config: The thresholds.

    Raises:
        NoFundusPhotographError: It is not one whole fundus photograph in
            color.
        UngradablePhotographError: It is one, but too poor.

        The message names every measure that is beyond its threshold.

    Example:
        >>> quality = Quality(0.9, brightness=0.05, overexposed=0, field=1)
        >>> check_quality(quality, QualityConfig())  # doctest: +ELLIPSIS
        Traceback (most recent call last):
            ...
        dmtdr_tf...: this photograph cannot be graded, because it is too dark...
    """
    if not config.gate:
        return
    for beginning, rules, error in _GATES:
        reasons = _reasons(quality, config, rules)
        if reasons:
            raise error(beginning + reasons, quality)


# The first that refuses gives the reasons.
_GATES = (
    (NOT_A_FUNDUS, FOREIGN, NoFundusPhotographError),
    (TOO_POOR, POOR, UngradablePhotographError),
    (NOT_A_FUNDUS, LOOKS, NoFundusPhotographError),
)


def _reasons(
    quality: Quality, config: QualityConfig, rules: tuple[Rule, ...]
) -> str:
    """What the rules refuse, as one clause; empty if nothing."""
    return " and ".join(
        reason for rule in rules if (reason := _reason(quality, config, rule))
    )


def _reason(quality: Quality, config: QualityConfig, rule: Rule) -> str:
    measure, bound = getattr(quality, rule.measure), rule.bound(config)
    if not (measure < bound if rule.is_least else measure > bound):
        return ""
    styles = {"ratio": f"{measure:.2f}", "share": f"{measure:.0%}"}
    value = rule.value.format(styles.get(rule.style, f"{measure:.0f}"))
    return f"{rule.reason} ({value}, {rule.bound_text(config)})"
