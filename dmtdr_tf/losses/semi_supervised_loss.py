"""Lesions of photographs without masks, learned from the evidence map."""

import functools
import operator
from typing import Any

import keras
from keras import ops

from dmtdr_tf.losses.reduction import image_mean

__all__ = ["SemiSupervisedLoss", "semi_supervised_target"]


def semi_supervised_target(
    evidence: Any, grade: Any, threshold: float = 0.5
) -> Any:
    """Makes a pseudo mask from the evidence for a photograph's grade.

    `evidence > threshold`, and nothing where the grade is 0: a photograph
    without retinopathy has no lesions by definition. It is a constant.

    Args:
        evidence: `[B, H, W, 1]` map in [0, 1] of the high-resolution
            photograph.
        grade: `[B]` integer grades. An unknown grade, -1, says nothing
            about the lesions: mask its loss.
        threshold: phi.

    Returns:
        `[B, H, W, 1]`, 0 or 1, float32.

    Reference:
        DeepMT-DR, eq. 8.
    """
    exceeds = ops.cast(evidence, "float32") > threshold
    graded = ops.reshape(ops.not_equal(grade, 0), (-1, 1, 1, 1))
    mask = ops.cast(ops.logical_and(exceeds, graded), "float32")
    return ops.stop_gradient(mask)


@keras.saving.register_keras_serializable(package="dmtdr_tf")
class SemiSupervisedLoss(keras.losses.Loss):
    """Asks for lesions of any kind where the evidence is.

    `mean((U - M)^2)` per image. The evidence mask `M` does not distinguish
    lesions, so it is compared with the union of the four lesion maps,
    `U = 1 - prod(1 - S)`.

    Args:
        reduction: How `__call__` reduces over the batch.
        name: Name of the loss.
        dtype: Of the values that `__call__` returns; float32 inside.

    Input shape:
        y_true: `[B, H, W, 1]` or `[B, H, W]` mask from
            `semi_supervised_target`; a constant.
        y_pred: `[B, H, W, 4]` lesion probabilities.

    Output shape:
        `[B]` from `call`, float32.

    Example: the union of 0.5 and 0.5 is 0.75, and `(0.75 - 1)^2` is 0.0625.

    >>> loss = SemiSupervisedLoss()
    >>> values = loss.call([[[[1.0]]]], [[[[0.5, 0.5, 0.0, 0.0]]]])
    >>> ops.convert_to_numpy(values)
    array([0.0625], dtype=float32)

    Reference:
        DeepMT-DR, eq. 8.
    """

    def __init__(
        self,
        reduction: str | None = "sum_over_batch_size",
        name: str = "semi_supervised",
        dtype: Any = None,
    ):
        super().__init__(name=name, reduction=reduction, dtype=dtype)

    def call(self, y_true: Any, y_pred: Any) -> Any:
        mask = ops.cast(y_true, "float32")
        if len(mask.shape) == 4:
            mask = mask[..., 0]
        absent = 1 - ops.cast(y_pred, "float32")
        # Not `ops.prod`: its gradient needs cumulative products.
        channels = [absent[..., k] for k in range(absent.shape[-1])]
        union = 1 - functools.reduce(operator.mul, channels)  # [B, H, W]
        return image_mean(ops.square(union - ops.stop_gradient(mask)))
