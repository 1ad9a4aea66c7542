"""Checks a request's names, types and shapes against a signature."""

from collections.abc import Collection, Sequence
from typing import Any

import tensorflow as tf

from dmtdr_tf.serving.serving_error import ServingError

__all__ = ["check_names", "check_tensor"]


def check_names(given: Collection[str], wanted: Collection[str]) -> None:
    """Refuses inputs that are not those of the signature.

    Args:
        given: Names in the request.
        wanted: Names in the signature.

    Raises:
        ServingError: `INVALID_ARGUMENT`.
    """
    if set(given) != set(wanted):
        raise ServingError(
            "INVALID_ARGUMENT",
            f"inputs must be {sorted(wanted)}, not {sorted(given)}"[:500],
        )


def check_tensor(
    name: str, dtype: int, shape: Sequence[int], wanted: Any
) -> None:
    """Refuses a tensor of another type or shape.

    Args:
        name: The input's name.
        dtype: Its type, as TensorFlow's enumeration.
        shape: Its shape.
        wanted: The signature's `TensorInfo`.

    Raises:
        ServingError: `INVALID_ARGUMENT`.
    """
    if dtype != wanted.dtype:
        needed, got = (_dtype_name(d) for d in (wanted.dtype, dtype))
        raise ServingError(
            "INVALID_ARGUMENT", f"{name} must be {needed}, not {got}"
        )
    if wanted.tensor_shape.unknown_rank:
        # One value, or one for each photograph.
        if len(shape) > 1:
            raise ServingError(
                "INVALID_ARGUMENT", f"{name} must be a value or a list"
            )
        return
    sizes = [dim.size for dim in wanted.tensor_shape.dim]
    fits = len(shape) == len(sizes) and all(
        size in (-1, given) for size, given in zip(sizes, shape, strict=True)
    )
    if not fits:
        raise ServingError(
            "INVALID_ARGUMENT",
            f"{name} must have the shape {sizes}, not {list(shape)}"[:500],
        )


def _dtype_name(dtype: int) -> str:
    try:
        return tf.as_dtype(dtype).name
    except TypeError:
        return f"type {dtype}"
