"""Agreement beyond chance."""

from typing import Any, Literal

import keras
from keras import ops

from dmtdr_tf.files.errors import UserError
from dmtdr_tf.labels import GRADES
from dmtdr_tf.metrics.confusion_matrix import ConfusionMatrix

__all__ = ["CohenKappa", "Weights", "cohen_kappa"]

Weights = Literal["linear", "quadratic"] | None

_POWERS: dict[Weights, int] = {None: 0, "linear": 1, "quadratic": 2}


def cohen_kappa(counts: Any, weights: Weights = None) -> Any:
    """Computes Cohen's kappa from a confusion matrix.

    `1 - sum(w * counts) / sum(w * expected)`, with the counts that both
    marginals would give by chance, and the disagreement `w[i, j]` = 1 off the
    diagonal, `|i - j|` or `(i - j)^2`.

    Args:
        counts: `[n, n]` confusion matrix, true classes in rows.
        weights: None, `"linear"` or `"quadratic"`.

    Returns:
        Kappa in [-1, 1]. Where chance alone would always agree (an empty
        matrix, or one class only) kappa is undefined; it is 0 here.
    """
    # float64 keeps sums of many photographs apart from their chance term.
    counts = ops.cast(counts, "float64")
    classes = ops.arange(counts.shape[0], dtype="float64")
    distance = ops.abs(classes[:, None] - classes[None, :])
    power = _POWERS[weights]
    w = distance**power if power else ops.sign(distance)
    expected = ops.sum(counts, 1)[:, None] * ops.sum(counts, 0)[None, :]
    observed = ops.sum(w * counts) * ops.sum(counts)
    chance = ops.sum(w * expected)
    kappa = 1.0 - ops.divide_no_nan(observed, chance)
    return ops.where(chance > 0, kappa, ops.zeros_like(kappa))


@keras.saving.register_keras_serializable(package="dmtdr_tf")
class CohenKappa(ConfusionMatrix):
    """Cohen's kappa of predicted classes, plain or weighted.

    Args:
        num_classes: Number of classes.
        weights: None counts every disagreement alike, `"linear"` by its
            distance, `"quadratic"` by its square.
        name: Name of the metric.
        dtype: Ignored: computed in float64, given as float32.

    Input shape:
        As `ConfusionMatrix`: classes `[B]` or scores `[B, num_classes]`, and
        `[B]` sample weights, 0 where the class is unknown.

    Output shape:
        A scalar in [-1, 1], float32; 0 where undefined.

    Raises:
        UserError: `weights` is unknown, or `num_classes` is below 2.

    Example: 3 of 4 agree; by chance 2 would: `1 - 1/2`.

    >>> metric = CohenKappa(2)
    >>> metric.update_state([0, 0, 1, 1], [0, 0, 0, 1])
    >>> float(metric.result())
    0.5

    Reference:
        Cohen 1960; Cohen 1968 for the weights.
    """

    def __init__(
        self,
        num_classes: int = len(GRADES),
        weights: Weights = None,
        name: str = "kappa",
        dtype: Any = None,
    ):
        super().__init__(num_classes, name=name)
        if weights not in _POWERS:
            raise UserError(
                f"must be one of {tuple(_POWERS)}, not {weights!r}",
                argument="weights",
            )
        self.weights = weights

    def result(self) -> Any:
        return ops.cast(cohen_kappa(self.counts, self.weights), "float32")

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "weights": self.weights}
