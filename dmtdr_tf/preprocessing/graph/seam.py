"""The seam of a flipped bit in a JPEG file, looked for in graph."""

import tensorflow as tf

from dmtdr_tf.preprocessing import constants
from dmtdr_tf.preprocessing.decoding import seam

__all__ = ["has_seam"]


def has_seam(photograph: tf.Tensor) -> tf.Tensor:
    """Tells the same as Python's `has_seam`.

    Args:
        photograph: uint8 `[H, W, 3]`, as stored, not turned.

    Returns:
        A boolean scalar.
    """
    blocks = tf.shape(photograph)[:2] // seam.BLOCK
    large = (blocks[0] >= 4) & (blocks[1] > 2 * constants.LEAST_CELLS)
    return tf.cond(
        large, lambda: _search(photograph, blocks), lambda: tf.constant(False)
    )


def _search(photograph: tf.Tensor, blocks: tf.Tensor) -> tf.Tensor:
    rows, columns = blocks[0], blocks[1]
    lines = photograph[: rows * seam.BLOCK, : columns * seam.BLOCK]
    shape = (rows, seam.BLOCK, columns, seam.BLOCK, 3)
    lines = tf.reshape(lines, shape)
    sums = _sums(lines[:-1, -2:], lines[1:, :2])
    left = tf.cumsum(sums, axis=2)
    right = left[:, :, -1:] - left
    return tf.reduce_any(
        [_shifted(left, right, height, columns) for height in seam.HEIGHTS]
    )


def _sums(above: tf.Tensor, top: tf.Tensor) -> tf.Tensor:
    """Weights, jumps and squares of each block: `[3, rows - 1, columns, 3]`."""
    low = tf.minimum(above[:, 1], top[:, 0]) > constants.DARKEST_SHOWN
    shown = low & (
        tf.maximum(above[:, 1], top[:, 0]) < constants.BRIGHTEST_SHOWN
    )
    weights = tf.cast(shown, tf.float32)
    above, top = tf.cast(above, tf.float32), tf.cast(top, tf.float32)
    slopes = (above[:, 1] - above[:, 0] + top[:, 1] - top[:, 0]) / 2.0
    jumps = top[:, 0] - above[:, 1] - slopes
    jumps = tf.clip_by_value(
        jumps, -constants.LARGEST_JUMP, constants.LARGEST_JUMP
    )
    values = tf.stack([weights, jumps * weights, tf.square(jumps) * weights])
    return tf.reduce_sum(values, axis=3)


def _shifted(
    left: tf.Tensor, right: tf.Tensor, height: int, columns: tf.Tensor
) -> tf.Tensor:
    """Whether a shift begins at any block, rows being coded by `height`."""
    on = right[:, :-height], left[:, height:]
    off = left[:, :-height], right[:, height:]
    weight, jump, square = tf.unstack(on[0] + on[1])
    count = tf.maximum(weight, 1.0)
    mean = jump / count
    most = constants.JUMP_SPREAD * tf.abs(mean)
    least = constants.LEAST_SHOWN * seam.BLOCK * tf.cast(columns, tf.float32)
    found = (weight >= least) & (tf.abs(mean) >= constants.LEAST_JUMP)
    variance = tf.maximum(square / count - tf.square(mean), 0.0)
    found &= tf.sqrt(variance) <= most
    for weight, jump, _ in map(tf.unstack, on):
        found &= weight >= constants.LEAST_PIXELS
        found &= tf.abs(jump / tf.maximum(weight, 1.0) - mean) <= most
    for weight, _, square in map(tf.unstack, off):
        found &= tf.sqrt(square / tf.maximum(weight, 1.0)) <= most
    return tf.reduce_any(
        found[:, constants.LEAST_CELLS : -constants.LEAST_CELLS]
    )
