"""The field of view found in graph, step by step as in Python."""

import tensorflow as tf

from dmtdr_tf.preprocessing import field_of_view as python
from dmtdr_tf.preprocessing.graph.decoding import require

_LEVELS = 256
# Half of the largest opening's width: `_SEARCH_SIDE / 50`.
_MAX_REACH = 10


def find_field_of_view(photograph: tf.Tensor) -> tf.Tensor:
    """Finds the square around the field of view, as `data.field_of_view`.

    Args:
        photograph: uint8 `[H, W, 3]`, RGB, of at least 3 x 3 pixels.

    Returns:
        int32 `[3]`: top, left and side of the square, in pixels; top and left
        may be negative. In graph `InvalidArgumentError` is raised where there
        is no field of view.
    """
    shape = require(
        tf.shape(photograph)[:2],
        tf.reduce_min(tf.shape(photograph)[:2]) >= 3,
        "the photograph has fewer than 3 x 3 pixels",
    )
    reduced = _reduced(photograph, shape)
    box = tf.cast(_bounding_box(reduced), tf.float64)
    # Back to source pixels with each axis' own, rounded, factor.
    factors = tf.cast(shape, tf.float64) / tf.cast(
        tf.shape(reduced)[:2], tf.float64
    )
    ends = tf.cast(tf.round(box * tf.tile(factors, [2])), tf.int32)
    start, stop = ends[:2], ends[2:]
    side = tf.reduce_max(stop - start)
    corner = (start + stop - side) // 2
    return tf.concat([corner, side[None]], 0)


def _reduced(photograph, shape):
    """To at most `_SEARCH_SIDE` pixels a side: float, whole numbers."""
    longest = tf.reduce_max(shape)

    def reduce():
        scale = python._SEARCH_SIDE / longest
        size = tf.round(tf.cast(shape, tf.float64) * scale)
        size = tf.maximum(tf.cast(size, tf.int32), 1)
        return area_resize(photograph, size)

    return tf.cond(
        longest > python._SEARCH_SIDE,
        reduce,
        lambda: tf.cast(photograph, tf.float32),
    )


def area_resize(photograph: tf.Tensor, size: tf.Tensor) -> tf.Tensor:
    """Reduces by area averaging and rounds, as OpenCV on 8 bits.

    Args:
        photograph: uint8 `[H, W, 3]`.
        size: `[2]`: rows and columns of the result.

    Returns:
        float32 `[*size, 3]`, whole numbers in [0, 255].
    """
    reduced = tf.raw_ops.ResizeArea(images=photograph[None], size=size)
    return tf.round(reduced[0])


def _bounding_box(photograph):
    """Top, left, bottom and right of the largest bright part, int32 `[4]`."""
    grey = _blurred(tf.reduce_max(photograph, -1))
    lowest = tf.cast(tf.reduce_min(photograph, -1), tf.int32)
    counts = _histogram(grey)
    dark, bright = _percentile(counts, 1), _percentile(counts, 90)
    grey = require(
        grey,
        bright - dark >= python._LEAST_CONTRAST,
        "the photograph shows no field of view: it is black or flat",
    )
    whole = tf.concat([[0, 0], tf.shape(grey)], 0)
    above = tf.cast(grey, tf.float64) > _threshold(counts, dark, bright)
    box = tf.cond(
        dark > python._FILLED * bright,
        lambda: whole,
        lambda: _largest_part(above),
    )
    inside = lowest[box[0] : box[2], box[1] : box[3]]
    return require(
        box,
        _percentile(_histogram(inside), 50) <= python._WHITE,
        "the photograph shows no field of view: it is mostly white",
    )


def _blurred(highest):
    """OpenCV's Gaussian of 5 x 5 on 8 bits, exactly: int32 `[h, w]`."""
    x = tf.pad(highest, [[2, 2], [2, 2]], "REFLECT")[None, ..., None]
    weights = tf.constant([1.0, 4.0, 6.0, 4.0, 1.0])
    for shape in ((5, 1, 1, 1), (1, 5, 1, 1)):
        x = tf.nn.conv2d(x, tf.reshape(weights, shape), 1, "VALID")
    return tf.cast(tf.floor((x[0, ..., 0] + 128.0) / 256.0), tf.int32)


def _histogram(values):
    counts = tf.math.bincount(
        tf.reshape(values, [-1]), minlength=_LEVELS, maxlength=_LEVELS
    )
    return tf.cast(counts, tf.float64)


def _percentile(counts, percent):
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


def _threshold(counts, dark, bright):
    """Above the background's own noise, within bounds."""
    span = bright - dark
    least = dark + python._THRESHOLD * span
    levels = tf.range(_LEVELS, dtype=tf.float64)
    counts = tf.where(levels <= least, counts, 0.0)
    total = tf.maximum(tf.reduce_sum(counts), 1.0)
    mean = tf.reduce_sum(counts * levels) / total
    variance = tf.reduce_sum(counts * tf.square(levels - mean)) / total
    noise = mean + 4.0 * tf.sqrt(variance)
    highest = dark + python._MAX_THRESHOLD * span
    return tf.minimum(tf.maximum(least, noise), highest)


def _largest_part(bright):
    """The bounding box of the largest opened component."""
    labels = _connected(_opened(bright))
    areas = tf.math.bincount(tf.reshape(labels, [-1]))
    areas = tf.concat([[0], areas[1:]], 0)
    largest = tf.argmax(areas, output_type=tf.int32)
    least = python._LEAST_AREA * tf.cast(tf.size(bright), tf.float64)
    found = tf.cast(tf.reduce_max(areas), tf.float64)
    largest = require(
        largest,
        (found > 0.0) & (found >= least),
        "the photograph shows no field of view: no bright disc covers a "
        "tenth of it",
    )
    places = tf.cast(tf.where(labels == largest), tf.int32)
    start, stop = tf.reduce_min(places, 0), tf.reduce_max(places, 0) + 1
    return tf.concat([start, stop], 0)


def _opened(bright):
    """Erosion, then dilation, by OpenCV's ellipse; outside is neutral."""
    kernel = _ellipse(tf.shape(bright))[..., None, None]

    def touches(x):
        return tf.nn.conv2d(x, kernel, 1, "SAME") > 0.5

    dark = tf.cast(~bright, tf.float32)[None, ..., None]
    eroded = ~touches(dark)
    return touches(tf.cast(eroded, tf.float32))[0, ..., 0]


def _ellipse(shape):
    """OpenCV's elliptic kernel in the middle of a fixed square."""
    shortest = tf.cast(tf.reduce_min(shape), tf.float64)
    reach = tf.maximum(tf.round(shortest / 50.0), 1.0)
    offsets = tf.range(-_MAX_REACH, _MAX_REACH + 1, dtype=tf.float64)
    inside = tf.abs(offsets) <= reach
    chord = tf.sqrt(tf.maximum(tf.square(reach) - tf.square(offsets), 0.0))
    covered = tf.abs(offsets)[None] <= tf.round(chord)[:, None]
    return tf.cast(covered & inside[:, None], tf.float32)


def _connected(mask):
    """Labels components (8-connected) by their last pixel's number, from 1.

    Every pixel takes the largest number around it and then what the pixel of
    that number has: the reach doubles, and a disc of 400 pixels needs about
    ten rounds.
    """
    shape = tf.shape(mask)
    numbers = tf.reshape(tf.range(1, tf.size(mask) + 1), shape)
    labels = tf.where(mask, numbers, 0)

    def spread(labels, _):
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
