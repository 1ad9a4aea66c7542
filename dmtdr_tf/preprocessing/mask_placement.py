"""Whether a lesion mask can belong to its photograph."""

import cv2
import numpy as np

from dmtdr_tf.preprocessing.field_of_view import FieldOfView

__all__ = ["check_placement"]

# Of IDRiD's masks, the largest covers 22 % of the field of view, and the one
# that leaves it furthest has 0.1 % of its pixels outside.
_LARGEST_SHARE = 0.5
_LEAST_INSIDE = 0.5


def check_placement(mask: np.ndarray, field_of_view: FieldOfView) -> None:
    """Refuses a mask that cannot be one lesion of its photograph.

    Args:
        mask: uint8 `[H, W]`, 0 or 1.
        field_of_view: That of its photograph.

    Raises:
        ValueError: It has another size, covers more than half of the field of
            view, or lies mostly outside it.

    Example:
        >>> eye = FieldOfView(top=0, left=0, side=9, height=9, width=9)
        >>> check_placement(np.eye(9, dtype=np.uint8), eye)
    """
    height, width = field_of_view.height, field_of_view.width
    if mask.shape != (height, width):
        raise ValueError(
            f"the mask has {mask.shape[1]} x {mask.shape[0]} pixels, its "
            f"photograph {width} x {height}; draw it on the photograph as it "
            "is"
        )
    lesion = cv2.findNonZero(mask)
    if lesion is None:
        return
    inside = _pixels_inside(lesion.reshape(-1, 2), field_of_view)
    share = inside / _field_area(field_of_view)
    if share > _LARGEST_SHARE:
        percent = 100 * min(share, 1.0)
        raise ValueError(
            f"it covers {percent:.0f} % of the field of view; if it is "
            "inverted, make the lesion white and the rest black"
        )
    if inside < _LEAST_INSIDE * len(lesion):
        outside = 100 * (1 - inside / len(lesion))
        raise ValueError(
            f"{outside:.0f} % of it lie outside the field of view; it may "
            "belong to another photograph"
        )


def _pixels_inside(pixels: np.ndarray, field_of_view: FieldOfView) -> int:
    """Counts the pixels `[N, 2]` (x, y) in the disc of the field of view."""
    x, y = (pixels + 0.5).T
    return int(
        np.count_nonzero(
            _half_chords(y, field_of_view)
            >= abs(x - field_of_view.left - field_of_view.side / 2)
        )
    )


def _field_area(field_of_view: FieldOfView) -> float:
    """Returns the area of the disc's part that is in the photograph."""
    rows = np.arange(field_of_view.rows.start, field_of_view.rows.stop) + 0.5
    half = _half_chords(rows, field_of_view)
    middle = field_of_view.left + field_of_view.side / 2
    right = np.minimum(middle + half, field_of_view.width)
    return float((right - np.maximum(middle - half, 0)).clip(0).sum())


def _half_chords(y: np.ndarray, field_of_view: FieldOfView) -> np.ndarray:
    """Returns half of the disc's width at heights `[N]`."""
    radius = field_of_view.side / 2
    across = y - field_of_view.top - radius
    return np.sqrt(np.maximum(radius**2 - across**2, 0))
