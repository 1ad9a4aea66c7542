"""The segmentation-aware part of the task-aware loss."""

from typing import Any

import keras
from keras import ops

from dmtdr_tf.losses.reduction import image_mean

__all__ = ["SegmentationAwareLoss"]


@keras.saving.register_keras_serializable(package="dmtdr_tf")
class SegmentationAwareLoss(keras.losses.Loss):
    """Keeps the lesions of a super-resolved photograph as they were.

    `mean((S_sr - S_hr)^2)` per image, where `S_hr`, the lesions of the
    high-resolution photograph, is a constant.

    Args:
        reduction: How `__call__` reduces over the batch.
        name: Name of the loss.
        dtype: Of the values that `__call__` returns; float32 inside.

    Input shape:
        y_true: `[B, H, W, 4]` lesion probabilities of the high-resolution
            photograph.
        y_pred: `[B, H, W, 4]` those of the super-resolved one.

    Output shape:
        `[B]` from `call`, float32.

    Example:
    >>> loss = SegmentationAwareLoss()
    >>> values = loss.call(ops.zeros((1, 2, 2, 4)), ops.ones((1, 2, 2, 4)))
    >>> ops.convert_to_numpy(values)
    array([1.], dtype=float32)

    Reference:
        DeepMT-DR, eq. 3.
    """

    def __init__(
        self,
        reduction: str | None = "sum_over_batch_size",
        name: str = "segmentation_aware",
        dtype: Any = None,
    ):
        super().__init__(name=name, reduction=reduction, dtype=dtype)

    def call(self, y_true: Any, y_pred: Any) -> Any:
        constant = ops.stop_gradient(ops.cast(y_true, "float32"))
        return image_mean(ops.square(ops.cast(y_pred, "float32") - constant))
