"""Whether the field of view is one disc with nothing around it."""

import cv2
import numpy as np

from dmtdr_tf.preprocessing import constants
from dmtdr_tf.preprocessing.field_of_view import FieldOfView, highest_channel

__all__ = ["measure_outline"]


def measure_outline(
    frame: np.ndarray, field_of_view: FieldOfView, brightness: float
) -> tuple[float, float]:
    """Fits a circle to the outline of the field of view.

    Args:
        frame: uint8 `[h, w, 3]`, the whole photograph, reduced.
        field_of_view: The field of view in the original photograph.
        brightness: Mean of the brightest channel inside it, in [0, 1].

    Returns:
        The share of the outline that lies on the circle, parts along the
        frame's edges left out (1 where the field fills the frame, 0 where
        something else along the edges hides it), and what is lit outside the
        circle: its area relative to the lit area inside, or, if that is more,
        how much longer the field of view's square is than the circle.
    """
    lit = _lit(frame, brightness)
    box = _box(field_of_view, *lit.shape)
    points = _outline(lit, box)
    rows, columns = box[1] - box[0], box[3] - box[2]
    length = len(points) / (rows + columns)
    filled = lit[box[0] : box[1], box[2] : box[3]].mean()
    if length < constants.WHOLE_OUTLINE and filled >= constants.WHOLE_LIT:
        return 1.0, 0.0
    if length < constants.LEAST_OUTLINE:
        return float(filled >= constants.FILLED_LIT), 0.0
    x, y, radius = _fit_circle(points, box)
    if not 0 < radius <= constants.MAX_RADIUS * max(rows, columns):
        return 0.0, 1.0
    distance = np.hypot(points[:, 0] - x, points[:, 1] - y)
    on_circle = np.abs(distance - radius) <= constants.OUTLINE_WIDTH * radius
    ys, xs = np.mgrid[: lit.shape[0], : lit.shape[1]] + 0.5
    reach = (1 + 2 * constants.OUTLINE_WIDTH) * radius + 1
    inside = (xs - x) ** 2 + (ys - y) ** 2 <= reach**2
    area = max(int((lit & inside).sum()), 1)
    beside = float((lit & ~inside).sum() / area)
    longer = _longer((x, y, radius), box, *lit.shape)
    return float(on_circle.mean()), max(beside, longer)


def _longer(
    circle: tuple[float, float, float],
    box: tuple[int, int, int, int],
    height: int,
    width: int,
) -> float:
    """How much longer the box is than the circle in the frame, relatively."""
    x, y, radius = circle
    rows = min(y + radius, height) - max(y - radius, 0)
    columns = min(x + radius, width) - max(x - radius, 0)
    longest = max(box[1] - box[0], box[3] - box[2])
    return longest / max(rows, columns, 1) - 1


def _lit(frame: np.ndarray, brightness: float) -> np.ndarray:
    """Which pixels are not background, without specks: boolean `[h, w]`."""
    level = max(
        float(constants.LIT_LEVEL), constants.OUTLINE_LEVEL * 255 * brightness
    )
    lit = (highest_channel(frame) >= level).astype(np.uint8)
    kernel = np.ones((3, 3), np.uint8)
    return cv2.morphologyEx(lit, cv2.MORPH_OPEN, kernel) > 0


def _box(
    field_of_view: FieldOfView, height: int, width: int
) -> tuple[int, int, int, int]:
    """First row, end of rows, first column, end of columns in the frame."""
    rows, columns = field_of_view.rows, field_of_view.columns
    return (
        rows.start * height // field_of_view.height,
        -(-rows.stop * height // field_of_view.height),
        columns.start * width // field_of_view.width,
        -(-columns.stop * width // field_of_view.width),
    )


def _outline(lit: np.ndarray, box: tuple[int, int, int, int]) -> np.ndarray:
    """The ends of each lit row and column, not at the frame: `[N, 2]`, x, y."""
    top, bottom, left, right = box
    part = lit[top:bottom, left:right]
    across = _ends(part, left, lit.shape[1])
    down = _ends(part.T, top, lit.shape[0])
    return np.concatenate(
        [across + [0, top], down[:, ::-1] + [left, 0]]
    ).reshape(-1, 2)


def _ends(part: np.ndarray, origin: int, length: int) -> np.ndarray:
    """The first and last lit pixel of each row: `[N, 2]`, along and across."""
    lines = np.flatnonzero(part.any(1))
    first = part[lines].argmax(1) + origin
    last = part.shape[1] - part[lines, ::-1].argmax(1) + origin
    ends = np.stack([np.append(first, last), np.tile(lines, 2) + 0.5], 1)
    return ends[np.append(first > 1, last < length - 1)]


def _fit_circle(
    points: np.ndarray, box: tuple[int, int, int, int]
) -> tuple[float, float, float]:
    """Kasa's fit, repeated with the weights of Cauchy's robust estimator."""
    # Around the box's middle and in units of its size, the sums are small.
    middle = np.array([(box[2] + box[3]) / 2, (box[0] + box[1]) / 2])
    unit = max(box[1] - box[0], box[3] - box[2]) / 2
    u, v = ((points - middle) / unit).T
    weights = np.ones(len(points))
    x = y = radius = 0.0
    for _ in range(constants.FIT_ROUNDS):
        x, y, radius = _weighted_circle(u, v, weights)
        if radius <= 0:
            break
        off = (np.hypot(u - x, v - y) / radius - 1) / constants.OUTLINE_WIDTH
        weights = 1 / (1 + off**2)
    return middle[0] + x * unit, middle[1] + y * unit, radius * unit


def _weighted_circle(
    u: np.ndarray, v: np.ndarray, weights: np.ndarray
) -> tuple[float, float, float]:
    """Solves u^2 + v^2 = a u + b v + c for center and radius."""
    terms = np.stack([u, v, np.ones_like(u)], 1)
    matrix = (terms * weights[:, None]).T @ terms
    right = (terms * weights[:, None]).T @ (u**2 + v**2)
    if abs(np.linalg.det(matrix)) < 1e-9:
        return 0.0, 0.0, 0.0
    a, b, c = np.linalg.solve(matrix, right)
    return a / 2, b / 2, float(np.sqrt(max(c + (a**2 + b**2) / 4, 0.0)))
