"""One AdamW for all subnets, with a learning rate of its own for each."""

import types
from collections.abc import Sequence
from typing import Any

import keras
import tensorflow as tf

from dmtdr_tf.files.errors import UserError

__all__ = ["SubnetAdamW"]


@keras.saving.register_keras_serializable(package="dmtdr_tf")
class SubnetAdamW(keras.optimizers.AdamW):
    """AdamW with a factor of the learning rate for each variable.

    Adam's update does not depend on the scale of a gradient, so one optimizer
    can serve independent objectives.

    With `use_ema` it keeps an exponential moving average of the variables,
    which `averaged_weights` puts into the model.

    Args:
        learning_rate: A number or a schedule.
        multipliers: One factor per variable, in the order in which the
            optimizer is built; empty for 1 everywhere.
        **kwargs: As `keras.optimizers.AdamW`.

    Raises:
        UserError: From `build`: there is not one factor per variable.

    Example:
    >>> slow, fast = keras.Variable([1.0]), keras.Variable([1.0])
    >>> optimizer = SubnetAdamW(0.1, [1.0, 2.0], weight_decay=0.0)
    >>> optimizer.apply([[3.0], [3.0]], [slow, fast])
    >>> [round(float(variable[0]), 3) for variable in (slow, fast)]
    [0.9, 0.8]

    Reference:
        Loshchilov and Hutter 2019, "Decoupled Weight Decay Regularization".
    """

    def __init__(
        self,
        learning_rate: Any = 1e-3,
        multipliers: Sequence[float] = (),
        **kwargs: Any,
    ):
        super().__init__(learning_rate, **kwargs)
        self.multipliers = list(multipliers)
        self._multiplier_of: Any = types.MappingProxyType({})
        self.learned: tuple[keras.Variable, ...] = ()

    @property
    def averages(self) -> list[keras.Variable]:
        """The moving averages of `learned` with `use_ema`, in their order."""
        return [v for v in self.variables if v.name.endswith("_average")]

    def build(self, variables: Sequence[keras.Variable]) -> None:
        super().build(variables)
        self.learned = tuple(variables)
        if not self.multipliers:
            return
        if len(self.multipliers) != len(variables):
            raise UserError(
                f"{len(self.multipliers)} do not fit {len(variables)} "
                "variable(s)",
                argument="multipliers",
            )
        strategy = tf.distribute.get_strategy()
        # By the replicas' own variables: an update sees only those. A proxy,
        # because Keras and TensorFlow track the dictionaries of an optimizer.
        self._multiplier_of = types.MappingProxyType(
            {
                local.ref(): multiplier
                for variable, multiplier in zip(
                    variables, self.multipliers, strict=True
                )
                for local in strategy.experimental_local_results(variable.value)
            }
        )

    def update_step(
        self, gradient: Any, variable: Any, learning_rate: Any
    ) -> None:
        if self.multipliers:
            if isinstance(variable, keras.Variable):
                variable = variable.value
            learning_rate = learning_rate * self._multiplier_of[variable.ref()]
        super().update_step(gradient, variable, learning_rate)

    def finalize_variable_values(self, var_list: Any) -> None:
        """Keeps the latest weights at the end of `fit`.

        Keras would replace them by their averages, and pairs those with all
        trainable variables of the model, of which a phase trains some. See
        `averaged_weights`.
        """

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "multipliers": self.multipliers}
