"""How often each class is predicted as each other."""

from typing import Any

import keras
from keras import ops

from dmtdr_tf.files.errors import UserError
from dmtdr_tf.labels import GRADES

__all__ = ["ConfusionMatrix"]


@keras.saving.register_keras_serializable(package="dmtdr_tf")
class ConfusionMatrix(keras.metrics.Metric):
    """Counts true classes (rows) against predicted ones (columns).

    A sample whose true class is outside `[0, num_classes)`, such as the -1 of
    an unknown grade, is not counted.

    Args:
        num_classes: Number of classes.
        name: Name of the metric.
        dtype: Ignored: the counts are float32, exact up to 2^24.

    Input shape:
        y_true: `[B]` or `[B, 1]` classes.
        y_pred: `[B]` or `[B, 1]` classes, or `[B, num_classes]` scores or
            logits, of which the largest counts.
        sample_weight: `[B]`; 0 leaves a sample out.

    Output shape:
        `[num_classes, num_classes]` float32.

    Raises:
        UserError: `num_classes` is below 2.

    Example: one sample of class 1 is predicted as 0.

    >>> metric = ConfusionMatrix(2)
    >>> metric.update_state([0, 1, 1], [0, 0, 1])
    >>> ops.convert_to_numpy(metric.result())
    array([[1., 0.],
           [1., 1.]], dtype=float32)
    """

    def __init__(
        self,
        num_classes: int = len(GRADES),
        name: str = "confusion_matrix",
        dtype: Any = None,
    ):
        super().__init__(name=name, dtype="float32")
        if num_classes < 2:
            raise UserError(
                f"must be at least 2, not {num_classes}",
                argument="num_classes",
            )
        self.num_classes = num_classes
        self.counts = self.add_variable(
            (num_classes, num_classes), "zeros", dtype="float32", name="counts"
        )

    def update_state(
        self, y_true: Any, y_pred: Any, sample_weight: Any = None
    ) -> None:
        y_pred = ops.convert_to_tensor(y_pred)
        shape = y_pred.shape
        if len(shape) == 2 and shape[-1] == self.num_classes:
            y_pred = ops.argmax(y_pred, axis=-1)
        rows, columns = (
            ops.one_hot(
                ops.reshape(ops.cast(y, "int32"), (-1,)),
                self.num_classes,
                dtype="float32",
            )
            for y in (y_true, y_pred)
        )
        if sample_weight is not None:
            weight = ops.cast(sample_weight, "float32")
            rows = rows * ops.reshape(weight, (-1, 1))
        self.counts.assign_add(ops.matmul(ops.transpose(rows), columns))

    def result(self) -> Any:
        return ops.convert_to_tensor(self.counts)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "num_classes": self.num_classes}
