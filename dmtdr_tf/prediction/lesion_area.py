"""How much of the retina a lesion covers."""

import dataclasses

import cv2
import numpy as np

from dmtdr_tf.preprocessing.constants import BACKGROUND_SHARE

__all__ = ["NOT_RELIABLE", "LesionArea", "measure_lesion", "retina_share"]

NOT_RELIABLE = "not reliably detected by this model"


@dataclasses.dataclass(frozen=True)
class LesionArea:
    """The area of one kind of lesion in one photograph.

    Args:
        pixels: Pixels of the mask, in the original photograph.
        percent: The same in per cent of the field of view.
        regions: Connected regions of the mask (8-connected).
        is_reliable: False if the model cannot find this kind of lesion by its
            own evaluation; then the numbers say nothing.
    """

    pixels: int
    percent: float
    regions: int
    is_reliable: bool = True

    @property
    def percent_text(self) -> str:
        """The percentage as a person reads it, never a false zero."""
        if not self.is_reliable:
            return NOT_RELIABLE
        if not self.pixels:
            return "0"
        if self.percent < 0.01:
            return "< 0.01"
        return (
            f"{self.percent:.2f}"
            if self.percent < 10
            else f"{self.percent:.1f}"
        )


def measure_lesion(
    mask: np.ndarray, field_of_view_pixels: float, is_reliable: bool = True
) -> LesionArea:
    """Measures a lesion mask.

    Args:
        mask: `[H, W]`, 0 or 1 or boolean, of the original photograph.
        field_of_view_pixels: Pixels of the field of view in it.
        is_reliable: Whether the model can find this kind of lesion.

    Returns:
        Pixels, per cent of the field of view, and regions.
    """
    plain = mask.astype(np.uint8)
    pixels = int(cv2.countNonZero(plain))
    regions = cv2.connectedComponents(plain, connectivity=8)[0] - 1
    percent = 100.0 * pixels / max(field_of_view_pixels, 1.0)
    return LesionArea(pixels, percent, regions, is_reliable)


def retina_share(square: np.ndarray) -> float:
    """Tells what share of a cropped photograph shows retina.

    The crop is the square around the field of view; its corners, and what the
    camera's frame cut off, are dark.

    Args:
        square: `[S, S, 3]` in [0, 1].

    Returns:
        The share of pixels whose brightest channel is above a tenth of the
        photograph's bright level (90th percentile).
    """
    brightest = square.max(axis=-1)
    level = BACKGROUND_SHARE * np.percentile(brightest, 90)
    return float(np.mean(brightest > level))
