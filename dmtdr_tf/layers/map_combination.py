"""Combines intermediate lesion maps of several resolutions into one."""

import keras
import tensorflow as tf
from keras import initializers, ops


@keras.saving.register_keras_serializable(package="dmtdr_tf")
class MapCombination(keras.layers.Layer):
    """Sums maps from coarse to fine with learned weights.

    `y_1 = w_1 x_1`, `y_k = up2(y_{k-1}) + w_k x_k`, and the output is
    `y_K + b`. Because bilinear upsampling is linear, this is the weighted sum
    of all maps upsampled to the finest, at a fraction of its cost.

    Args:
        prior: Probability that the bias `b` starts from; lesions are rare.

    Input shape:
        A list of `[B, H_k, W_k, C]`, each twice the size of the one before.

    Output shape:
        `[B, H_K, W_K, C]` float32 logits.

    Reference:
        DeepMT-DR, Figure 3: multi-scale intermediate maps and their
        combination.
    """

    def __init__(self, prior: float = 0.01, **kwargs):
        super().__init__(**kwargs)
        self.prior = prior

    def build(self, input_shape):
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

    def call(self, inputs):
        scales = self.scales
        total = scales[0] * ops.cast(inputs[0], "float32")
        for k, finer in enumerate(inputs[1:], start=1):
            # Not `ops.image.resize`: it refuses a size that only the graph
            # knows.
            total = tf.image.resize(total, ops.shape(finer)[1:3])
            total = total + scales[k] * ops.cast(finer, "float32")
        return total + self.bias

    def compute_output_spec(self, inputs):
        return keras.KerasTensor(inputs[-1].shape, "float32")

    def get_config(self):
        config = super().get_config()
        config.update(prior=self.prior)
        return config
