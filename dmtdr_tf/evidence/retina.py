"""Where the retina is in a photograph that was cropped to it."""

from typing import Any

from keras import ops

from dmtdr_tf.evidence.arithmetic import resize

__all__ = ["retina"]

# Pixels darker than this share of the brightest cell are the frame.
_LIT_SHARE = 0.1
# Side of a cell, in pixels; the windows below are in cells.
_CELL = 8
# Captions and marks in the frame are narrower than this window.
_OPENING = 5


def retina(photographs: Any) -> Any:
    """Marks the retina, so that no evidence lies in the frame around it.

    Lit cells of 8 x 8 pixels, without what is narrower than five cells
    (captions and marks in the frame); pixel by pixel along the rim, and whole
    inside, where a haemorrhage may be as dark as the frame.

    Args:
        photographs: `[B, H, W, 3]` photographs in [0, 1].

    Returns:
        `[B, H, W, 1]`, 1 on the retina and 0 in the frame, float32; a
        constant. A photograph without a bright part is all retina.

    Example:
    >>> frame = [[0, 0], [32, 32], [32, 32], [0, 0]]
    >>> photograph = ops.pad(ops.ones((1, 64, 64, 3)), frame)
    >>> float(ops.mean(retina(photograph)))
    0.25
    """
    photographs = ops.stop_gradient(ops.cast(photographs, "float32"))
    brightest = ops.max(photographs, axis=-1, keepdims=True)
    cells = ops.average_pool(brightest, _CELL, _CELL, padding="same")
    level = _LIT_SHARE * ops.max(cells, axis=(1, 2), keepdims=True)
    opened = _grow(_shrink(_mask(cells > level), _OPENING), _OPENING)
    anything = ops.max(opened, axis=(1, 2), keepdims=True)
    opened = ops.maximum(opened, 1.0 - anything)
    inside = _mask(resize(_interior(opened), photographs) > 0.999)
    near = _mask(resize(_grow(opened, 3), photographs) > 0.0)
    rim = near * _mask(brightest > level)
    return ops.maximum(ops.maximum(inside, rim), 1.0 - anything)


def _mask(condition: Any) -> Any:
    return ops.cast(condition, "float32")


def _grow(mask: Any, window: int) -> Any:
    return ops.max_pool(mask, window, 1, padding="same")


def _shrink(mask: Any, window: int) -> Any:
    """Beyond the photograph counts as marked: cameras cut the retina off."""
    return 1.0 - _grow(1.0 - mask, window)


def _interior(mask: Any) -> Any:
    """Cells all of whose neighbors are marked; none at the border."""
    framed = ops.pad(mask, [[0, 0], [1, 1], [1, 1], [0, 0]])
    return 1.0 - ops.max_pool(1.0 - framed, 3, 1, padding="valid")
