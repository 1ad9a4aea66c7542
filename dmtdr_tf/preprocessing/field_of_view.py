"""The camera's field of view, located in a photograph."""

import dataclasses

import cv2
import numpy as np

from dmtdr_tf.files.errors import UserError
from dmtdr_tf.preprocessing import constants

__all__ = [
    "FieldOfView",
    "NoFieldOfViewError",
    "find_field_of_view",
    "highest_channel",
    "reduce_frame",
]

_NOTHING = "the photograph shows no field of view: "
_FLAT = "it is black or flat"
_SMALL = (
    "it is mostly black, and its bright part covers less than a tenth of it"
)


class NoFieldOfViewError(UserError):
    """A photograph that shows no retina: black, white, flat, or no disc."""


@dataclasses.dataclass(frozen=True)
class FieldOfView:
    """The square around a camera's field of view, in source pixels.

    The square may reach outside the photograph, where it is black: cameras
    cut the disc off at the frame's top and bottom.

    Args:
        top: First row of the square; may be negative.
        left: First column of the square; may be negative.
        side: Rows and columns of the square.
        height: Rows of the whole photograph.
        width: Columns of the whole photograph.

    Raises:
        ValueError: The square is empty or does not meet the photograph.
    """

    top: int
    left: int
    side: int
    height: int
    width: int

    def __post_init__(self) -> None:
        rows, columns = self.rows, self.columns
        if rows.start >= rows.stop or columns.start >= columns.stop:
            raise ValueError(
                f"the square does not meet the photograph: {self!r}"
            )

    @property
    def rows(self) -> slice:
        """The photograph's rows inside the square."""
        return slice(max(self.top, 0), min(self.top + self.side, self.height))

    @property
    def columns(self) -> slice:
        """The photograph's columns inside the square."""
        return slice(max(self.left, 0), min(self.left + self.side, self.width))


def find_field_of_view(
    photograph: np.ndarray, reduced: np.ndarray | None = None
) -> FieldOfView:
    """Finds the square around the field of view.

    Thresholds the photograph against its dark background, opens the result
    (which removes labels, notches and noise), keeps the largest connected
    part, and makes its bounding box square about its center.

    Args:
        photograph: uint8 `[H, W, 3]`.
        reduced: `reduce_frame(photograph, SEARCH_SIDE)`, if that is at hand.

    Returns:
        The square; the whole frame where the retina fills it.

    Raises:
        NoFieldOfViewError: There is none: the photograph is black, white or
            flat, or its bright part is less than a tenth of the frame.

    Example:
        >>> photograph = np.zeros((100, 150, 3), np.uint8)
        >>> _ = cv2.circle(photograph, (75, 50), 40, (180, 90, 40), -1)
        >>> find_field_of_view(photograph)
        FieldOfView(top=9, left=34, side=83, height=100, width=150)
    """
    height, width = photograph.shape[:2]
    if reduced is None:
        reduced = reduce_frame(photograph, constants.SEARCH_SIDE)
    left, top, right, bottom = _bounding_box(reduced)
    # Back to source pixels with each axis' own, rounded, factor.
    ys, xs = height / reduced.shape[0], width / reduced.shape[1]
    rows = round(top * ys), round(bottom * ys)
    columns = round(left * xs), round(right * xs)
    side = max(rows[1] - rows[0], columns[1] - columns[0])
    return FieldOfView(
        top=(sum(rows) - side) // 2,
        left=(sum(columns) - side) // 2,
        side=side,
        height=height,
        width=width,
    )


def reduce_frame(photograph: np.ndarray, longest: int) -> np.ndarray:
    """Reduces a photograph by area averaging.

    Args:
        photograph: uint8 `[H, W, 3]`.
        longest: Most rows and columns of the result.

    Returns:
        uint8 `[h, w, 3]`; the photograph itself where it is no larger.
    """
    height, width = photograph.shape[:2]
    scale = min(1.0, longest / max(height, width))
    if scale == 1.0:
        return photograph
    shape = (max(1, round(width * scale)), max(1, round(height * scale)))
    return cv2.resize(photograph, shape, interpolation=cv2.INTER_AREA)


def highest_channel(photograph: np.ndarray) -> np.ndarray:
    """Returns each pixel's highest channel; NumPy is slower on a short axis.

    Args:
        photograph: uint8 `[H, W, 3]`.

    Returns:
        uint8 `[H, W]`.
    """
    red, green, blue = cv2.split(photograph)
    return cv2.max(cv2.max(red, green), blue)


def _bounding_box(photograph: np.ndarray) -> tuple[int, int, int, int]:
    """Returns left, top, right, bottom of the largest bright part."""
    red, green, blue = cv2.split(photograph)
    highest = highest_channel(photograph)
    lowest = cv2.min(cv2.min(red, green), blue)
    width = len(constants.BLUR_TAPS)
    gray = cv2.GaussianBlur(highest, (width, width), 0)
    percentiles = (
        constants.DARK_PERCENTILE,
        constants.BRIGHT_PERCENTILE,
        constants.SMALL_PERCENTILE,
    )
    dark, bright, small = (float(v) for v in np.percentile(gray, percentiles))
    if bright - dark < constants.LEAST_CONTRAST:
        is_small = small - dark >= constants.LEAST_CONTRAST
        raise NoFieldOfViewError(_NOTHING + (_SMALL if is_small else _FLAT))
    if dark > constants.FILLED_SHARE * bright:
        box = (0, 0, gray.shape[1], gray.shape[0])
    else:
        box = _largest_part(gray > _threshold(gray, dark, bright))
    left, top, right, bottom = box
    if np.median(lowest[top:bottom, left:right]) > constants.WHITE_LEVEL:
        raise NoFieldOfViewError(f"{_NOTHING}it is mostly white")
    return box


def _threshold(gray: np.ndarray, dark: float, bright: float) -> float:
    """Puts the threshold above the background's own noise, within bounds."""
    least = dark + constants.THRESHOLD * (bright - dark)
    highest = dark + constants.MAX_THRESHOLD * (bright - dark)
    background = gray[gray <= least]
    deviation = background.std()
    noise = background.mean() + constants.NOISE_DEVIATIONS * deviation
    return min(max(least, float(noise)), highest)


def _largest_part(bright: np.ndarray) -> tuple[int, int, int, int]:
    """Returns the bounding box of the largest opened component."""
    radius = max(1, round(min(bright.shape) / constants.OPENING_DIVISOR))
    kernel = cv2.getStructuringElement(
        cv2.MORPH_ELLIPSE, (2 * radius + 1, 2 * radius + 1)
    )
    opened = cv2.morphologyEx(bright.astype(np.uint8), cv2.MORPH_OPEN, kernel)
    _, _, stats, _ = cv2.connectedComponentsWithStats(opened)
    areas = stats[1:, cv2.CC_STAT_AREA]
    if not len(areas) or areas.max() < constants.LEAST_AREA * bright.size:
        raise NoFieldOfViewError(
            f"{_NOTHING}no bright disc covers a tenth of it"
        )
    left, top, columns, rows = stats[1 + int(areas.argmax()), :4].tolist()
    return left, top, left + columns, top + rows
