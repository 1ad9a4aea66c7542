"""Fundus photographs as other cameras and programs would give them."""

import pathlib
from collections.abc import Iterator

import cv2
import numpy as np
import skimage.data

from dmtdr_tf.preprocessing.reading import read_photograph

__all__ = ["drawn_eyes", "photographs", "varied"]

_LONGEST = 512


def photographs(folder: pathlib.Path) -> list[np.ndarray]:
    """Reads IDRiD's photographs at no more than 512 pixels a side.

    Args:
        folder: Its folder, with `A. Segmentation` and `B. Disease Grading`.
    """
    files = sorted(folder.glob("*/1. Original Images/**/*.jpg"))
    return [_reduced(read_photograph(str(file))) for file in files]


def _reduced(photograph: np.ndarray) -> np.ndarray:
    scale = _LONGEST / max(photograph.shape[:2])
    return cv2.resize(
        photograph, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA
    )


def drawn_eyes(count: int) -> Iterator[np.ndarray]:
    """Draws eyes of the synthetic data set, and adds scikit-image's retina.

    Args:
        count: How many of each size.
    """
    from dmtdr_tf_datasets.synthetic_fundus.eye import sample_eye
    from dmtdr_tf_datasets.synthetic_fundus.rendering import photograph

    for size in (56, 80, 128, 256, 400):
        for index in range(count):
            eye = photograph(sample_eye(7, "train", index + size), size)
            yield np.pad(eye, ((0, 0), (size // 8, size // 8), (0, 0)))
    yield _reduced(skimage.data.retina())


def varied(photograph: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Changes a photograph as another camera, crop or file would.

    Args:
        photograph: uint8 `[H, W, 3]`.
        rng: Source of randomness.

    Returns:
        uint8 `[h, w, 3]`, still one fundus photograph in color.
    """
    picture = _turned(photograph, rng)
    if rng.random() < 0.4:
        picture = _cut(picture, rng)
    picture = _resized(picture, rng)
    picture = _recolored(picture.astype(np.float32) / 255, rng)
    if rng.random() < 0.3:
        picture = cv2.GaussianBlur(picture, (0, 0), rng.uniform(0.3, 1.0))
    if rng.random() < 0.5:
        noise = rng.normal(0, rng.uniform(0.003, 0.02), picture.shape)
        picture = picture + noise.astype(np.float32)
    pixels = np.clip(255 * picture, 0, 255).astype(np.uint8)
    return _compressed(pixels, rng)


def _turned(picture: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    if rng.random() < 0.5:
        picture = picture[:, ::-1]
    if rng.random() < 0.5:
        return np.ascontiguousarray(np.rot90(picture, int(rng.integers(4))))
    height, width = picture.shape[:2]
    turn = cv2.getRotationMatrix2D(
        (width / 2, height / 2), rng.uniform(0, 360), 1
    )
    return cv2.warpAffine(picture, turn, (width, height))


def _cut(picture: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Cuts off the field at two or four sides, or leaves only its middle."""
    lit = picture.max(-1) > 30
    rows, columns = np.flatnonzero(lit.any(1)), np.flatnonzero(lit.any(0))
    middle = (rows[0] + rows[-1]) / 2, (columns[0] + columns[-1]) / 2
    radius = (columns[-1] - columns[0]) / 2
    most = rng.choice([0.65, 0.75, 0.85, 0.95], 2)
    if rng.random() < 0.5:
        most[rng.integers(2)] = 1.1
    ranges = [(m, k * radius) for m, k in zip(middle, most, strict=True)]
    low = [max(0, int(m - reach)) for m, reach in ranges]
    high = [int(m + reach) for m, reach in ranges]
    return picture[low[0] : high[0], low[1] : high[1]]


def _resized(picture: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    longest = max(picture.shape[:2])
    scale = min(1.0, np.exp(rng.uniform(np.log(60), np.log(480))) / longest)
    return cv2.resize(
        picture, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA
    )


def _recolored(picture: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Another white balance, gamma, exposure and saturation."""
    gains = np.exp(rng.uniform([-0.2, -0.3, -0.5], [0.2, 0.3, 0.6]))
    picture = np.clip(picture * gains.astype(np.float32), 0, 1)
    picture = picture ** np.float32(np.exp(rng.uniform(-0.35, 0.35)))
    gray = picture.mean(-1, keepdims=True)
    picture = gray + (picture - gray) * np.float32(rng.uniform(0.6, 1.15))
    return np.clip(picture * np.float32(rng.uniform(0.5, 1.15)), 0, 1)


def _compressed(pixels: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    options = [cv2.IMWRITE_JPEG_QUALITY, int(rng.integers(30, 98))]
    content = cv2.imencode(".jpg", pixels, options)[1]
    return np.asarray(cv2.imdecode(content, cv2.IMREAD_COLOR), np.uint8)
