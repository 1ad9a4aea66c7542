"""The classification-aware part of the task-aware loss."""

from typing import Any

import keras
from keras import ops

from dmtdr_tf.files.errors import UserError
from dmtdr_tf.losses.reduction import image_mean

__all__ = ["ClassificationAwareLoss"]


@keras.saving.register_keras_serializable(package="dmtdr_tf")
class ClassificationAwareLoss(keras.losses.Loss):
    """Keeps the evidence for the grade where it was before super-resolution.

    `mean((m(V_sr) - m(V_hr))^2)` per image: the share of pixels that are
    evidence in one photograph only. `m` is whether the map exceeds the
    threshold phi. A hard step has no gradient, so `m` is
    `sigmoid((V - phi) / tau)`, or a step whose gradient is that of the
    sigmoid. The high-resolution side is a constant.

    Args:
        threshold: phi, on maps in [0, 1].
        temperature: tau; the smaller, the steeper.
        straight_through: Whether the forward pass takes the hard step.
        reduction: How `__call__` reduces over the batch.
        name: Name of the loss.
        dtype: Of the values that `__call__` returns; float32 inside.

    Input shape:
        y_true: `[B, H, W, 1]` evidence of the high-resolution photograph.
        y_pred: `[B, H, W, 1]` evidence of the super-resolved one.

    Output shape:
        `[B]` from `call`, float32.

    Raises:
        UserError: `threshold` is outside [0, 1], or `temperature` is not
            above 0.

    Example:
    >>> loss = ClassificationAwareLoss(straight_through=True)
    >>> values = loss.call(ops.zeros((1, 2, 2, 1)), ops.ones((1, 2, 2, 1)))
    >>> ops.convert_to_numpy(values)
    array([1.], dtype=float32)

    Reference:
        DeepMT-DR, eq. 4, its circled plus read as exclusive or.
    """

    def __init__(
        self,
        threshold: float = 0.5,
        temperature: float = 0.1,
        straight_through: bool = False,
        reduction: str | None = "sum_over_batch_size",
        name: str = "classification_aware",
        dtype: Any = None,
    ):
        super().__init__(name=name, reduction=reduction, dtype=dtype)
        if not 0 <= threshold <= 1:
            raise UserError(
                f"must be in [0, 1], not {threshold}", argument="threshold"
            )
        if not temperature > 0:
            raise UserError(
                f"must be above 0, not {temperature}", argument="temperature"
            )
        self.threshold = threshold
        self.temperature = temperature
        self.straight_through = straight_through

    def call(self, y_true: Any, y_pred: Any) -> Any:
        constant = ops.stop_gradient(self._exceeds(y_true))
        return image_mean(ops.square(self._exceeds(y_pred) - constant))

    def _exceeds(self, evidence: Any) -> Any:
        """Whether the map exceeds the threshold, with a gradient."""
        distance = ops.cast(evidence, "float32") - self.threshold
        soft = ops.sigmoid(distance / self.temperature)
        if not self.straight_through:
            return soft
        hard = ops.cast(distance > 0, "float32")
        # Hard before soft minus soft: exactly 0 or 1, no rounding error.
        return hard + (soft - ops.stop_gradient(soft))

    def get_config(self) -> dict[str, Any]:
        config = super().get_config()
        config.update(
            threshold=self.threshold,
            temperature=self.temperature,
            straight_through=self.straight_through,
        )
        return config
