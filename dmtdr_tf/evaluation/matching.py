"""Matches the lesions of two maps of one photograph, one by one."""

import math
from typing import NamedTuple

import cv2
import numpy as np

__all__ = ["SIZES", "Matches", "match_lesions", "tolerance"]

# Size classes by the diameter of a disk of the same area, as a share of the
# photograph's side: about 125 and 400 micrometers in a 45-degree photograph.
SIZES = {"small": 0.01, "medium": 0.03, "large": math.inf}
# A lesion may be this far away, as a share of the side; at least one pixel.
_TOLERANCE = 0.004


class Matches(NamedTuple):
    """How many lesions of each size class match.

    Args:
        kept: `[3]`, lesions of the reference that the other map has.
        lost: `[3]`, lesions of the reference that it lacks.
        invented: `[3]`, lesions of the other map that the reference lacks, by
            their own size.
    """

    kept: np.ndarray
    lost: np.ndarray
    invented: np.ndarray


def match_lesions(reference: np.ndarray, other: np.ndarray) -> Matches:
    """Matches connected regions (8-connected) of two masks.

    A lesion of the reference is kept if the other mask has a pixel within the
    tolerance of it, and lost otherwise. A region of the other mask is invented
    if the reference has no pixel within the tolerance of it. Lesions that
    merge or break up are kept.

    Args:
        reference: Boolean `[S, S]`.
        other: Boolean `[S, S]`.

    Returns:
        The number of lesions by size class, in the order of `SIZES`.

    Example: the only lesion is lost, and another one is invented.

    >>> one, other = np.zeros((2, 64, 64), bool)
    >>> one[8, 8] = other[40:50, 40:50] = True
    >>> [counts.tolist() for counts in match_lesions(one, other)]
    [[0, 0, 0], [0, 1, 0], [0, 0, 1]]
    """
    kept, lost = _near(reference, other)
    _, invented = _near(other, reference)
    return Matches(kept, lost, invented)


def tolerance(side: int) -> int:
    """Returns how far apart matching lesions may be, in pixels.

    Args:
        side: The photograph's side in pixels.

    Example:
    >>> tolerance(512), tolerance(1024)
    (2, 4)
    """
    return max(1, round(_TOLERANCE * side))


def _near(mask: np.ndarray, other: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Regions of a mask with and without the other nearby, by size class."""
    side = len(mask)
    count, labels, statistics, _ = cv2.connectedComponentsWithStats(
        mask.astype(np.uint8), connectivity=8
    )
    reach = (2 * tolerance(side) + 1,) * 2
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, reach)
    grown = cv2.dilate(other.astype(np.uint8), kernel) > 0
    is_near = np.bincount(labels[grown], minlength=count)[1:] > 0
    areas = statistics[1:, cv2.CC_STAT_AREA]
    diameters = np.sqrt(4 / math.pi * areas) / side
    classes = np.searchsorted(list(SIZES.values()), diameters, side="right")
    found = np.bincount(classes[is_near], minlength=len(SIZES))
    missed = np.bincount(classes[~is_near], minlength=len(SIZES))
    return found, missed
