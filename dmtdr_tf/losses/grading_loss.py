"""The weighted cross-entropy of the grade."""

from typing import Any

import keras
from keras import ops

from dmtdr_tf.files.errors import UserError
from dmtdr_tf.labels import GRADES

__all__ = ["GradingLoss"]


@keras.saving.register_keras_serializable(package="dmtdr_tf")
class GradingLoss(keras.losses.Loss):
    """Cross-entropy whose weight grows with the distance of the grades.

    `(abs(l_pred - l) + 1) / sum_i(abs(i - l) + 1) * -log p[l]`, where the
    predicted grade `l_pred` is the arg max, a constant. As printed, without
    the `+ 1` of the numerator, every right answer has loss 0 however unsure
    it is; `literal` keeps that form.

    Args:
        literal: Whether to take eq. 9 as printed.
        grade_weights: Factor per true grade; empty for none.
        reduction: How `__call__` reduces over the batch.
        name: Name of the loss.
        dtype: Of the values that `__call__` returns; float32 inside.

    Input shape:
        y_true: `[B]` integer grades. The loss of an unknown grade, -1,
            is finite but meaningless: mask it.
        y_pred: `[B, 5]` logits.

    Output shape:
        `[B]` from `call`, float32.

    Raises:
        UserError: `grade_weights` does not hold one non-negative number per
            grade.

    Example: equal logits and true grade 0: `log(5) * (0 + 1) / 15`.

    >>> round(float(GradingLoss().call([0], [[0.0] * 5])[0]), 4)
    0.1073

    Reference:
        DeepMT-DR, eq. 9.
    """

    def __init__(
        self,
        literal: bool = False,
        grade_weights: tuple[float, ...] = (),
        reduction: str | None = "sum_over_batch_size",
        name: str = "grading",
        dtype: Any = None,
    ):
        super().__init__(name=name, reduction=reduction, dtype=dtype)
        grade_weights = tuple(grade_weights)
        if len(grade_weights) not in (0, len(GRADES)) or any(
            not weight >= 0 for weight in grade_weights
        ):
            raise UserError(
                f"must be {len(GRADES)} non-negative numbers or empty, not "
                f"{grade_weights}",
                argument="grade_weights",
            )
        self.literal = literal
        self.grade_weights = grade_weights

    def call(self, y_true: Any, y_pred: Any) -> Any:
        logits = ops.cast(y_pred, "float32")
        # Clipped, because cross-entropy is NaN where the grade is no index.
        grade = ops.clip(ops.cast(y_true, "int32"), 0, len(GRADES) - 1)
        entropy = ops.sparse_categorical_crossentropy(
            grade, logits, from_logits=True
        )
        return self._weight(grade, logits) * entropy

    def _weight(self, grade: Any, logits: Any) -> Any:
        """The factor before the cross-entropy: `[B]`, a constant."""
        true = ops.cast(grade, "float32")
        predicted = ops.cast(ops.argmax(logits, axis=-1), "float32")
        grades = ops.arange(len(GRADES), dtype="float32")
        distances = ops.abs(grades - true[:, None]) + 1  # [B, 5]
        error = ops.abs(predicted - true) + (0.0 if self.literal else 1.0)
        weight = error / ops.sum(distances, axis=-1)
        if self.grade_weights:
            weight = weight * ops.take(
                ops.convert_to_tensor(self.grade_weights, "float32"), grade
            )
        return weight

    def get_config(self) -> dict[str, Any]:
        config = super().get_config()
        config.update(literal=self.literal, grade_weights=self.grade_weights)
        return config
