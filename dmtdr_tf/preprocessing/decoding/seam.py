"""A shift of brightness that a flipped bit leaves in a JPEG file.

A block's mean is stored as its difference from the block before. A bit that
flips in one of them moves every later block by the same amount, and no decoder
notices. What shows is a seam: along the top of the rest of one row of blocks,
and along the top of the beginning of the next row.
"""

import numpy as np

from dmtdr_tf.preprocessing.constants import (
    BRIGHTEST_SHOWN,
    DARKEST_SHOWN,
    JUMP_SPREAD,
    LARGEST_JUMP,
    LEAST_CELLS,
    LEAST_JUMP,
    LEAST_PIXELS,
    LEAST_SHOWN,
)

__all__ = ["BLOCK", "HEIGHTS", "has_seam"]

# Pixels of a block's side, and rows of blocks that are coded together.
BLOCK = 8
HEIGHTS = (1, 2)
# Of two rows' mean steps together, before anything else is looked at.
_LEAST_SHIFT = 0.9 * LEAST_SHOWN * LEAST_JUMP


def has_seam(pixels: np.ndarray) -> bool:
    """Tells whether a decoded JPEG file has the seam of a flipped bit.

    Args:
        pixels: uint8 `[H, W, C]`, as stored, not turned.

    Returns:
        Whether blocks are shifted from one of them on. A photograph's own
        edges do not run along the blocks, change rows at one of them, and keep
        one height over the whole width.
    """
    rows, columns = (side // BLOCK for side in pixels.shape[:2])
    if rows < 4 or columns < 2 * LEAST_CELLS + 1:
        return False
    lines = pixels[: rows * BLOCK, : columns * BLOCK].reshape(
        rows, BLOCK, columns * BLOCK, -1
    )
    steps = lines[1:, 0].astype(np.int16) - lines[:-1, -1]
    means = steps.mean(axis=1, dtype=np.float32)
    for height in HEIGHTS:
        # Few pairs of rows are shifted at all.
        shifts = np.abs(means[:-height] + means[height:])
        for row, channel in np.argwhere(shifts >= _LEAST_SHIFT):
            both = [row, row + height]
            above = lines[both, -2:, :, channel]
            top = lines[[row + 1, row + height + 1], :2, :, channel]
            if _is_seam(*_sums(above, top)):
                return True
    return False


def _sums(above: np.ndarray, top: np.ndarray) -> tuple[np.ndarray, ...]:
    """Weights, jumps and squared jumps of the blocks of two rows.

    Args:
        above: uint8 `[2, 2, W]`, the last lines of the blocks above.
        top: uint8 `[2, 2, W]`, the first lines of the blocks.
    """
    shown = np.minimum(above[:, 1], top[:, 0]) > DARKEST_SHOWN
    shown &= np.maximum(above[:, 1], top[:, 0]) < BRIGHTEST_SHOWN
    above, top = above.astype(np.float32), top.astype(np.float32)
    slopes = (above[:, 1] - above[:, 0] + top[:, 1] - top[:, 0]) / 2
    jumps = np.clip(
        top[:, 0] - above[:, 1] - slopes, -LARGEST_JUMP, LARGEST_JUMP
    )
    weights = _cells(shown.astype(np.float32))
    return weights, _cells(jumps * shown), _cells(jumps**2 * shown)


def _cells(values: np.ndarray) -> np.ndarray:
    """Adds up the columns of each block."""
    return values.reshape(len(values), -1, BLOCK).sum(axis=-1)


def _is_seam(
    weights: np.ndarray, jumps: np.ndarray, squares: np.ndarray
) -> bool:
    """Whether a shift begins at any block of the first of two rows.

    Args:
        weights: `[2, columns]` number of pixels that could show it.
        jumps: Sum of their jumps.
        squares: Sum of the jumps' squares.
    """
    sums = np.stack([weights, jumps, squares])
    left = np.cumsum(sums, axis=-1)
    right = left[..., -1:] - left
    # On the seam and beside it: the rest of one row, the beginning of the next.
    on, off = (right[:, 0], left[:, 1]), (left[:, 0], right[:, 1])
    weight, jump, square = on[0] + on[1]
    count = np.maximum(weight, 1.0)
    mean = jump / count
    most = JUMP_SPREAD * np.abs(mean)
    found = (weight >= LEAST_SHOWN * BLOCK * weights.shape[1]) & (
        np.abs(mean) >= LEAST_JUMP
    )
    found &= np.sqrt(np.maximum(square / count - mean**2, 0.0)) <= most
    for weight, jump, _ in on:
        found &= weight >= LEAST_PIXELS
        found &= np.abs(jump / np.maximum(weight, 1.0) - mean) <= most
    for weight, _, square in off:
        found &= np.sqrt(square / np.maximum(weight, 1.0)) <= most
    return bool(found[LEAST_CELLS:-LEAST_CELLS].any())
