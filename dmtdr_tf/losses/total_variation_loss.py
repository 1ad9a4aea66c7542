"""How rough a super-resolved photograph is."""

from typing import Any

import keras
from keras import ops

__all__ = ["TotalVariationLoss"]


@keras.saving.register_keras_serializable(package="dmtdr_tf")
class TotalVariationLoss(keras.losses.Loss):
    """Sum of the squared differences between neighboring pixels.

    `sum((Y[h+1, w] - Y[h, w])^2) + sum((Y[h, w+1] - Y[h, w])^2)` over pixels
    and channels. A sum, as in the paper, and therefore the one loss that
    grows with the photograph; its weight is small accordingly.

    Args:
        reduction: How `__call__` reduces over the batch.
        name: Name of the loss.
        dtype: Of the values that `__call__` returns; float32 inside.

    Input shape:
        y_true: Anything; it is not read.
        y_pred: `[B, H, W, 3]` super-resolved photograph.

    Output shape:
        `[B]` from `call`, float32.

    Example:
    >>> loss = TotalVariationLoss()
    >>> values = loss.call(None, [[[[0.0], [1.0]], [[0.0], [3.0]]]])
    >>> ops.convert_to_numpy(values)
    array([14.], dtype=float32)

    Reference:
        DeepMT-DR, eq. 6.
    """

    def __init__(
        self,
        reduction: str | None = "sum_over_batch_size",
        name: str = "total_variation",
        dtype: Any = None,
    ):
        super().__init__(name=name, reduction=reduction, dtype=dtype)

    def call(self, y_true: Any, y_pred: Any) -> Any:
        image = ops.cast(y_pred, "float32")
        down = ops.square(image[:, 1:] - image[:, :-1])
        across = ops.square(image[:, :, 1:] - image[:, :, :-1])
        return ops.sum(down, axis=(1, 2, 3)) + ops.sum(across, axis=(1, 2, 3))
