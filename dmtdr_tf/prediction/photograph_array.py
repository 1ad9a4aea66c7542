"""Checks an array that is said to be a photograph."""

from typing import Any

import numpy as np

from dmtdr_tf.files.errors import UserError
from dmtdr_tf.preprocessing import FieldOfView

__all__ = ["check_channel_order", "check_photograph_array"]

# A retina reflects red and little blue: among 437 photographs of IDRiD the
# mean of blue is at most 0.50 of red's, so that in BGR it is at least 1.98.
_BLUE_SHARE = 1.25
# Sharpness is measured 12 pixels inside the field of view, on every side:
# below this nothing remains to be measured, even with the quality gate off.
_MIN_SIDE = 32


def check_photograph_array(photograph: Any) -> None:
    """Refuses an array that is no uint8 RGB photograph, and says why.

    Args:
        photograph: Should be uint8 `[H, W, 3]`.

    Raises:
        UserError: It has another type, shape or range.
    """
    if not isinstance(photograph, np.ndarray):
        kind = type(photograph)
        # Of Pillow, PyTorch, TensorFlow and others, which NumPy can read.
        advice = (
            "; convert it with numpy.asarray(...)"
            if hasattr(kind, "__array__")
            or hasattr(kind, "__array_interface__")
            else ""
        )
        raise _error(
            f"must be a file's path or a NumPy array, not {kind.__name__}"
            f"{advice}"
        )
    _check_shape(photograph.shape)
    _check_type(photograph)


def _check_shape(shape: tuple[int, ...]) -> None:
    if 0 in shape:
        raise _error(f"is empty: its shape is {shape}")
    if len(shape) == 4:
        raise _error(
            f"has a batch axis, shape {shape}; pass a list of [H, W, 3] "
            "arrays instead"
        )
    if len(shape) == 2 or (len(shape) == 3 and shape[2] == 1):
        raise _error(
            f"is grayscale, shape {shape}; a color photograph [H, W, 3] is "
            "needed"
        )
    if len(shape) == 3 and shape[2] == 4:
        raise _error(
            f"has an alpha channel, shape {shape}; drop it with "
            "photograph[..., :3]"
        )
    if len(shape) == 3 and shape[0] == 3 and shape[2] != 3:
        raise _error(
            f"has its channels first, shape {shape}; move them with "
            "numpy.moveaxis(photograph, 0, -1)"
        )
    if len(shape) != 3 or shape[2] != 3:
        raise _error(f"must have the shape [H, W, 3], not {shape}")
    if min(shape[:2]) < _MIN_SIDE:
        raise _error(
            f"is too small to be graded, shape {shape}; at least {_MIN_SIDE} "
            "rows and columns are needed"
        )


def _check_type(photograph: np.ndarray) -> None:
    if photograph.dtype == np.uint8:
        return
    advice = "convert it to uint8 values from 0 to 255"
    if np.issubdtype(photograph.dtype, np.floating):
        if not np.isfinite(photograph).all():
            advice = "it holds values that are not finite, too"
        elif photograph.min() >= 0 and photograph.max() <= 1:
            advice = (
                "its values are in [0, 1]: use "
                "numpy.rint(photograph * 255).astype('uint8')"
            )
        elif photograph.min() >= 0 and photograph.max() <= 255:
            advice = (
                "its values are in [0, 255]: use "
                "numpy.rint(photograph).astype('uint8')"
            )
    elif photograph.dtype == np.uint16:
        advice = "use (photograph // 257).astype('uint8')"
    raise _error(f"must be uint8, not {photograph.dtype}; {advice}")


def check_channel_order(
    photograph: np.ndarray, field_of_view: FieldOfView
) -> None:
    """Refuses a photograph whose channels look like BGR, OpenCV's order.

    Args:
        photograph: uint8 `[H, W, 3]`.
        field_of_view: Its field of view.

    Raises:
        UserError: Inside the field of view the third channel is clearly
            brighter than the first, which no retina is in RGB.
    """
    inside = photograph[field_of_view.rows, field_of_view.columns]
    first, _, third = inside.reshape(-1, 3).mean(axis=0)
    if third > _BLUE_SHARE * first:
        raise _error(
            "looks like BGR, the order of OpenCV: blue is brighter than red; "
            "convert it with photograph[..., ::-1]"
        )


def _error(message: str) -> UserError:
    return UserError(message, argument="photograph")
