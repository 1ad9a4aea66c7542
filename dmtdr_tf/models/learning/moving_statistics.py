"""Batch norm's moving statistics, which a bad step must not change."""

import keras
import tensorflow as tf

__all__ = ["MovingStatistics"]


class MovingStatistics:
    """The moving statistics of a model before a training step.

    The forward pass of training updates them before it is known whether the
    step's losses and gradients are finite.

    Args:
        model: The model, before its forward pass.
    """

    def __init__(self, model: keras.Model):
        self._before = [
            (variable, tf.identity(variable.value))
            for variable in model.non_trainable_variables
            if variable.name.startswith("moving_")
        ]

    def restore_unless(self, finite: tf.Tensor) -> None:
        """Restores the statistics unless the step is good.

        Args:
            finite: Boolean scalar: whether the step is good.
        """
        for variable, before in self._before:
            variable.assign(tf.where(finite, variable, before))
