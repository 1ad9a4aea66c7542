"""One AdamW for all subnets, with a learning rate of its own for each."""

from collections.abc import Sequence

import keras


@keras.saving.register_keras_serializable(package="dmtdr_tf")
class SubnetAdamW(keras.optimizers.AdamW):
    """AdamW whose learning rate is multiplied variable by variable.

    Adam's update does not depend on a gradient's scale, so one optimiser can
    serve objectives that know nothing of each other.

    Args:
        learning_rate: A number or a schedule.
        multipliers: One factor per variable, in the order in which the
            optimiser is built; empty for 1 everywhere.
        **kwargs: As `keras.optimizers.AdamW`.

    Reference:
        Loshchilov and Hutter 2019, "Decoupled Weight Decay Regularization".
    """

    def __init__(
        self, learning_rate=1e-3, multipliers: Sequence[float] = (), **kwargs
    ):
        super().__init__(learning_rate, **kwargs)
        self.multipliers = list(multipliers)

    def update_step(self, gradient, variable, learning_rate):
        if self.multipliers:
            index = self._get_variable_index(variable)
            learning_rate = learning_rate * self.multipliers[index]
        super().update_step(gradient, variable, learning_rate)

    def get_config(self):
        config = super().get_config()
        config.update(multipliers=self.multipliers)
        return config
