"""Draws how often each grade is predicted as each other."""

import cv2
import numpy as np

from dmtdr_tf.drawing.overlays import color_map

__all__ = ["draw_confusion"]

_CELL = 64
_MARGIN = 96
_FONT = cv2.FONT_HERSHEY_SIMPLEX


def draw_confusion(counts: np.ndarray) -> np.ndarray:
    """Draws a confusion matrix with its counts.

    The color of a cell is its share of the true grade's row.

    Args:
        counts: `[n, n]`, true grades in rows, predicted ones in columns.

    Returns:
        uint8 `[H, W, 3]`.

    Example:
    >>> draw_confusion(np.eye(5)).shape
    (432, 432, 3)
    """
    classes = len(counts)
    side = _MARGIN + classes * _CELL + 16
    picture = np.full((side, side, 3), 255, np.uint8)
    totals = np.maximum(counts.sum(axis=1, keepdims=True), 1)
    colors = color_map((counts / totals)[..., None])
    cells = np.kron(colors, np.ones((_CELL, _CELL, 1), np.uint8))
    end = _MARGIN + classes * _CELL
    picture[_MARGIN:end, _MARGIN:end] = cells
    for row in range(classes):
        center = _MARGIN + row * _CELL + _CELL // 2
        _write(picture, str(row), (center, _MARGIN - 20))
        _write(picture, str(row), (_MARGIN - 20, center))
        for column in range(classes):
            dark = colors[row, column].mean() < 128
            _write(
                picture,
                f"{counts[row, column]:.0f}",
                (_MARGIN + column * _CELL + _CELL // 2, center),
                (255, 255, 255) if dark else (0, 0, 0),
            )
    middle = (_MARGIN + end) // 2
    _write(picture, "predicted grade", (middle, 32))
    upright = np.ascontiguousarray(np.rot90(picture, -1))
    _write(upright, "true grade", (side - middle, 32))
    return np.ascontiguousarray(np.rot90(upright))


def _write(
    picture: np.ndarray,
    text: str,
    center: tuple[int, int],
    color: tuple[int, int, int] = (0, 0, 0),
) -> None:
    """Writes a text around a point, small enough for a cell."""
    scale = 0.6 if len(text) < 5 or text[0].isalpha() else 0.4
    (width, height), _ = cv2.getTextSize(text, _FONT, scale, 1)
    origin = (center[0] - width // 2, center[1] + height // 2)
    cv2.putText(picture, text, origin, _FONT, scale, color, 1, cv2.LINE_AA)
