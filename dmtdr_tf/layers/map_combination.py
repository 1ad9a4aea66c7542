"""Combines intermediate lesion maps of several resolutions into one."""

from typing import Any

import keras
import tensorflow as tf
from keras import initializers, ops

from dmtdr_tf.files.errors import UserError

__all__ = ["MapCombination"]


@keras.saving.register_keras_serializable(package="dmtdr_tf")
class MapCombination(keras.layers.Layer):
    """Sums maps from coarse to fine with learned weights.

    `y_1 = w_1 x_1`, `y_k = up2(y_{k-1}) + w_k x_k`, and the output is
    `y_K + b`. Because bilinear upsampling is linear, this is the weighted sum
    of all maps upsampled to the finest, at a fraction of its cost.

    Args:
        prior: Probability that the bias `b` starts from; lesions are rare.
        **kwargs: As `keras.layers.Layer`.

    Input shape:
        A list of `[B, H_k, W_k, C]`, each twice the size of the one before.

    Output shape:
        `[B, H_K, W_K, C]` float32 logits.

    Raises:
        UserError: `prior` is outside (0, 1).

    Example:
    >>> layer = MapCombination(prior=0.5)
    >>> coarse, fine = ops.ones((1, 1, 1, 1)), ops.ones((1, 2, 2, 1))
    >>> layer([coarse, fine]).numpy().ravel()
    array([2., 2., 2., 2.], dtype=float32)

    Reference:
        DeepMT-DR, Figure 3: multi-scale intermediate maps and their
        combination.
    """

    def __init__(self, prior: float = 0.01, **kwargs: Any):
        super().__init__(**kwargs)
        if not 0 < prior < 1:
            raise UserError(f"must be in (0, 1), not {prior}", argument="prior")
        self.prior = prior

    def build(self, input_shape: Any) -> None:
        channels = input_shape[0][-1]
        self.scales = self.add_weight(
            shape=(len(input_shape), channels),
            initializer="ones",
            name="scales",
            autocast=False,
        )
        odds = self.prior / (1 - self.prior)
        self.bias = self.add_weight(
            shape=(channels,),
            initializer=initializers.Constant(float(ops.log(odds))),
            name="bias",
            autocast=False,
        )

    def call(self, inputs: Any) -> Any:
        # Also where the weights are of another type.
        scales = ops.cast(self.scales, "float32")
        total = scales[0] * ops.cast(inputs[0], "float32")
        for k, finer in enumerate(inputs[1:], start=1):
            # Not `ops.image.resize`: it refuses a size that only the graph
            # knows.
            total = tf.image.resize(total, ops.shape(finer)[1:3])
            total = total + scales[k] * ops.cast(finer, "float32")
        return total + ops.cast(self.bias, "float32")

    def compute_output_spec(self, inputs: Any) -> keras.KerasTensor:
        return keras.KerasTensor(inputs[-1].shape, "float32")

    def get_config(self) -> dict[str, Any]:
        config = super().get_config()
        config.update(prior=self.prior)
        return config
