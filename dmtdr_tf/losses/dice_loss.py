"""How little predicted and true lesions overlap."""

import keras
from keras import ops

from dmtdr_tf.errors import UserError


@keras.saving.register_keras_serializable(package="dmtdr_tf")
class DiceLoss(keras.losses.Loss):
    """One minus the dice coefficient, per image and lesion.

    `1 - (2 * sum(S_pred * S) + smooth) / (sum(S_pred) + sum(S) + smooth)`,
    averaged over the lesions. The smoothing term defines the loss of a lesion
    that the photograph does not have: 0 when nothing is predicted, near 1
    when much is.

    Args:
        smooth: The smoothing term, in pixels.
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

    Example: one pixel right, one missed: `1 - (2 + 1) / (1 + 2 + 1)`.

    >>> DiceLoss().call([[[[1.0], [1.0]]]], [[[[1.0], [0.0]]]])
    [0.25]

    Reference:
        DeepMT-DR, eq. 7.
    """

    def __init__(
        self,
        smooth: float = 1.0,
        reduction="sum_over_batch_size",
        name="dice",
        dtype=None,
    ):
        super().__init__(name=name, reduction=reduction, dtype=dtype)
        if not smooth > 0:
            raise UserError(f"smooth must be above 0, not {smooth}")
        self.smooth = smooth

    def call(self, y_true, y_pred):
        y_true = ops.cast(y_true, "float32")
        y_pred = ops.cast(y_pred, "float32")
        overlap = ops.sum(y_true * y_pred, axis=(1, 2))  # [B, 4]
        area = ops.sum(y_true, axis=(1, 2)) + ops.sum(y_pred, axis=(1, 2))
        dice = (2 * overlap + self.smooth) / (area + self.smooth)
        return ops.mean(1 - dice, axis=-1)

    def get_config(self):
        return {**super().get_config(), "smooth": self.smooth}
