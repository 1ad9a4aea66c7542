"""How little predicted and true lesions overlap."""

from typing import Any

import keras
from keras import ops

from dmtdr_tf.files.errors import UserError

__all__ = ["DiceLoss"]


@keras.saving.register_keras_serializable(package="dmtdr_tf")
class DiceLoss(keras.losses.Loss):
    """One minus the dice coefficient, per image and lesion.

    `1 - (2 * mean(S_pred * S) + smooth) / (mean(S_pred) + mean(S) + smooth)`,
    averaged over the lesions. The smoothing term defines the loss of a lesion
    that the photograph does not have: 0 when nothing is predicted, near 1
    when much more than `smooth` of it is. It is a share of the photograph, so
    it means the same for a crop and a whole photograph. The common term of
    one pixel pushes the probability of a rare lesion down until the sigmoid
    has no gradient left: soft exudates were not learned in 700 steps.

    Args:
        smooth: The smoothing term, as a share of the photograph's pixels.
        reduction: How `__call__` reduces over the batch.
        name: Name of the loss.
        dtype: Of the values that `__call__` returns; float32 inside.

    Input shape:
        y_true: `[B, H, W, 4]` masks, 0 or 1.
        y_pred: `[B, H, W, 4]` probabilities.

    Output shape:
        `[B]` from `call`, float32.

    Raises:
        UserError: `smooth` is not above 0: the loss of an absent lesion would
            be 0 / 0.

    Example: one pixel of two right, one missed, and half a photograph of
    smoothing: `1 - (2 * 0.5 + 0.5) / (0.5 + 1 + 0.5)`.

    >>> values = DiceLoss(0.5).call([[[[1.0], [1.0]]]], [[[[1.0], [0.0]]]])
    >>> ops.convert_to_numpy(values)
    array([0.25], dtype=float32)

    Reference:
        DeepMT-DR, eq. 7.
    """

    def __init__(
        self,
        smooth: float = 0.01,
        reduction: str | None = "sum_over_batch_size",
        name: str = "dice",
        dtype: Any = None,
    ):
        super().__init__(name=name, reduction=reduction, dtype=dtype)
        if not smooth > 0:
            raise UserError(f"must be above 0, not {smooth}", argument="smooth")
        self.smooth = smooth

    def call(self, y_true: Any, y_pred: Any) -> Any:
        y_true = ops.cast(y_true, "float32")
        y_pred = ops.cast(y_pred, "float32")
        overlap = ops.mean(y_true * y_pred, axis=(1, 2))  # [B, 4]
        area = ops.mean(y_true, axis=(1, 2)) + ops.mean(y_pred, axis=(1, 2))
        dice = (2 * overlap + self.smooth) / (area + self.smooth)
        return ops.mean(1 - dice, axis=-1)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "smooth": self.smooth}
