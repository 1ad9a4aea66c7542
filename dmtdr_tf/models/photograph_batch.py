"""Checks the photographs that a model is given."""

import math
from typing import Any

import numpy as np
import tensorflow as tf

from dmtdr_tf.files.errors import UserError

__all__ = ["check_batch"]

# Resampling and rounding may leave [0, 1] by a little.
_TOLERANCE = 0.01
# The grader halves the photograph five times.
_MULTIPLE = 32


def check_batch(low_res: Any, scale: int) -> None:
    """Refuses what is no batch of photographs in [0, 1], and says why.

    A NumPy array or a tensor outside of a graph is checked whole. In a graph,
    values and unknown sides cannot be checked; type and shape are.

    Args:
        low_res: Should be `[B, h, w, 3]` float in [0, 1], RGB.
        scale: How often the model enlarges it.

    Raises:
        UserError: It is of another kind, type, shape or range, or holds values
            that are not finite.

    Example:
    >>> check_batch(np.full((1, 64, 64, 3), 128, "uint8"), 4)
    Traceback (most recent call last):
        ...
    dmtdr_tf.files.errors.UserError: low_res: must be float in [0, 1], not \
uint8; divide it by 255
    """
    if not hasattr(low_res, "shape") or not hasattr(low_res, "dtype"):
        raise _error(
            "must be a tensor or NumPy array [B, h, w, 3], not "
            f"{_kind(low_res)}; use numpy.asarray(...)"
        )
    if not isinstance(low_res, np.ndarray) and not _is_tensor(low_res):
        raise _error(
            "must be a tensor or NumPy array, not "
            f"{_kind(low_res)}; convert it with numpy.asarray(...)"
        )
    _check_shape(tuple(low_res.shape), scale)
    name = getattr(low_res.dtype, "name", str(low_res.dtype))
    if not name.startswith(("float", "bfloat")):
        advice = "; divide it by 255" if name == "uint8" else ""
        raise _error(f"must be float in [0, 1], not {name}{advice}")
    if isinstance(low_res, np.ndarray) or _is_eager(low_res):
        _check_values(np.asarray(low_res))


def _is_tensor(low_res: Any) -> bool:
    # Keras's symbolic tensors and variables have both.
    return tf.is_tensor(low_res) or type(low_res).__module__.startswith("keras")


def _is_eager(low_res: Any) -> bool:
    return tf.is_tensor(low_res) and hasattr(low_res, "numpy")


def _check_shape(shape: tuple[int | None, ...], scale: int) -> None:
    if len(shape) == 3 and shape[2] in (1, 3, 4):
        raise _error(
            f"has no batch axis, shape {shape}; add it with low_res[None]"
        )
    if len(shape) != 4:
        raise _error(f"must have the shape [B, h, w, 3], not {shape}")
    if 0 in shape:
        raise _error(f"is empty: its shape is {shape}")
    if shape[3] not in (3, None):
        if shape[1] == 3:
            reason = (
                "has its channels first; move them with "
                "numpy.moveaxis(low_res, 1, -1)"
            )
        elif shape[3] == 1:
            reason = "is grayscale; a color photograph is needed"
        elif shape[3] == 4:
            reason = "has an alpha channel; drop it with low_res[..., :3]"
        else:
            reason = "must have three channels, RGB"
        raise _error(f"{reason}: its shape is {shape}")
    step = math.lcm(_MULTIPLE, scale) // scale
    for side in shape[1:3]:
        if side is not None and side % step:
            raise _error(
                f"must have sides that are multiples of {step}, not "
                f"{shape[1]} x {shape[2]}"
            )


def _check_values(values: np.ndarray) -> None:
    low, high = float(values.min()), float(values.max())
    if not math.isfinite(low + high):
        raise _error("holds values that are not finite (NaN or infinite)")
    if low < -_TOLERANCE or high > 1 + _TOLERANCE:
        advice = "; divide it by 255" if low >= 0 and high <= 255 else ""
        raise _error(f"must be in [0, 1], not from {low:g} to {high:g}{advice}")


def _kind(value: Any) -> str:
    kind = type(value)
    module = kind.__module__.partition(".")[0]
    return (
        kind.__name__ if module == "builtins" else f"{module}'s {kind.__name__}"
    )


def _error(message: str) -> UserError:
    return UserError(message, argument="low_res")
