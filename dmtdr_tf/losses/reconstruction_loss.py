"""How far a super-resolved photograph is from the real one."""

from typing import Any, Literal

import keras
from keras import ops

from dmtdr_tf.files.errors import UserError
from dmtdr_tf.losses.reduction import image_mean

__all__ = ["ReconstructionLoss"]


@keras.saving.register_keras_serializable(package="dmtdr_tf")
class ReconstructionLoss(keras.losses.Loss):
    """Mean difference between the super-resolved and the real photograph.

    `mean(abs(Y_sr - Y))` or `mean((Y_sr - Y)^2)` per image.

    Args:
        kind: `"absolute"` (the paper) or `"squared"` (its code).
        reduction: How `__call__` reduces over the batch.
        name: Name of the loss.
        dtype: Of the values that `__call__` returns; float32 inside.

    Input shape:
        y_true: `[B, H, W, 3]` high-resolution photograph in [0, 1].
        y_pred: `[B, H, W, 3]` super-resolved photograph.

    Output shape:
        `[B]` from `call`, float32.

    Raises:
        UserError: `kind` is unknown.

    Example:
    >>> loss = ReconstructionLoss("squared")
    >>> values = loss.call([[[[0.0, 0.0, 0.0]]]], [[[[0.3, 0.0, 0.0]]]])
    >>> round(float(values[0]), 4)
    0.03

    Reference:
        DeepMT-DR, eq. 5.
    """

    def __init__(
        self,
        kind: Literal["absolute", "squared"] = "absolute",
        reduction: str | None = "sum_over_batch_size",
        name: str = "reconstruction",
        dtype: Any = None,
    ):
        super().__init__(name=name, reduction=reduction, dtype=dtype)
        if kind not in ("absolute", "squared"):
            raise UserError(
                f"must be 'absolute' or 'squared', not {kind!r}",
                argument="kind",
            )
        self.kind = kind

    def call(self, y_true: Any, y_pred: Any) -> Any:
        size = ops.abs if self.kind == "absolute" else ops.square
        y_true = ops.cast(y_true, "float32")
        return image_mean(size(ops.cast(y_pred, "float32") - y_true))

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "kind": self.kind}
