"""Huffman tables in which every code means something, in graph."""

import tensorflow as tf

__all__ = ["BYTES", "fill_tables"]

# The bytes as strings.
BYTES = [bytes([value]) for value in range(256)]
_HEAD, _TABLE = 4, 17
_CODES, _MOST_SYMBOLS, _MOST_OF_A_LENGTH = 2**16, 256, 255
# A size of ten bits: a change that shows, and a mean may have it too.
_SYMBOL = b"\x0a"


def fill_tables(segments: tf.Tensor) -> tf.Tensor:
    """Gives the unused codes of tables a meaning, as codes of 16 bits.

    libjpeg reports a code that is in no table, and reads it as nothing.
    Decoded with these tables, it shows. (The code of ones alone cannot be
    used.)

    Args:
        segments: Strings `[T]`, whole DHT segments.

    Returns:
        Strings `[T]`; a damaged segment as it is.
    """
    return tf.map_fn(_filled, segments, parallel_iterations=1)


def _filled(segment: tf.Tensor) -> tf.Tensor:
    data = tf.cast(tf.io.decode_raw(segment, tf.uint8), tf.int32)
    size = tf.size(data)
    weights = tf.bitwise.left_shift(1, tf.range(15, -1, -1))

    def take(
        at: tf.Tensor, whole: tf.Tensor, text: tf.Tensor
    ) -> tuple[tf.Tensor, ...]:
        counts = data[at + 1 : at + _TABLE]
        total = tf.reduce_sum(counts)
        end = at + _TABLE + total
        whole = end <= size
        end = tf.minimum(end, size)
        # One code, of ones alone, must stay free.
        free = _CODES - 1 - tf.reduce_sum(counts * weights)
        most = tf.minimum(_MOST_SYMBOLS - total, _MOST_OF_A_LENGTH - counts[-1])
        added = tf.maximum(tf.minimum(free, most), 0)
        counts = tf.concat([counts[:-1], counts[-1:] + added], 0)
        table = tf.strings.join(
            [
                tf.strings.substr(segment, at, 1),
                tf.strings.reduce_join(tf.gather(tf.constant(BYTES), counts)),
                tf.strings.substr(segment, at + _TABLE, end - at - _TABLE),
                tf.strings.reduce_join(tf.fill([added], _SYMBOL)),
            ]
        )
        return end, whole, tf.strings.join([text, table])

    _, whole, tables = tf.while_loop(
        lambda at, whole, text: whole & (at + _TABLE <= size),
        take,
        [_HEAD, tf.constant(True), tf.constant(b"")],
    )
    length = tf.strings.length(tables) + 2
    length = tf.stack([length // 256, length]) % 256
    length = tf.strings.reduce_join(tf.gather(tf.constant(BYTES), length))
    return tf.where(
        whole, tf.strings.join([b"\xff\xc4", length, tables]), segment
    )
