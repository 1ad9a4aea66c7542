"""Photographs and masks cropped to the field of view, and put back."""

from typing import Literal

import cv2
import numpy as np

from dmtdr_tf.preprocessing.field_of_view import FieldOfView

__all__ = ["Interpolation", "crop_mask", "crop_photograph", "uncrop"]

Interpolation = Literal["nearest", "linear", "cubic"]

_INTERPOLATIONS = {
    "nearest": cv2.INTER_NEAREST_EXACT,
    "linear": cv2.INTER_LINEAR,
    "cubic": cv2.INTER_CUBIC,
}


def crop_photograph(
    photograph: np.ndarray, field_of_view: FieldOfView, size: int
) -> np.ndarray:
    """Crops to the field of view, pads with black, and resizes.

    Reduces by area averaging and enlarges bicubically.

    Args:
        photograph: uint8 `[H, W, 3]`.
        field_of_view: Its field of view.
        size: Side of the result, in pixels.

    Returns:
        uint8 `[size, size, 3]`.

    Raises:
        ValueError: The field of view is that of a photograph of another size.
    """
    square = _cut_out(photograph, field_of_view)
    reduces = field_of_view.side >= size
    interpolation = cv2.INTER_AREA if reduces else cv2.INTER_CUBIC
    return cv2.resize(square, (size, size), interpolation=interpolation)


def crop_mask(
    mask: np.ndarray, field_of_view: FieldOfView, size: int
) -> np.ndarray:
    """Crops a lesion mask without losing a lesion.

    A cell is set when at least half of it is lesion. A connected component
    (8-connected) that reaches no set cell keeps the one cell that holds most
    of its pixels.

    Args:
        mask: `[H, W]`; whatever is not zero is lesion.
        field_of_view: That of the mask's photograph.
        size: Side of the result, in pixels.

    Returns:
        uint8 `[size, size]`, 0 or 1.

    Raises:
        ValueError: The field of view is that of a photograph of another size.
    """
    square = (_cut_out(mask, field_of_view) != 0).astype(np.uint8)
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


def uncrop(
    values: np.ndarray,
    field_of_view: FieldOfView,
    interpolation: Interpolation = "linear",
) -> np.ndarray:
    """Puts a map of the cropped square back on the whole photograph.

    This is the inverse of the crop's coordinates: `crop_photograph` of the
    result is the map again, up to resampling.

    Args:
        values: `[S, S]` or `[S, S, C]`; boolean, uint8 or floating.
        field_of_view: The square that was cropped.
        interpolation: `"nearest"` for masks and grades, `"linear"` for
            probabilities, `"cubic"` for photographs.

    Returns:
        `[H, W]` or `[H, W, C]` of the same dtype, 0 outside the square.

    Raises:
        ValueError: `values` is not square or `interpolation` is unknown.

    Example:
        >>> from dmtdr_tf.preprocessing import FieldOfView
        >>> square = FieldOfView(top=0, left=1, side=2, height=2, width=4)
        >>> uncrop(np.array([[1, 2], [3, 4]], np.uint8), square, "nearest")
        array([[0, 1, 2, 0],
               [0, 3, 4, 0]], dtype=uint8)
    """
    if values.ndim not in (2, 3) or values.shape[0] != values.shape[1]:
        raise ValueError(f"values must be [S, S(, C)], not {values.shape}")
    if interpolation not in _INTERPOLATIONS:
        raise ValueError(
            f"interpolation must be one of {tuple(_INTERPOLATIONS)}, not "
            f"{interpolation!r}"
        )
    square = _resized(values, field_of_view.side, interpolation)
    height, width = field_of_view.height, field_of_view.width
    whole = np.zeros((height, width, *values.shape[2:]), values.dtype)
    rows, columns = field_of_view.rows, field_of_view.columns
    inside = square[_shifted(rows, field_of_view.top), :]
    whole[rows, columns] = inside[:, _shifted(columns, field_of_view.left)]
    return whole


def _resized(
    values: np.ndarray, side: int, interpolation: Interpolation
) -> np.ndarray:
    """Resizes `[S, S(, C)]` to `side`, keeping dtype and channels."""
    flag = _INTERPOLATIONS[interpolation]
    if side < len(values) and interpolation != "nearest":
        flag = cv2.INTER_AREA
    # OpenCV knows no boolean, and drops a single channel.
    plain = values.astype(np.uint8) if values.dtype == bool else values
    square = cv2.resize(plain, (side, side), interpolation=flag)
    return square.reshape(side, side, *values.shape[2:]).astype(values.dtype)


def _shifted(part: slice, origin: int) -> slice:
    return slice(part.start - origin, part.stop - origin)


def _cut_out(image: np.ndarray, field_of_view: FieldOfView) -> np.ndarray:
    """Cuts out the square, black where it reaches outside."""
    top, left, side = (
        field_of_view.top,
        field_of_view.left,
        field_of_view.side,
    )
    if image.shape[:2] != (field_of_view.height, field_of_view.width):
        raise ValueError(
            f"the field of view is of {field_of_view.height} x "
            f"{field_of_view.width} pixels, the image has {image.shape[0]} x "
            f"{image.shape[1]}"
        )
    rows, columns = field_of_view.rows, field_of_view.columns
    inside = image[rows, columns]
    if inside.shape[:2] == (side, side):
        return inside
    return cv2.copyMakeBorder(
        inside,
        rows.start - top,
        top + side - rows.stop,
        columns.start - left,
        left + side - columns.stop,
        cv2.BORDER_CONSTANT,
    )


def _keep_lost_components(square: np.ndarray, cells: np.ndarray) -> None:
    """Sets, in `cells`, one cell for each component that reaches none."""
    side, size = len(square), len(cells)
    # Only where there is lesion: masks are sparse, the photograph is large.
    left, top, columns, rows = cv2.boundingRect(square)
    part = square[top : top + rows, left : left + columns]
    count, labels = cv2.connectedComponents(part, connectivity=8)
    ys, xs = part.nonzero()
    components = labels[ys, xs]
    # The cell of a pixel's center.
    ys = (2 * (ys + top) + 1) * size // (2 * side)
    xs = (2 * (xs + left) + 1) * size // (2 * side)
    reached = np.zeros(count, bool)
    reached[components[cells[ys, xs] > 0]] = True
    lost = ~reached[components]
    if not lost.any():
        return
    numbers = components[lost].astype(np.int64) * size * size
    keys, votes = np.unique(
        numbers + ys[lost] * size + xs[lost], return_counts=True
    )
    # Last per component in order of votes is the cell with most pixels.
    order = np.lexsort((votes, keys // (size * size)))
    component = keys[order] // (size * size)
    last = np.append(component[1:] != component[:-1], True)
    cells.reshape(-1)[keys[order][last] % (size * size)] = 1
