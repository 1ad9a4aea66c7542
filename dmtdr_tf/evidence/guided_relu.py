"""A ReLU that can pass back positive gradients only."""

import contextlib
import threading
from collections.abc import Callable, Iterator
from typing import Any

import keras
import tensorflow as tf

__all__ = ["GuidedReLU", "guided_gradients"]

_state = threading.local()


@contextlib.contextmanager
def guided_gradients() -> Iterator[None]:
    """Guides the gradients of every `GuidedReLU` differentiated inside.

    Outside, they have the gradient of a plain ReLU, so that one forward pass
    serves both the map and the training of the network.
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

    Example:
    >>> x = tf.constant([1.0, 2.0, -1.0])
    >>> with tf.GradientTape() as tape:
    ...     tape.watch(x)
    ...     y = GuidedReLU()(x) * [5.0, -5.0, 5.0]
    >>> with guided_gradients():
    ...     tape.gradient(y, x).numpy()
    array([5., 0., 0.], dtype=float32)

    Reference:
        Springenberg et al. 2014, "Striving for Simplicity: The All
        Convolutional Net".
    """

    def call(self, inputs: Any) -> Any:
        return _guided_relu(inputs)

    def compute_output_shape(
        self, input_shape: tuple[int | None, ...]
    ) -> tuple[int | None, ...]:
        return input_shape


@tf.custom_gradient
def _guided_relu(x: Any) -> tuple[Any, Callable[[Any], Any]]:
    def gradient(upstream: Any) -> Any:
        # Read when the gradient is taken, not when the layer is called.
        if getattr(_state, "guided", False):
            upstream = tf.nn.relu(upstream)
        return tf.where(x > 0, upstream, tf.zeros_like(upstream))

    return tf.nn.relu(x), gradient
