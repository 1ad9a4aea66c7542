"""The checksum of PNG's chunks, in graph."""

import zlib

import numpy as np
import tensorflow as tf

__all__ = ["crc32"]

# Twice as many bytes at each level.
_LEVELS = 27


def _operators() -> np.ndarray:
    """What 2^level zero bytes make of each byte of a checksum.

    Returns:
        int64 `[levels, 4, 256]`.
    """
    # Without the inversions, a checksum is linear: that of a sum is the sum.
    single = np.array([_plain(bytes([value])) for value in range(256)])
    first = np.zeros((4, 256), np.int64)
    for place in range(4):
        word = np.arange(256, dtype=np.int64) << (8 * place)
        first[place] = (word >> 8) ^ single[word & 255]
    operators = [first]
    for _ in range(_LEVELS - 1):
        before = operators[-1]
        operators.append(_apply_numpy(before, before))
    return np.stack(operators)


def _plain(data: bytes) -> int:
    return zlib.crc32(data) ^ zlib.crc32(bytes(len(data)))


def _apply_numpy(operator: np.ndarray, words: np.ndarray) -> np.ndarray:
    parts = [operator[k][(words >> (8 * k)) & 255] for k in range(4)]
    return parts[0] ^ parts[1] ^ parts[2] ^ parts[3]


_SINGLE = np.array([_plain(bytes([value])) for value in range(256)], np.int64)
_ALL = 2**32 - 1


def crc32(data: tf.Tensor) -> tf.Tensor:
    """Computes the CRC-32 of bytes: pairs, pairs of pairs, and so on.

    Args:
        data: uint8 `[N]`; at least 4 and fewer than 2^27.

    Returns:
        int64, the value of `zlib.crc32`.

    Example:
        >>> hex(int(crc32(tf.constant(list(b"IEND"), tf.uint8))))
        '0xae426082'
    """
    operators = tf.constant(_operators())
    start = tf.concat([data[:4] ^ 0xFF, data[4:]], 0)
    words = tf.gather(tf.constant(_SINGLE), tf.cast(start, tf.int32))

    def halve(level: tf.Tensor, words: tf.Tensor) -> tuple[tf.Tensor, ...]:
        # Zeros before the first byte change nothing.
        words = tf.pad(words, [[tf.size(words) % 2, 0]])
        left, right = words[::2], words[1::2]
        moved = tf.zeros_like(left)
        for place in range(4):
            byte = tf.bitwise.right_shift(
                left, tf.constant(8 * place, tf.int64)
            )
            table = operators[level, place]
            moved = tf.bitwise.bitwise_xor(moved, tf.gather(table, byte & 255))
        return level + 1, tf.bitwise.bitwise_xor(moved, right)

    _, words = tf.while_loop(
        lambda level, words: tf.size(words) > 1,
        halve,
        [0, words],
        shape_invariants=[tf.TensorShape([]), tf.TensorShape([None])],
    )
    return tf.bitwise.bitwise_xor(words[0], tf.constant(_ALL, tf.int64))
