"""Finds photographs that are there twice, from the pictures alone."""

import cv2
import numpy as np

# Two files of one photograph are at least so alike. Measured on IDRiD: 0.999
# for the same photograph in two files, at most 0.96 for another photograph of
# the same eye, at most 0.85 for another eye.
SAME = 0.98

_SIDE = 128
_CELLS = 48
# Vessels and lesions: neither noise nor the light's slow change.
_FINE, _COARSE = 1.2, 5.0
# Inside of the field of view, away from its edge.
_RADIUS = 0.72
_CHUNK = 2048


def fingerprint(photograph: np.ndarray) -> np.ndarray:
    """Describes a photograph so that copies of it can be found.

    Green, band-passed, at 48 x 48 cells inside the field of view. Copies in
    another size or JPEG quality have almost the same fingerprint; a copy that
    was turned or mirrored has not.

    Args:
        photograph: uint8 `[S, S, 3]`, cropped to the field of view.

    Returns:
        `[D]` float32 of mean 0 and norm 1; all zero for a flat picture.
    """
    reduced = cv2.resize(
        photograph, (_SIDE, _SIDE), interpolation=cv2.INTER_AREA
    )
    green = reduced[..., 1].astype(np.float32)
    fine = cv2.GaussianBlur(green, (0, 0), _FINE)
    band = fine - cv2.GaussianBlur(green, (0, 0), _COARSE)
    cells = cv2.resize(band, (_CELLS, _CELLS), interpolation=cv2.INTER_AREA)
    values = cells[_inside()]
    values = values - values.mean()
    norm = np.linalg.norm(values)
    return values / norm if norm > 0 else values


def find_duplicates(
    fingerprints: np.ndarray, threshold: float = SAME
) -> list[tuple[int, int, float]]:
    """Finds the pairs of photographs that are one.

    Args:
        fingerprints: `[N, D]`, from `fingerprint`.
        threshold: Least correlation of a pair.

    Returns:
        `(i, j, correlation)` with `i < j`, the most alike first.
    """
    pairs: list[tuple[int, int, float]] = []
    for start in range(0, len(fingerprints), _CHUNK):
        rows = fingerprints[start : start + _CHUNK]
        alike = rows @ fingerprints[start:].T
        for i, j in np.argwhere(alike >= threshold):
            if i < j:
                pairs.append((start + i, start + j, float(alike[i, j])))
    return sorted(
        ((int(i), int(j), value) for i, j, value in pairs),
        key=lambda pair: -pair[2],
    )


def _inside() -> np.ndarray:
    """Which cells lie well inside the field of view, boolean `[48, 48]`."""
    middle = (_CELLS - 1) / 2
    y, x = np.mgrid[:_CELLS, :_CELLS]
    return np.hypot(y - middle, x - middle) < _RADIUS * _CELLS / 2
