"""The camera's field of view: found, cropped to, and mapped back from."""

import dataclasses
from typing import Literal

import cv2
import numpy as np

from dmtdr_tf.files.errors import UserError

Interpolation = Literal["nearest", "linear", "cubic"]

_INTERPOLATIONS = {
    "nearest": cv2.INTER_NEAREST_EXACT,
    "linear": cv2.INTER_LINEAR,
    "cubic": cv2.INTER_CUBIC,
}

# The field of view is looked for in a reduced photograph: its outline is
# smooth, and the mean over many pixels has less noise.
_SEARCH_SIDE = 512
# A retina's grey levels (8 bits) span more than this, a flat image's do not.
_LEAST_CONTRAST = 8.0
# Background is darker than this share of the way from dark to bright.
_THRESHOLD, _MAX_THRESHOLD = 0.12, 0.35
# Where the darkest part is brighter than this share of the bright level, there
# is no background: the retina fills the frame.
_FILLED = 0.4
# The field of view covers at least this share of the frame.
_LEAST_AREA = 0.1
# No retina reflects so much in every channel at once: paper, or overexposed.
_WHITE = 235


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


def find_field_of_view(photograph: np.ndarray) -> FieldOfView:
    """Finds the square around the field of view.

    What is brighter than the dark background is opened (labels, notches and
    noise go), the largest connected part kept, and its bounding box made
    square about its centre.

    Args:
        photograph: uint8 `[H, W, 3]`.

    Returns:
        The square; the whole frame where the retina fills it.

    Raises:
        NoFieldOfViewError: There is none: the photograph is black, white or
            flat, or its bright part is less than a tenth of the frame.
    """
    height, width = photograph.shape[:2]
    scale = min(1.0, _SEARCH_SIDE / max(height, width))
    reduced = _reduced(photograph, scale)
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


def crop_photograph(
    photograph: np.ndarray, field_of_view: FieldOfView, size: int
) -> np.ndarray:
    """Crops to the field of view, pads with black, resizes to `size`.

    Reduces by area averaging; enlarges bicubically.

    Args:
        photograph: uint8 `[H, W, 3]`.
        field_of_view: What `find_field_of_view` found in it.
        size: Side of the result, in pixels.

    Returns:
        uint8 `[size, size, 3]`.
    """
    square = _square(photograph, field_of_view)
    reduces = field_of_view.side >= size
    interpolation = cv2.INTER_AREA if reduces else cv2.INTER_CUBIC
    return cv2.resize(square, (size, size), interpolation=interpolation)


def crop_mask(
    mask: np.ndarray, field_of_view: FieldOfView, size: int
) -> np.ndarray:
    """Crops a lesion mask so that no lesion vanishes.

    A cell is set when at least half of it is lesion. A connected component
    (8-connected) that reaches no set cell keeps the one cell that holds most
    of its pixels.

    Args:
        mask: `[H, W]`; whatever is not zero is lesion.
        field_of_view: That of the mask's photograph.
        size: Side of the result, in pixels.

    Returns:
        uint8 `[size, size]`, 0 or 1.
    """
    square = (_square(mask, field_of_view) != 0).astype(np.uint8)
    if not square.any():
        return np.zeros((size, size), np.uint8)
    # float32: 8 bits would round the coverage. INTER_AREA is the exact share
    # of each cell in both directions, reducing and enlarging.
    coverage = cv2.resize(
        square.astype(np.float32), (size, size), interpolation=cv2.INTER_AREA
    )
    cells = (coverage >= 0.5 - 1e-5).astype(np.uint8)
    _keep_lost_components(square, cells)
    return cells


def restore(
    values: np.ndarray,
    field_of_view: FieldOfView,
    interpolation: Interpolation = "linear",
) -> np.ndarray:
    """Puts a map of the cropped square back on the whole photograph.

    The inverse of the crop's coordinates: `crop_photograph` of the result is
    the map again, up to resampling.

    Args:
        values: `[S, S]` or `[S, S, C]`; boolean, uint8 or floating.
        field_of_view: The square that was cropped.
        interpolation: `"nearest"` for masks and grades, `"linear"` for
            probabilities, `"cubic"` for photographs.

    Returns:
        `[H, W]` or `[H, W, C]` of the same dtype, 0 outside the square.

    Raises:
        ValueError: `values` is not square or `interpolation` is unknown.
    """
    if values.ndim not in (2, 3) or values.shape[0] != values.shape[1]:
        raise ValueError(f"values must be [S, S(, C)], not {values.shape}")
    if interpolation not in _INTERPOLATIONS:
        raise ValueError(
            f"interpolation must be one of {tuple(_INTERPOLATIONS)}, not "
            f"{interpolation!r}"
        )
    view, side = field_of_view, field_of_view.side
    how = _INTERPOLATIONS[interpolation]
    if side < len(values) and interpolation != "nearest":
        how = cv2.INTER_AREA
    # OpenCV knows no boolean, and drops a single channel.
    plain = values.astype(np.uint8) if values.dtype == bool else values
    square = cv2.resize(plain, (side, side), interpolation=how)
    square = square.reshape(side, side, *values.shape[2:]).astype(values.dtype)
    whole = np.zeros((view.height, view.width, *values.shape[2:]), values.dtype)
    rows, columns = view.rows, view.columns
    whole[rows, columns] = square[_shifted(rows, view.top), :][
        :, _shifted(columns, view.left)
    ]
    return whole


def _shifted(part: slice, origin: int) -> slice:
    return slice(part.start - origin, part.stop - origin)


def _square(image: np.ndarray, view: FieldOfView) -> np.ndarray:
    """Cuts the square out, black where it reaches outside."""
    if image.shape[:2] != (view.height, view.width):
        raise ValueError(
            f"the field of view is of {view.height} x {view.width} pixels, "
            f"the image has {image.shape[0]} x {image.shape[1]}"
        )
    rows, columns = view.rows, view.columns
    inside = image[rows, columns]
    if inside.shape[:2] == (view.side, view.side):
        return inside
    return cv2.copyMakeBorder(
        inside,
        rows.start - view.top,
        view.top + view.side - rows.stop,
        columns.start - view.left,
        view.left + view.side - columns.stop,
        cv2.BORDER_CONSTANT,
    )


def _reduced(photograph: np.ndarray, scale: float) -> np.ndarray:
    if scale == 1.0:
        return photograph
    height, width = photograph.shape[:2]
    shape = (max(1, round(width * scale)), max(1, round(height * scale)))
    return cv2.resize(photograph, shape, interpolation=cv2.INTER_AREA)


def _bounding_box(photograph: np.ndarray) -> tuple[int, int, int, int]:
    """Returns left, top, right, bottom of the largest bright part."""
    red, green, blue = cv2.split(photograph)
    highest = cv2.max(cv2.max(red, green), blue)
    lowest = cv2.min(cv2.min(red, green), blue)
    grey = cv2.GaussianBlur(highest, (5, 5), 0)
    dark, bright = (float(v) for v in np.percentile(grey, (1, 90)))
    if bright - dark < _LEAST_CONTRAST:
        raise NoFieldOfViewError(
            "the photograph shows no field of view: it is black or flat"
        )
    if dark > _FILLED * bright:
        box = (0, 0, grey.shape[1], grey.shape[0])
    else:
        box = _largest_part(grey > _threshold(grey, dark, bright))
    left, top, right, bottom = box
    if np.median(lowest[top:bottom, left:right]) > _WHITE:
        raise NoFieldOfViewError(
            "the photograph shows no field of view: it is mostly white"
        )
    return box


def _threshold(grey: np.ndarray, dark: float, bright: float) -> float:
    """Puts the threshold above the background's own noise, within bounds."""
    least = dark + _THRESHOLD * (bright - dark)
    background = grey[grey <= least]
    noise = float(background.mean() + 4 * background.std())
    return min(max(least, noise), dark + _MAX_THRESHOLD * (bright - dark))


def _largest_part(bright: np.ndarray) -> tuple[int, int, int, int]:
    """Returns the bounding box of the largest opened component."""
    height, width = bright.shape
    reach = max(1, round(min(height, width) / 50))
    kernel = cv2.getStructuringElement(
        cv2.MORPH_ELLIPSE, (2 * reach + 1, 2 * reach + 1)
    )
    opened = cv2.morphologyEx(bright.astype(np.uint8), cv2.MORPH_OPEN, kernel)
    _, _, stats, _ = cv2.connectedComponentsWithStats(opened)
    areas = stats[1:, cv2.CC_STAT_AREA]
    if not len(areas) or areas.max() < _LEAST_AREA * bright.size:
        raise NoFieldOfViewError(
            "the photograph shows no field of view: no bright disc covers a "
            "tenth of it"
        )
    left, top, columns, rows = stats[1 + int(areas.argmax()), :4].tolist()
    return left, top, left + columns, top + rows


def _keep_lost_components(square: np.ndarray, cells: np.ndarray) -> None:
    """Sets, in `cells`, one cell for each component that reaches none."""
    side, size = len(square), len(cells)
    # Only where there is lesion: masks are sparse, the photograph is large.
    left, top, columns, rows = cv2.boundingRect(square)
    part = square[top : top + rows, left : left + columns]
    count, labels = cv2.connectedComponents(part, connectivity=8)
    ys, xs = part.nonzero()
    found = labels[ys, xs]
    # The cell of a pixel's centre.
    ys = (2 * (ys + top) + 1) * size // (2 * side)
    xs = (2 * (xs + left) + 1) * size // (2 * side)
    reached = np.zeros(count, bool)
    reached[found[cells[ys, xs] > 0]] = True
    lost = ~reached[found]
    if not lost.any():
        return
    keys = found[lost].astype(np.int64) * size * size
    keys, votes = np.unique(
        keys + ys[lost] * size + xs[lost], return_counts=True
    )
    # Last per component in order of votes is the cell with most pixels.
    order = np.lexsort((votes, keys // (size * size)))
    component = keys[order] // (size * size)
    last = np.append(component[1:] != component[:-1], True)
    cells.reshape(-1)[keys[order][last] % (size * size)] = 1
