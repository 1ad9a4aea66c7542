"""The classifier of colors and texture in graph, as in Python."""

import tensorflow as tf

from dmtdr_tf.preprocessing import constants

__all__ = ["likeness"]


def likeness(
    square: tf.Tensor,
    blurred: tuple[tf.Tensor, tf.Tensor, tf.Tensor],
    measured: tf.Tensor,
) -> tf.Tensor:
    """Returns the probability that the colors and texture are a retina's.

    Args:
        square: float32 `[S, S, 3]`, whole numbers in [0, 255].
        blurred: The square blurred by each of `BLUR_SIGMAS`, `[S, S, 3]`.
        measured: Which pixels count, boolean `[S, S]`; at least one.

    Returns:
        The probability, in [0, 1], a float32 scalar.
    """
    fine, middle, coarse = blurred
    pixels, smooth, fine = (
        tf.cast(tf.boolean_mask(x, measured), tf.float64)
        for x in (square, coarse, fine)
    )
    means = tf.reduce_mean(pixels, 0) + constants.LEVEL_OFFSET
    detail = fine - smooth
    features = tf.concat(
        [
            _colors(pixels),
            _contrasts(smooth, detail, means),
            _distribution(detail[:, 1]),
            _ridges(middle[..., 1], measured),
        ],
        0,
    )
    return tf.cast(_probability(features), tf.float32)


def _probability(features: tf.Tensor) -> tf.Tensor:
    means, scales, hidden, biases, output = (
        tf.constant(values, tf.float64)
        for values in (
            constants.FEATURE_MEANS,
            constants.FEATURE_SCALES,
            constants.HIDDEN_WEIGHTS,
            constants.HIDDEN_BIASES,
            constants.OUTPUT_WEIGHTS,
        )
    )
    limit = constants.FEATURE_LIMIT
    scaled = tf.clip_by_value((features - means) / scales, -limit, limit)
    units = tf.tanh(tf.linalg.matvec(hidden, scaled, transpose_a=True) + biases)
    return tf.sigmoid(
        tf.reduce_sum(units * output) + float(constants.OUTPUT_BIAS)
    )


def _deviation(values: tf.Tensor) -> tf.Tensor:
    return tf.math.reduce_std(values, 0)


def _share(values: tf.Tensor) -> tf.Tensor:
    return tf.reduce_mean(tf.cast(values, tf.float64))


def _colors(pixels: tf.Tensor) -> tf.Tensor:
    """Mean color, its spread, and the order of the channels."""
    red, green, blue = tf.unstack(pixels, num=3, axis=1)
    total = tf.maximum(red + green + blue, 1.0)
    highest = tf.maximum(tf.reduce_max(pixels, 1), 1.0)
    lowest = tf.reduce_min(pixels, 1)
    return tf.stack(
        [
            tf.reduce_sum(red) / tf.reduce_sum(total),
            tf.reduce_sum(green) / tf.reduce_sum(total),
            _deviation(red / total),
            _deviation(green / total),
            _share(red > green),
            _share(green >= blue),
            tf.reduce_mean(1.0 - lowest / highest),
        ]
    )


def _contrasts(
    smooth: tf.Tensor, detail: tf.Tensor, means: tf.Tensor
) -> tf.Tensor:
    """How much each channel varies, and how far the channels vary alike."""
    contrast = tf.math.log(_deviation(detail) / means + constants.LEAST_DETAIL)
    correlations = [
        _correlation(detail[:, 0], detail[:, 1]),
        _correlation(detail[:, 2], detail[:, 1]),
        _correlation(smooth[:, 0], smooth[:, 1]),
    ]
    return tf.concat(
        [
            contrast,
            [contrast[0] - contrast[1]],
            _deviation(smooth[:, :2]) / means[:2],
            correlations,
        ],
        0,
    )


def _correlation(a: tf.Tensor, b: tf.Tensor) -> tf.Tensor:
    covariance = tf.reduce_mean(
        (a - tf.reduce_mean(a)) * (b - tf.reduce_mean(b))
    )
    return covariance / (
        _deviation(a) * _deviation(b) + constants.LEAST_VARIANCE
    )


def _distribution(detail: tf.Tensor) -> tf.Tensor:
    """Skewness and kurtosis of the green details."""
    centered = detail - tf.reduce_mean(detail)
    deviation = _deviation(detail) + constants.LEAST_DETAIL
    third = tf.reduce_mean(centered**3) / deviation**3
    fourth = tf.reduce_mean(centered**4) / deviation**4
    return tf.stack([third, tf.math.log(fourth + 1.0)])


def _ridges(green: tf.Tensor, measured: tf.Tensor) -> tf.Tensor:
    """Dark and bright lines, from the eigenvalues of second differences."""
    x = tf.cast(green, tf.float64)
    x = tf.concat([x[:1], x, x[-1:]], 0)
    x = tf.concat([x[:, :1], x, x[:, -1:]], 1)
    middle = x[1:-1, 1:-1]
    xx = x[1:-1, 2:] + x[1:-1, :-2] - 2.0 * middle
    yy = x[2:, 1:-1] + x[:-2, 1:-1] - 2.0 * middle
    xy = (x[2:, 2:] + x[:-2, :-2] - x[2:, :-2] - x[:-2, 2:]) / 4.0
    half = tf.boolean_mask((xx + yy) / 2.0, measured)
    root = tf.sqrt(tf.square((xx - yy) / 2.0) + tf.square(xy))
    root = tf.boolean_mask(root, measured)
    high, low = half + root, half - root
    dark = tf.reduce_mean(tf.maximum(high - tf.abs(low), 0.0))
    bright = tf.reduce_mean(tf.maximum(-low - tf.abs(high), 0.0))
    lines = dark + bright + constants.LEAST_DETAIL
    strength = tf.reduce_mean(tf.abs(half)) + constants.LEAST_DETAIL
    root_mean = tf.reduce_mean(root) + constants.LEAST_ROOT
    energy = tf.reduce_mean(tf.square(root)) / tf.square(root_mean)
    return tf.stack(
        [
            (dark - bright) / lines,
            tf.math.log(lines / strength),
            tf.math.log(energy + 1.0),
        ]
    )
