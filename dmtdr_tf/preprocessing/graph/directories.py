"""Values of EXIF and of multi-picture indexes, read in graph."""

import tensorflow as tf

__all__ = ["directory_value", "upright"]

_ENTRY = 12
# The bytes of the field types of whole numbers: byte, short and long.
_WIDTHS = {1: 1, 3: 2, 4: 4}


def directory_value(block: tf.Tensor, tag: int, default: int) -> tf.Tensor:
    """Reads a whole number from a block's first directory.

    Args:
        block: uint8 `[N]`, which begins like a TIFF file.
        tag: The tag.
        default: The value if the block is damaged or has no such tag.

    Returns:
        int32.
    """
    # Every place that is read lies inside this.
    data = tf.concat([tf.cast(block, tf.int32), tf.zeros([8], tf.int32)], 0)
    little = tf.reduce_all(data[:4] == [0x49, 0x49, 42, 0])
    big = tf.reduce_all(data[:4] == [0x4D, 0x4D, 0, 42])

    def read() -> tf.Tensor:
        size = tf.size(block)
        at = _number(data, 4, 4, little)
        inside = (at >= 8) & (at <= size - 6)
        at = tf.where(inside, at, 0)
        count = _number(data, at, 2, little)
        # The offset of the next directory follows the entries.
        inside &= at + 6 + _ENTRY * count <= size
        count = tf.where(inside, count, 0)
        starts = at + 2 + _ENTRY * tf.range(count)
        tags = _number(data, starts, 2, little)
        kinds = _number(data, starts + 2, 2, little)
        counts = _number(data, starts + 4, 4, little)
        values = tf.fill(tf.shape(starts), default)
        for kind, width in _WIDTHS.items():
            number = _number(data, starts + 8, width, little)
            # More values are elsewhere, and not those of the entry.
            is_here = (counts > 0) & (counts <= 4 // width)
            values = tf.where((kinds == kind) & is_here, number, values)
        found = tf.boolean_mask(values, tags == tag)
        return tf.concat([[default], found], 0)[-1]

    return tf.cond(little | big, read, lambda: tf.constant(default))


def upright(photograph: tf.Tensor, orientation: tf.Tensor) -> tf.Tensor:
    """Turns and mirrors stored pixels as EXIF says.

    Args:
        photograph: `[H, W, C]`.
        orientation: int32; everything but 2 to 8 is upright.

    Returns:
        `[H, W, C]`, or `[W, H, C]` for orientations 5 to 8.
    """

    def turn() -> tf.Tensor:
        x = tf.cond(
            orientation >= 5,
            lambda: tf.transpose(photograph, [1, 0, 2]),
            lambda: photograph,
        )
        for axis, mirrored in ((0, (3, 4, 7, 8)), (1, (2, 3, 6, 7))):
            is_mirrored = tf.reduce_any(orientation == tf.constant(mirrored))
            x = _mirrored(x, axis, is_mirrored)
        return x

    return tf.cond(
        (orientation >= 2) & (orientation <= 8), turn, lambda: photograph
    )


def _mirrored(x: tf.Tensor, axis: int, condition: tf.Tensor) -> tf.Tensor:
    return tf.cond(condition, lambda: tf.reverse(x, [axis]), lambda: x)


def _number(
    data: tf.Tensor, at: tf.Tensor, width: int, little: tf.Tensor
) -> tf.Tensor:
    """Whole numbers of some bytes at some places, int32."""
    at = tf.convert_to_tensor(at)
    last = tf.size(data) - width
    at = tf.minimum(tf.maximum(at, 0), last)
    value = tf.zeros(tf.shape(at), tf.int32)
    for byte in range(width):
        shift = tf.where(little, byte, width - 1 - byte)
        value += tf.gather(data, at + byte) * tf.bitwise.left_shift(
            1, 8 * shift
        )
    return value
