"""How far colors and texture of a picture are those of a retina."""

from collections.abc import Sequence

import cv2
import numpy as np

from dmtdr_tf.preprocessing import constants

__all__ = ["blurred_channels", "likeness", "likeness_features"]

# Half the sum and half the difference of xx and yy, and xy.
_SECOND_DIFFERENCES = (
    np.array([[0, 1, 0], [1, -4, 1], [0, 1, 0]], np.float32) / 2,
    np.array([[0, -1, 0], [1, 0, 1], [0, -1, 0]], np.float32) / 2,
    np.array([[1, 0, -1], [0, 0, 0], [-1, 0, 1]], np.float32) / 4,
)
# A channel's blurs by each of `BLUR_SIGMAS`.
Blurs = tuple[np.ndarray, np.ndarray, np.ndarray]


def likeness(
    square: np.ndarray, blurred: list[Blurs], measured: np.ndarray
) -> float:
    """Returns the probability that the colors and texture are a retina's.

    A network of one hidden layer on `likeness_features`. Its weights are
    trained by `benchmarks/fundus_likeness/train_likeness.py`.

    Args:
        square: uint8 `[S, S, 3]`, the field of view at the size of quality.
        blurred: Of `blurred_channels`.
        measured: Which pixels count, boolean `[S, S]`.

    Returns:
        The probability, in [0, 1]; 0 where no pixel counts.
    """
    if not measured.any():
        return 0.0
    features = likeness_features(square, blurred, measured)
    scaled = (features - constants.FEATURE_MEANS) / constants.FEATURE_SCALES
    limit = constants.FEATURE_LIMIT
    hidden = np.tanh(
        np.clip(scaled, -limit, limit) @ np.array(constants.HIDDEN_WEIGHTS)
        + constants.HIDDEN_BIASES
    )
    logit = hidden @ constants.OUTPUT_WEIGHTS + constants.OUTPUT_BIAS
    return float(1 / (1 + np.exp(-logit)))


def blurred_channels(square: np.ndarray) -> list[Blurs]:
    """Blurs each channel by each of `BLUR_SIGMAS`.

    Args:
        square: uint8 `[S, S, 3]`.

    Returns:
        Three blurs of red, green and blue, each float32 `[S, S]`.
    """
    one, two, three = constants.BLUR_SIGMAS
    return [
        (_blur(channel, one), _blur(channel, two), _blur(channel, three))
        for channel in cv2.split(square.astype(np.float32))
    ]


def _blur(channel: np.ndarray, sigma: float) -> np.ndarray:
    return cv2.GaussianBlur(channel, (0, 0), sigma)


def likeness_features(
    square: np.ndarray, blurred: list[Blurs], measured: np.ndarray
) -> np.ndarray:
    """Computes what the classifier reads.

    Vessels, which absorb green and hardly red, make a retina's details: the
    bands of detail of the three channels are compared with each other.

    Args:
        square: uint8 `[S, S, 3]`.
        blurred: Of `blurred_channels`.
        measured: Which pixels count, boolean `[S, S]`; at least one.

    Returns:
        float64 `[21]`.
    """
    index = np.flatnonzero(measured)
    pixels = _taken(cv2.split(square), index)
    fine = _taken([blurs[0] for blurs in blurred], index)
    smooth = _taken([blurs[2] for blurs in blurred], index)
    detail = fine - smooth
    means = pixels.mean(1) + constants.LEVEL_OFFSET
    return np.concatenate(
        [
            _colors(pixels),
            _contrasts(smooth, detail, means),
            _distribution(detail[1]),
            _ridges(blurred[1][1], index),
        ]
    )


def _taken(channels: Sequence[np.ndarray], index: np.ndarray) -> np.ndarray:
    """The pixels that count, float32 `[3, N]`."""
    values = [channel.reshape(-1)[index] for channel in channels]
    return np.array(values, np.float32)


def _colors(pixels: np.ndarray) -> np.ndarray:
    """Mean color, its spread, and the order of the channels."""
    red, green, blue = pixels
    total = np.maximum(red + green + blue, 1)
    highest = np.maximum(np.maximum(np.maximum(red, green), blue), 1)
    lowest = np.minimum(np.minimum(red, green), blue)
    return np.array(
        [
            red.sum() / total.sum(),
            green.sum() / total.sum(),
            _deviation(red / total),
            _deviation(green / total),
            (red > green).mean(),
            (green >= blue).mean(),
            (1 - lowest / highest).mean(),
        ]
    )


def _contrasts(
    smooth: np.ndarray, detail: np.ndarray, means: np.ndarray
) -> np.ndarray:
    """How much each channel varies, and how far the channels vary alike."""
    detail = detail - detail.mean(1, keepdims=True)
    smooth = smooth[:2] - smooth[:2].mean(1, keepdims=True)
    fine, coarse = _covariances(detail), _covariances(smooth)
    spread, slow = np.sqrt(np.diag(fine)), np.sqrt(np.diag(coarse))
    contrast = np.log(spread / means + constants.LEAST_DETAIL)
    least = constants.LEAST_VARIANCE
    return np.concatenate(
        [
            contrast,
            [contrast[0] - contrast[1]],
            slow / means[:2],
            [
                fine[0, 1] / (spread[0] * spread[1] + least),
                fine[2, 1] / (spread[2] * spread[1] + least),
                coarse[0, 1] / (slow[0] * slow[1] + least),
            ],
        ]
    )


def _covariances(centered: np.ndarray) -> np.ndarray:
    """Of the channels with each other, `[C, C]`."""
    return (centered @ centered.T / centered.shape[1]).astype(np.float64)


def _deviation(values: np.ndarray) -> float:
    centered = values - values.mean()
    return float(np.sqrt(centered @ centered / len(centered)))


def _distribution(detail: np.ndarray) -> np.ndarray:
    """Skewness and kurtosis: vessels are dark, edges are rare and strong."""
    centered = detail - detail.mean()
    squared = centered * centered
    deviation = np.sqrt(squared.mean()) + constants.LEAST_DETAIL
    return np.array(
        [
            squared @ centered / len(centered) / deviation**3,
            np.log(squared @ squared / len(centered) / deviation**4 + 1),
        ]
    )


def _ridges(green: np.ndarray, index: np.ndarray) -> np.ndarray:
    """Dark and bright lines, from the eigenvalues of second differences."""
    half, unlike, xy = (
        cv2.filter2D(
            green, -1, kernel, borderType=cv2.BORDER_REPLICATE
        ).reshape(-1)[index]
        for kernel in _SECOND_DIFFERENCES
    )
    root = np.sqrt(unlike * unlike + xy * xy)
    high, low = half + root, half - root
    dark = np.maximum(high - np.abs(low), 0).mean()
    bright = np.maximum(-low - np.abs(high), 0).mean()
    lines = dark + bright + constants.LEAST_DETAIL
    strength = np.abs(half).mean() + constants.LEAST_DETAIL
    # Where lines are thin and lone, few pixels have most of the energy.
    energy = root @ root / len(root) / (root.mean() + constants.LEAST_ROOT) ** 2
    return np.array(
        [(dark - bright) / lines, np.log(lines / strength), np.log(energy + 1)]
    )
