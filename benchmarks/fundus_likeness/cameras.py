"""Fundus photographs as cameras, clinics and phones of other kinds give them.

Wider than `positives.varied`: these are what the thresholds are chosen on.
"""

from collections.abc import Callable

import cv2
import numpy as np

__all__ = ["strongly_varied"]

Random = np.random.Generator

# Gains of red, green and blue: greenish, orange, reddish, pale and cold.
_CASTS = (
    (0.75, 1.35, 0.9),
    (1.4, 0.95, 0.6),
    (1.5, 0.7, 0.7),
    (1.05, 1.2, 1.5),
    (0.8, 1.0, 1.5),
)


def strongly_varied(photograph: np.ndarray, rng: Random) -> np.ndarray:
    """Changes a photograph strongly, in several ways at once.

    Args:
        photograph: uint8 `[H, W, 3]`.
        rng: Source of randomness.

    Returns:
        uint8 `[h, w, 3]`, one fundus photograph in color; it may be too poor
        to be graded.
    """
    picture = photograph.astype(np.float32) / 255
    for chance, change in _CHANGES:
        if rng.random() < chance:
            picture = change(picture, rng)
    side = np.exp(rng.uniform(np.log(128), np.log(2000)))
    return _stored(picture, side / max(picture.shape[:2]), rng)


def _turned(picture: np.ndarray, rng: Random) -> np.ndarray:
    height, width = picture.shape[:2]
    middle = width / 2, height / 2
    turn = cv2.getRotationMatrix2D(middle, rng.uniform(0, 360), 1)
    if rng.random() < 0.5:
        picture = picture[:, ::-1]
    return cv2.warpAffine(picture, turn, (width, height))


def _disc(picture: np.ndarray) -> tuple[float, float, float]:
    """Middle row and column, and radius, of what is lit."""
    lit = picture.max(-1) > 0.12
    rows = np.flatnonzero(lit.mean(1) > 0.05)
    columns = np.flatnonzero(lit.mean(0) > 0.05)
    return (
        float(rows[0] + rows[-1]) / 2,
        float(columns[0] + columns[-1]) / 2,
        float(max(columns[-1] - columns[0], rows[-1] - rows[0])) / 2,
    )


def _cut(picture: np.ndarray, rng: Random) -> np.ndarray:
    """Cuts the field off at two or at four sides."""
    y, x, radius = _disc(picture)
    reach = radius * rng.uniform(0.65, 1, 2)
    if rng.random() < 0.5:
        reach[rng.integers(2)] = 1.1 * radius
    top, left = max(0, int(y - reach[0])), max(0, int(x - reach[1]))
    return picture[top : int(y + reach[0]), left : int(x + reach[1])]


def _narrow(picture: np.ndarray, rng: Random) -> np.ndarray:
    """A camera of a smaller angle: a round part, often with a margin."""
    y, x, radius = _disc(picture)
    part = radius * rng.uniform(0.6, 0.95)
    y, x = np.array([y, x]) + rng.uniform(-0.7, 0.7, 2) * (radius - part)
    ys, xs = np.mgrid[: picture.shape[0], : picture.shape[1]]
    inside = np.hypot(ys - y, xs - x) < part
    soft = cv2.GaussianBlur(inside.astype(np.float32), (0, 0), 1)
    picture = picture * soft[..., None]
    margin = part * rng.uniform(1.0, 1.4, 2)
    top, left = max(0, int(y - margin[0])), max(0, int(x - margin[1]))
    return picture[top : int(y + margin[0]), left : int(x + margin[1])]


def _white_balanced(picture: np.ndarray, rng: Random) -> np.ndarray:
    gains = np.exp(rng.uniform(np.log(0.6), np.log(1.5), 3))
    return np.clip(picture * gains.astype(np.float32), 0, 1)


def _cast(picture: np.ndarray, rng: Random) -> np.ndarray:
    gains = np.array(_CASTS[rng.integers(len(_CASTS))], np.float32)
    return np.clip(picture * gains, 0, 1)


def _gamma(picture: np.ndarray, rng: Random) -> np.ndarray:
    power = np.exp(rng.uniform(np.log(0.6), np.log(1.6)))
    return picture ** np.float32(power)


def _saturated(picture: np.ndarray, rng: Random) -> np.ndarray:
    gray = picture.mean(-1, keepdims=True)
    factor = np.float32(rng.uniform(0.5, 1.4))
    return np.clip(gray + factor * (picture - gray), 0, 1)


def _offsets(picture: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Rows and columns from the middle, in radii."""
    y, x, radius = _disc(picture)
    ys, xs = np.mgrid[: picture.shape[0], : picture.shape[1]]
    return (ys - y) / radius, (xs - x) / radius


def _vignetted(picture: np.ndarray, rng: Random) -> np.ndarray:
    ys, xs = _offsets(picture)
    shade = 1 - rng.uniform(0.1, 0.7) * np.minimum(ys**2 + xs**2, 1)
    return picture * shade[..., None].astype(np.float32)


def _unevenly_lit(picture: np.ndarray, rng: Random) -> np.ndarray:
    ys, xs = _offsets(picture)
    angle, slope = rng.uniform(0, 2 * np.pi), rng.uniform(0.1, 0.6)
    light = 1 + slope * (ys * np.sin(angle) + xs * np.cos(angle))
    shaded = picture * np.clip(light, 0.2, 1.8)[..., None].astype(np.float32)
    return np.clip(shaded, 0, 1)


def _hazy(picture: np.ndarray, rng: Random) -> np.ndarray:
    """Stray light, or a black level that is not black."""
    lit = picture.max(-1, keepdims=True) > 0.08
    return picture + (1 - picture) * lit * np.float32(rng.uniform(0.02, 0.2))


def _exposed(picture: np.ndarray, rng: Random) -> np.ndarray:
    return np.clip(picture * np.float32(rng.uniform(0.5, 1.3)), 0, 1)


def _unsharp(picture: np.ndarray, rng: Random) -> np.ndarray:
    """Blurred by up to 1.5 pixels at 256 pixels a side."""
    sigma = rng.uniform(0.2, 1.5) * 2 * _disc(picture)[2] / 256
    return cv2.GaussianBlur(picture, (0, 0), sigma)


def _noisy(picture: np.ndarray, rng: Random) -> np.ndarray:
    noise = rng.normal(0, rng.uniform(0.005, 0.04), picture.shape)
    return np.clip(picture + noise.astype(np.float32), 0, 1)


# How often each change is made, in this order.
_CHANGES: tuple[
    tuple[float, Callable[[np.ndarray, Random], np.ndarray]], ...
] = (
    (0.5, _turned),
    (0.3, _narrow),
    (0.3, _cut),
    (0.4, _white_balanced),
    (0.3, _cast),
    (0.4, _saturated),
    (0.4, _gamma),
    (0.3, _vignetted),
    (0.3, _unevenly_lit),
    (0.2, _hazy),
    (0.3, _exposed),
    (0.3, _unsharp),
    (0.3, _noisy),
)


def _stored(picture: np.ndarray, scale: float, rng: Random) -> np.ndarray:
    """Resizes, and compresses as JPEG of a quality from 20 on."""
    pixels = np.clip(255 * picture, 0, 255).astype(np.uint8)
    way = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    pixels = cv2.resize(pixels, None, fx=scale, fy=scale, interpolation=way)
    options = [cv2.IMWRITE_JPEG_QUALITY, int(rng.integers(20, 98))]
    content = cv2.imencode(".jpg", pixels, options)[1]
    return np.asarray(cv2.imdecode(content, cv2.IMREAD_COLOR), np.uint8)
