"""The field of view located in graph, step by step as in Python."""

import tensorflow as tf

from dmtdr_tf.preprocessing import constants
from dmtdr_tf.preprocessing.graph.decoding import require

__all__ = ["area_resize", "find_field_of_view", "reduce_frame"]

_LEVELS = 256
_MAX_OPENING_RADIUS = round(constants.SEARCH_SIDE / constants.OPENING_DIVISOR)


def find_field_of_view(photograph: tf.Tensor) -> tf.Tensor:
    """Finds the square around the field of view, like Python's function.

    Args:
        photograph: uint8 `[H, W, 3]`, RGB, of at least 3 x 3 pixels.

    Returns:
        int32 `[3]`: top, left and side of the square, in pixels; top and left
        may be negative. The graph raises `InvalidArgumentError`, with the
        message of Python's `NoFieldOfViewError`, if there is no field of
        view.

    Example:
        >>> photograph = tf.pad(
        ...     tf.fill([80, 80, 3], tf.constant(90, tf.uint8)),
        ...     [[10, 10], [35, 35], [0, 0]],
        ... )
        >>> find_field_of_view(photograph).numpy().tolist()
        [9, 34, 82]
    """
    photograph = require(
        photograph,
        tf.reduce_min(tf.shape(photograph)[:2]) >= 3,
        "the photograph has fewer than 3 x 3 pixels",
    )
    reduced = reduce_frame(photograph, constants.SEARCH_SIDE)
    box = tf.cast(_bounding_box(reduced), tf.float64)
    # Back to source pixels with each axis' own, rounded, factor.
    shape = tf.cast(tf.shape(photograph)[:2], tf.float64)
    factors = shape / tf.cast(tf.shape(reduced)[:2], tf.float64)
    ends = tf.cast(tf.round(box * tf.tile(factors, [2])), tf.int32)
    start, stop = ends[:2], ends[2:]
    side = tf.reduce_max(stop - start)
    corner = (start + stop - side) // 2
    return tf.concat([corner, side[None]], 0)


def reduce_frame(photograph: tf.Tensor, most: int) -> tf.Tensor:
    """Reduces a photograph by area averaging.

    Args:
        photograph: uint8 `[H, W, 3]`, or whole numbers in float32.
        most: Most rows and columns of the result.

    Returns:
        float32 `[h, w, 3]`, whole numbers in [0, 255]; the photograph itself
        where it is no larger.
    """
    shape = tf.shape(photograph)[:2]
    longest = tf.reduce_max(shape)

    def reduce() -> tf.Tensor:
        size = tf.round(tf.cast(shape, tf.float64) * (most / longest))
        size = tf.maximum(tf.cast(size, tf.int32), 1)
        return area_resize(photograph, size)

    return tf.cond(
        longest > most, reduce, lambda: tf.cast(photograph, tf.float32)
    )


def area_resize(photograph: tf.Tensor, size: tf.Tensor) -> tf.Tensor:
    """Reduces by area averaging and rounds, as OpenCV on 8 bits.

    Args:
        photograph: uint8 `[H, W, 3]`, or whole numbers in float32.
        size: `[2]`: rows and columns of the result.

    Returns:
        float32 `[*size, 3]`, whole numbers in [0, 255].
    """
    reduced = tf.raw_ops.ResizeArea(images=photograph[None], size=size)[0]
    # OpenCV halves in integers, which rounds halves up.
    halves = tf.reduce_all(tf.shape(photograph)[:2] == 2 * size)
    return tf.where(halves, tf.floor(reduced + 0.5), tf.round(reduced))


def _bounding_box(photograph: tf.Tensor) -> tf.Tensor:
    """Top, left, bottom and right of the largest bright part, int32 `[4]`."""
    gray = _blurred(tf.reduce_max(photograph, -1))
    lowest = tf.cast(tf.reduce_min(photograph, -1), tf.int32)
    counts = _histogram(gray)
    dark = _percentile(counts, constants.DARK_PERCENTILE)
    bright = _percentile(counts, constants.BRIGHT_PERCENTILE)
    small = _percentile(counts, constants.SMALL_PERCENTILE)
    is_lit = bright - dark >= constants.LEAST_CONTRAST
    gray = require(
        gray,
        is_lit | (small - dark < constants.LEAST_CONTRAST),
        "the photograph shows no field of view: it is mostly black, and its "
        "bright part covers less than a tenth of it",
    )
    gray = require(
        gray,
        is_lit,
        "the photograph shows no field of view: it is black or flat",
    )
    whole = tf.concat([[0, 0], tf.shape(gray)], 0)
    above = tf.cast(gray, tf.float64) > _threshold(counts, dark, bright)
    box = tf.cond(
        dark > constants.FILLED_SHARE * bright,
        lambda: whole,
        lambda: _largest_part(above),
    )
    inside = lowest[box[0] : box[2], box[1] : box[3]]
    return require(
        box,
        _percentile(_histogram(inside), 50) <= constants.WHITE_LEVEL,
        "the photograph shows no field of view: it is mostly white",
    )


def _blurred(highest: tf.Tensor) -> tf.Tensor:
    """OpenCV's Gaussian of 5 x 5 on 8 bits, exactly: int32 `[h, w]`."""
    taps = constants.BLUR_TAPS
    radius = len(taps) // 2
    x = tf.pad(highest, [[radius, radius]] * 2, "REFLECT")[None, ..., None]
    weights = tf.constant(taps, tf.float32)
    for shape in ((-1, 1, 1, 1), (1, -1, 1, 1)):
        x = tf.nn.conv2d(x, tf.reshape(weights, shape), 1, "VALID")
    total = float(sum(taps) ** 2)
    return tf.cast(tf.floor((x[0, ..., 0] + total / 2) / total), tf.int32)


def _histogram(values: tf.Tensor) -> tf.Tensor:
    """Counts of the 256 levels, float64 `[256]`."""
    counts = tf.math.bincount(
        tf.reshape(values, [-1]), minlength=_LEVELS, maxlength=_LEVELS
    )
    return tf.cast(counts, tf.float64)


def _percentile(counts: tf.Tensor, percent: float) -> tf.Tensor:
    """NumPy's linear percentile of the values that were counted."""
    below = tf.cumsum(counts)
    last = below[-1] - 1.0
    position = last * (percent / 100.0)
    ranks = tf.stack([tf.floor(position), tf.floor(position) + 1.0])
    ranks = tf.minimum(ranks, last)
    low, high = tf.unstack(
        tf.cast(tf.searchsorted(below, ranks, side="right"), tf.float64)
    )
    return low + (high - low) * (position - tf.floor(position))


def _threshold(
    counts: tf.Tensor, dark: tf.Tensor, bright: tf.Tensor
) -> tf.Tensor:
    """Puts the threshold above the background's own noise, within bounds."""
    least = dark + constants.THRESHOLD * (bright - dark)
    highest = dark + constants.MAX_THRESHOLD * (bright - dark)
    levels = tf.range(_LEVELS, dtype=tf.float64)
    counts = tf.where(levels <= least, counts, 0.0)
    total = tf.maximum(tf.reduce_sum(counts), 1.0)
    mean = tf.reduce_sum(counts * levels) / total
    variance = tf.reduce_sum(counts * tf.square(levels - mean)) / total
    noise = mean + constants.NOISE_DEVIATIONS * tf.sqrt(variance)
    return tf.minimum(tf.maximum(least, noise), highest)


def _largest_part(bright: tf.Tensor) -> tf.Tensor:
    """The bounding box of the largest opened component, int32 `[4]`."""
    labels = _connected(_opened(bright))
    areas = tf.math.bincount(tf.reshape(labels, [-1]))
    areas = tf.concat([[0], areas[1:]], 0)
    largest = tf.argmax(areas, output_type=tf.int32)
    least = constants.LEAST_AREA * tf.cast(tf.size(bright), tf.float64)
    area = tf.cast(tf.reduce_max(areas), tf.float64)
    largest = require(
        largest,
        (area > 0.0) & (area >= least),
        "the photograph shows no field of view: no bright disc covers a "
        "tenth of it",
    )
    positions = tf.cast(tf.where(labels == largest), tf.int32)
    start = tf.reduce_min(positions, 0)
    stop = tf.reduce_max(positions, 0) + 1
    return tf.concat([start, stop], 0)


def _opened(bright: tf.Tensor) -> tf.Tensor:
    """Erosion, then dilation, by OpenCV's ellipse; outside is neutral."""
    kernel = _ellipse(tf.shape(bright))[..., None, None]

    def dilated(x: tf.Tensor) -> tf.Tensor:
        return tf.nn.conv2d(x, kernel, 1, "SAME") > 0.5

    dark = tf.cast(~bright, tf.float32)[None, ..., None]
    eroded = ~dilated(dark)
    return dilated(tf.cast(eroded, tf.float32))[0, ..., 0]


def _ellipse(shape: tf.Tensor) -> tf.Tensor:
    """OpenCV's elliptic kernel in the middle of a fixed square."""
    shortest = tf.cast(tf.reduce_min(shape), tf.float64)
    radius = tf.round(shortest / constants.OPENING_DIVISOR)
    radius = tf.maximum(radius, 1.0)
    offsets = tf.range(
        -_MAX_OPENING_RADIUS, _MAX_OPENING_RADIUS + 1, dtype=tf.float64
    )
    inside = tf.abs(offsets) <= radius
    chord = tf.sqrt(tf.maximum(tf.square(radius) - tf.square(offsets), 0.0))
    covered = tf.abs(offsets)[None] <= tf.round(chord)[:, None]
    return tf.cast(covered & inside[:, None], tf.float32)


def _connected(mask: tf.Tensor) -> tf.Tensor:
    """Labels components (8-connected) by their last pixel's number, from 1.

    Every pixel takes the largest number around it and then what the pixel of
    that number has: the reach doubles, and a disc of 400 pixels needs about
    ten rounds.
    """
    shape = tf.shape(mask)
    numbers = tf.reshape(tf.range(1, tf.size(mask) + 1), shape)
    labels = tf.where(mask, numbers, 0)

    def spread(labels: tf.Tensor, _: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        # Numbers below 2^24 are exact in float32.
        x = tf.cast(labels, tf.float32)[None, ..., None]
        x = tf.nn.max_pool2d(x, 3, 1, "SAME")[0, ..., 0]
        near = tf.where(mask, tf.cast(x, tf.int32), 0)
        flat = tf.concat([[0], tf.reshape(near, [-1])], 0)
        spread_labels = tf.reshape(tf.gather(flat, near), shape)
        return spread_labels, tf.reduce_any(spread_labels != labels)

    labels, _ = tf.while_loop(
        lambda _, changed: changed, spread, (labels, tf.constant(True))
    )
    return labels
