"""Raster helpers: supersampled canvases, outlines and smooth noise."""

import cv2
import numpy as np

__all__ = [
    "blur",
    "canvas",
    "fill",
    "grid",
    "reduce",
    "ribbon",
    "smooth_noise",
    "supersampling",
]

# Fixed-point bits that OpenCV keeps of a sub-pixel coordinate.
_SHIFT = 6


def supersampling(size: int) -> int:
    """Returns the number of canvas pixels along one side of a pixel.

    Small photographs get more of them, because a microaneurysm is only two
    pixels wide there and its coverage would be coarse.

    Args:
        size: Side of the photograph, in pixels.
    """
    return 4 if size < 512 else 2


def canvas(size: int) -> np.ndarray:
    """Returns an empty canvas for a photograph of `size` pixels.

    Args:
        size: Side of the photograph, in pixels.

    Returns:
        uint8 `[S * k, S * k]`, where `k` is the supersampling.
    """
    side = size * supersampling(size)
    return np.zeros((side, side), np.uint8)


def fill(
    target: np.ndarray, outline: np.ndarray, value: float, smooth: bool = True
) -> None:
    """Fills a closed outline on a canvas, in place.

    Args:
        target: The canvas, uint8.
        outline: `[N, 2]`, x and y relative to the side, in [0, 1].
        value: What to write, in [0, 1].
        smooth: Antialias the edge; otherwise every pixel is in or out.
    """
    points = (outline * target.shape[0] - 0.5) * (1 << _SHIFT)
    cv2.fillPoly(
        target,
        [np.rint(points).astype(np.int32)],
        float(round(255 * value)),
        lineType=cv2.LINE_AA if smooth else cv2.LINE_8,
        shift=_SHIFT,
    )


def reduce(target: np.ndarray, size: int) -> np.ndarray:
    """Reduces a canvas to the photograph's size by area averaging.

    Args:
        target: uint8 `[S * k, S * k]`.
        size: `S`.

    Returns:
        float32 `[S, S]` in [0, 1].
    """
    small = cv2.resize(target, (size, size), interpolation=cv2.INTER_AREA)
    return small.astype(np.float32) / 255.0


def blur(image: np.ndarray, sigma: float) -> np.ndarray:
    """Blurs with a Gaussian whose width is relative to the image's side.

    Args:
        image: float32 `[S, S]` or `[S, S, C]`.
        sigma: Standard deviation as a fraction of `S`; below a fifth of a
            pixel, the image is returned unchanged.
    """
    pixels = sigma * image.shape[0]
    if pixels < 0.2:
        return image
    return cv2.GaussianBlur(image, (0, 0), pixels)


def smooth_noise(rng: np.random.Generator, cells: int, size: int) -> np.ndarray:
    """Samples smooth noise that is the same picture at every size.

    Args:
        rng: Generator; one call draws `cells * cells` normal values.
        cells: Independent values along a side.
        size: Side of the result, in pixels.

    Returns:
        float32 `[S, S]`, of zero mean and roughly unit spread.
    """
    grid = rng.standard_normal((cells, cells)).astype(np.float32)
    return cv2.resize(grid, (size, size), interpolation=cv2.INTER_CUBIC)


def grid(size: int) -> tuple[np.ndarray, np.ndarray]:
    """Returns the relative x and y of every pixel's center.

    Args:
        size: Side, in pixels.

    Returns:
        x, float32 `[1, S]`, and y, float32 `[S, 1]`, both in (0, 1).
    """
    axis = (np.arange(size, dtype=np.float32) + 0.5) / size
    return axis[None, :], axis[:, None]


def ribbon(points: np.ndarray, widths: np.ndarray) -> np.ndarray:
    """Outlines a line of varying width.

    Args:
        points: `[N, 2]` along the center line, N at least 2.
        widths: `[N]`, full widths.

    Returns:
        `[2 N, 2]`: along one side and back along the other.
    """
    tangent = np.gradient(points, axis=0)
    length = np.hypot(tangent[:, 0], tangent[:, 1])
    tangent /= np.maximum(length, 1e-9)[:, None]
    normal = np.stack([-tangent[:, 1], tangent[:, 0]], axis=1)
    offset = normal * (widths / 2)[:, None]
    return np.concatenate([points + offset, (points - offset)[::-1]])
