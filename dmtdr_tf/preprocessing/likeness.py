"""How far colors and texture of a picture are those of a retina."""

import cv2
import numpy as np

from dmtdr_tf.preprocessing import constants

__all__ = ["likeness", "likeness_features"]


def likeness(square: np.ndarray, measured: np.ndarray) -> float:
    """Returns the probability that the colors and texture are a retina's.

    A network of one hidden layer on `likeness_features`. Its weights are
    trained by `benchmarks/fundus_likeness/train_likeness.py`.

    Args:
        square: uint8 `[S, S, 3]`, the field of view at the size of quality.
        measured: Which pixels count, boolean `[S, S]`.

    Returns:
        The probability, in [0, 1]; 0 where no pixel counts.
    """
    if not measured.any():
        return 0.0
    features = likeness_features(square, measured)
    scaled = (features - constants.FEATURE_MEANS) / constants.FEATURE_SCALES
    limit = constants.FEATURE_LIMIT
    hidden = np.tanh(
        np.clip(scaled, -limit, limit) @ np.array(constants.HIDDEN_WEIGHTS)
        + constants.HIDDEN_BIASES
    )
    logit = hidden @ constants.OUTPUT_WEIGHTS + constants.OUTPUT_BIAS
    return float(1 / (1 + np.exp(-logit)))


def likeness_features(square: np.ndarray, measured: np.ndarray) -> np.ndarray:
    """Computes what the classifier reads.

    Vessels, which absorb green and hardly red, make a retina's details: the
    bands of detail of the three channels are compared with each other.

    Args:
        square: uint8 `[S, S, 3]`.
        measured: Which pixels count, boolean `[S, S]`; at least one.

    Returns:
        float64 `[21]`.
    """
    fine, middle, coarse = (
        cv2.GaussianBlur(square.astype(np.float32), (0, 0), sigma)
        for sigma in constants.BLUR_SIGMAS
    )
    pixels = square[measured].astype(np.float32)
    smooth = coarse[measured]
    detail = fine[measured] - smooth
    means = pixels.mean(0) + constants.LEVEL_OFFSET
    return np.concatenate(
        [
            _colors(pixels),
            _contrasts(smooth, detail, means),
            _distribution(detail[:, 1]),
            _ridges(middle[..., 1], measured),
        ]
    )


def _colors(pixels: np.ndarray) -> np.ndarray:
    """Mean color, its spread, and the order of the channels."""
    # Contiguous channels: reductions along the short axis are slow.
    red, green, blue = np.ascontiguousarray(pixels.T)
    total = np.maximum(red + green + blue, 1)
    highest = np.maximum(np.maximum(np.maximum(red, green), blue), 1)
    lowest = np.minimum(np.minimum(red, green), blue)
    return np.array(
        [
            red.sum() / total.sum(),
            green.sum() / total.sum(),
            (red / total).std(),
            (green / total).std(),
            (red > green).mean(),
            (green >= blue).mean(),
            (1 - lowest / highest).mean(),
        ]
    )


def _contrasts(
    smooth: np.ndarray, detail: np.ndarray, means: np.ndarray
) -> np.ndarray:
    """How much each channel varies, and how far the channels vary alike."""
    contrast = np.log(detail.std(0) / means + constants.LEAST_DETAIL)
    return np.concatenate(
        [
            contrast,
            [contrast[0] - contrast[1]],
            smooth[:, :2].std(0) / means[:2],
            [
                _correlation(detail[:, 0], detail[:, 1]),
                _correlation(detail[:, 2], detail[:, 1]),
                _correlation(smooth[:, 0], smooth[:, 1]),
            ],
        ]
    )


def _correlation(a: np.ndarray, b: np.ndarray) -> float:
    covariance = ((a - a.mean()) * (b - b.mean())).mean()
    return float(covariance / (a.std() * b.std() + constants.LEAST_VARIANCE))


def _distribution(detail: np.ndarray) -> np.ndarray:
    """Skewness and kurtosis: vessels are dark, edges are rare and strong."""
    centered = detail - detail.mean()
    squared = centered * centered
    deviation = centered.std() + constants.LEAST_DETAIL
    return np.array(
        [
            (squared * centered).mean() / deviation**3,
            np.log((squared * squared).mean() / deviation**4 + 1),
        ]
    )


def _ridges(green: np.ndarray, measured: np.ndarray) -> np.ndarray:
    """Dark and bright lines, from the eigenvalues of second differences."""
    padded = np.pad(green, 1, mode="edge")
    middle = padded[1:-1, 1:-1]
    xx = padded[1:-1, 2:] + padded[1:-1, :-2] - 2 * middle
    yy = padded[2:, 1:-1] + padded[:-2, 1:-1] - 2 * middle
    xy = (
        padded[2:, 2:] + padded[:-2, :-2] - padded[2:, :-2] - padded[:-2, 2:]
    ) / 4
    half = ((xx + yy) / 2)[measured]
    root = np.sqrt(((xx - yy) / 2) ** 2 + xy**2)[measured]
    high, low = half + root, half - root
    dark = np.maximum(high - np.abs(low), 0).mean()
    bright = np.maximum(-low - np.abs(high), 0).mean()
    lines = dark + bright + constants.LEAST_DETAIL
    strength = np.abs(half).mean() + constants.LEAST_DETAIL
    # Where lines are thin and lone, few pixels have most of the energy.
    energy = (root**2).mean() / (root.mean() + constants.LEAST_ROOT) ** 2
    return np.array(
        [(dark - bright) / lines, np.log(lines / strength), np.log(energy + 1)]
    )
