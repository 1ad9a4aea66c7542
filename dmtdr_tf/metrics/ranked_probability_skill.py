"""How much better than the grades' frequencies the probabilities are."""

from typing import Any

import keras
from keras import ops

from dmtdr_tf.labels import GRADES

__all__ = ["RankedProbabilitySkill"]


@keras.saving.register_keras_serializable(package="dmtdr_tf")
class RankedProbabilitySkill(keras.metrics.Metric):
    """Ranked probability skill score of ordered classes.

    `1 - RPS / RPS_0`, where RPS is the mean over the samples of
    `sum_k (F_k - O_k)^2`: F_k is the predicted probability of class k or
    below, and O_k is 1 if the true class is k or below, else 0. RPS_0 is the
    RPS of a prediction that gives every sample the classes' frequencies among
    these very samples. It is 1 for a perfect prediction, 0 for one that knows
    only the frequencies, and below 0 for a worse one; 0 if all samples are of
    one class. The score is proper: no other probabilities than those believed
    give a better one.

    Args:
        classes: Number of classes.
        name: Name of the metric.
        dtype: Of the result.

    Example: one of two samples sure and right, the other undecided.

    >>> metric = RankedProbabilitySkill(2)
    >>> metric.update_state([0, 1], [[1.0, 0.0], [0.5, 0.5]])
    >>> float(metric.result())
    0.5

    Reference:
        Epstein 1969, "A Scoring System for Probability Forecasts of Ranked
        Categories"; Weigel et al. 2007 for the skill score.
    """

    def __init__(
        self,
        classes: int = len(GRADES),
        name: str = "ranked_probability_skill",
        dtype: Any = None,
    ):
        super().__init__(name=name, dtype=dtype)
        self.classes = classes
        self.error = self.add_weight(name="error", initializer="zeros")
        self.counts = self.add_weight(
            shape=(classes,), name="counts", initializer="zeros"
        )

    def update_state(
        self, y_true: Any, y_pred: Any, sample_weight: Any = None
    ) -> None:
        """Counts a batch.

        Args:
            y_true: `[B]` integer classes.
            y_pred: `[B, classes]` probabilities.
            sample_weight: `[B]`; a weight of 0 leaves a sample out.
        """
        true = ops.one_hot(ops.cast(y_true, "int32"), self.classes)
        below = ops.cumsum(ops.cast(y_pred, "float32"), axis=-1)
        error = ops.sum(ops.square(below - ops.cumsum(true, axis=-1)), axis=-1)
        weight = ops.ones_like(error)
        if sample_weight is not None:
            weight = ops.cast(sample_weight, "float32")
        self.error.assign_add(ops.sum(weight * error))
        self.counts.assign_add(ops.sum(weight[:, None] * true, axis=0))

    def result(self) -> Any:
        total = ops.sum(self.counts)
        below = ops.cumsum(self.counts) / ops.maximum(total, 1.0)
        reference = total * ops.sum(below * (1.0 - below))
        # Rounding may leave a little of what should be 0.
        known = reference > 1e-6 * total
        skill = 1.0 - self.error / ops.where(known, reference, 1.0)
        return ops.where(known, skill, 0.0)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "classes": self.classes}
