"""Reductions that every loss shares."""

from typing import Any

from keras import ops

__all__ = ["image_mean", "masked_mean"]


def image_mean(values: Any) -> Any:
    """Averages each image over all its axes.

    A mean, not a sum, so that a loss weight means the same at every size.

    Args:
        values: `[B, ...]`.

    Returns:
        `[B]`.

    Example:
    >>> float(image_mean(ops.convert_to_tensor([[[1.0, 2.0]]]))[0])
    1.5
    """
    return ops.mean(values, axis=tuple(range(1, len(values.shape))))


def masked_mean(values: Any, mask: Any, total: Any) -> Any:
    """Averages a per-sample loss over the samples that have its label.

    `sum(values * mask) / total`, and 0 where `total` is 0. Values of samples
    without the label are left out altogether, so they may be infinite or NaN.

    Args:
        values: `[B]` loss of every sample.
        mask: `[B]`, 1 where the sample has the label, 0 where it has not.
        total: Scalar: how many samples of the global batch have the label.
            Replicas' gradients are summed, so each must divide by the count
            over all replicas and not by its own.

    Returns:
        Scalar, float32.

    Example:
    >>> float(masked_mean([2.0, float("nan"), 4.0], [1.0, 0.0, 1.0], 2.0))
    3.0
    """
    values = ops.cast(values, "float32")
    mask = ops.cast(mask, "float32")
    total = ops.cast(total, "float32")
    # A product alone would keep the NaN of a masked sample: NaN * 0 is NaN.
    kept = ops.where(mask > 0, values, ops.zeros_like(values)) * mask
    return ops.sum(kept) / ops.where(total > 0, total, ops.ones_like(total))
