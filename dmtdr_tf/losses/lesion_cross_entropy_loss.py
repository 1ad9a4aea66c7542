"""Pixelwise cross-entropy of lesion probabilities."""

from typing import Any

import keras
from keras import ops

from dmtdr_tf.files.errors import UserError
from dmtdr_tf.losses.reduction import image_mean

__all__ = ["LesionCrossEntropyLoss"]


@keras.saving.register_keras_serializable(package="dmtdr_tf")
class LesionCrossEntropyLoss(keras.losses.Loss):
    """Binary cross-entropy of every pixel and lesion, averaged.

    `-mean(S * log(p) + (1 - S) * log(1 - p))` per image, with `p` clipped to
    `[epsilon, 1 - epsilon]`. It is not in the paper: added to eq. 7,
    it gives lesions of few pixels a gradient from the first step.

    Args:
        epsilon: How far from 0 and 1 probabilities are kept.
        reduction: How `__call__` reduces over the batch.
        name: Name of the loss.
        dtype: Of the values that `__call__` returns; float32 inside.

    Input shape:
        y_true: `[B, H, W, 4]` masks, 0 or 1.
        y_pred: `[B, H, W, 4]` probabilities.

    Output shape:
        `[B]` from `call`, float32.

    Raises:
        UserError: `epsilon` is outside (0, 0.5), or so small that
            `1 - epsilon` is 1 in float32.

    Example:
    >>> loss = LesionCrossEntropyLoss()
    >>> round(float(loss.call([[[[1.0]]]], [[[[0.5]]]])[0]), 4)
    0.6931
    """

    def __init__(
        self,
        epsilon: float = 1e-7,
        reduction: str | None = "sum_over_batch_size",
        name: str = "lesion_cross_entropy",
        dtype: Any = None,
    ):
        super().__init__(name=name, reduction=reduction, dtype=dtype)
        if not 6e-8 <= epsilon < 0.5:
            raise UserError(
                f"must be in [6e-8, 0.5), not {epsilon}", argument="epsilon"
            )
        self.epsilon = epsilon

    def call(self, y_true: Any, y_pred: Any) -> Any:
        y_true = ops.cast(y_true, "float32")
        y_pred = ops.cast(y_pred, "float32")
        y_pred = ops.clip(y_pred, self.epsilon, 1 - self.epsilon)
        present = y_true * ops.log(y_pred)
        absent = (1 - y_true) * ops.log(1 - y_pred)
        return -image_mean(present + absent)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "epsilon": self.epsilon}
