"""A rectifier that passes back positive gradients only, on demand."""

import contextlib
import threading
from collections.abc import Iterator

import keras
import tensorflow as tf

_state = threading.local()


@contextlib.contextmanager
def guided_gradients() -> Iterator[None]:
    """Makes every `GuidedReLU` differentiated inside pass gradients guided.

    Outside they have the gradient of a plain ReLU, so that one forward pass
    serves the map and the training of the network.
    """
    _state.guided = True
    try:
        yield
    finally:
        _state.guided = False


class GuidedReLU(keras.layers.Layer):
    """ReLU with the gradient `g * (g > 0) * (x > 0)` in guided backprop.

    Inside `guided_gradients` only; elsewhere the gradient is `g * (x > 0)`.

    Input shape:
        Any.

    Output shape:
        As the input.

    Reference:
        Springenberg et al. 2014, "Striving for Simplicity: The All
        Convolutional Net".
    """

    def call(self, inputs):
        return _guided_relu(inputs)

    def compute_output_shape(self, input_shape):
        return input_shape


@tf.custom_gradient
def _guided_relu(x):
    def gradient(upstream):
        # Read when the gradient is taken, not when the layer is called.
        if getattr(_state, "guided", False):
            upstream = tf.nn.relu(upstream)
        return tf.where(x > 0, upstream, tf.zeros_like(upstream))

    return tf.nn.relu(x), gradient
