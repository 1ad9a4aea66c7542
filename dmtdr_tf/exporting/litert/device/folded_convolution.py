"""Convolutions of few filters that compute several columns at a time."""

import numpy as np
import tensorflow as tf

__all__ = ["LANES", "convolve", "fold", "fold_of", "folded_kernel", "unfold"]

# Filters that the vector units of today's processors compute at once. With
# fewer, the rest of a register idles.
LANES = 16


def fold_of(filters: int, width: int) -> int:
    """Returns how many neighboring columns are computed at once.

    Args:
        filters: Filters of the convolution.
        width: Columns of the map it produces.

    Returns:
        The largest power of two that fills no more than `LANES` and divides
        the width.

    Example:
    >>> fold_of(filters=4, width=24)
    4
    """
    fold = 1
    while fold * 2 * filters <= LANES and width % (fold * 2) == 0:
        fold *= 2
    return fold


def folded_kernel(kernel: np.ndarray, fold: int, stride: int = 1) -> np.ndarray:
    """Computes the kernel of the same convolution on a folded map.

    Folding a map `[B, H, W, C]` by `n` gives `[B, H, W / n, n * C]`: the same
    numbers in the same order, so that a runtime only renames them. The input
    is folded by `fold * stride`, the output by `fold`. A runtime that keeps a
    pointer for each position and tap keeps fewer.

    Args:
        kernel: `[h, w, C, F]`, of a convolution with padding `"same"` on a
            map whose size is a multiple of `stride`.
        fold: Columns of the output that become one.
        stride: Stride of the convolution; along the width it becomes 1.

    Returns:
        `[h, cells, fold * stride * C, fold * F]`, for padding `"same"`.
    """
    height, width, channels, filters = kernel.shape
    columns = fold * stride
    before = max(width - stride, 0) // 2
    # The last output of a cell reaches so many columns beyond that cell.
    after = stride * (fold - 1) + width - before - columns
    left, right = -(-before // columns), max(-(-after // columns), 0)
    # "same" pads as much on both sides, or one more on the right.
    left, right = max(left, right - 1), max(right, left)
    folded = np.zeros(
        (height, (left + 1 + right) * columns, channels, fold, filters),
        kernel.dtype,
    )
    for column in range(fold):
        start = left * columns + column * stride - before
        folded[:, start : start + width, :, column] = kernel
    return folded.reshape(
        height, left + 1 + right, columns * channels, fold * filters
    )


def fold(x: tf.Tensor, columns: int) -> tf.Tensor:
    """Folds `[B, H, W, C]` to `[B, H, W / columns, columns * C]`."""
    _, height, width, channels = x.shape
    return tf.reshape(x, (-1, height, width // columns, columns * channels))


def unfold(x: tf.Tensor, columns: int) -> tf.Tensor:
    """Unfolds `[B, H, W / columns, columns * C]` to `[B, H, W, C]`."""
    _, height, width, channels = x.shape
    return tf.reshape(x, (-1, height, width * columns, channels // columns))


def convolve(
    x: tf.Tensor,
    kernel: np.ndarray,
    bias: np.ndarray | None,
    columns: int,
    stride: int = 1,
) -> tf.Tensor:
    """Convolves a folded map with padding `"same"`.

    Args:
        x: The input, folded by `columns * stride`.
        kernel: `[h, w, C, F]`, as if nothing were folded.
        bias: `[F]`, or None.
        columns: Columns of the output that become one.
        stride: Stride of the convolution.

    Returns:
        The output, folded by `columns`.
    """
    y = tf.nn.conv2d(
        x, folded_kernel(kernel, columns, stride), (stride, 1), "SAME"
    )
    return y if bias is None else y + np.tile(bias, columns)
