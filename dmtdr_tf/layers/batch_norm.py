"""Batch normalization, synchronized across replicas."""

from typing import Any

import keras

__all__ = ["BatchNorm"]


@keras.saving.register_keras_serializable(package="dmtdr_tf")
class BatchNorm(keras.layers.BatchNormalization):
    """Batch normalization whose statistics are those of the global batch.

    As `keras.layers.BatchNormalization(synchronized=True)`, with the momentum
    that few training steps need.

    Args:
        momentum: Of the moving statistics.
        epsilon: Added to the variance.
        synchronized: Whether the statistics are those of all replicas.
        **kwargs: As `keras.layers.BatchNormalization`.

    Input shape:
        `[B, ..., C]`.

    Output shape:
        As the input.
    """

    def __init__(
        self,
        momentum: float = 0.95,
        epsilon: float = 1e-3,
        synchronized: bool = True,
        **kwargs: Any,
    ):
        super().__init__(
            momentum=momentum,
            epsilon=epsilon,
            synchronized=synchronized,
            **kwargs,
        )
