"""The grader with gradients that a device can compute."""

import keras
import tensorflow as tf
from keras import ops

from dmtdr_tf.layers.spatial_pyramid_pooling import SpatialPyramidPooling
from dmtdr_tf.models.grading import GradingNetwork


class DeviceGrader:
    """A grading network whose gradients are made of LiteRT's own operators.

    The same values and, but for ties in a pool's window, the same gradients
    as the network's, whose weights it shares. TensorFlow's own gradients of a
    ReLU, a max pool and a strided slice are operators that do not convert.

    Args:
        grader: A trained grading network.

    Example:
    >>> gmsv(DeviceGrader(model.grader), photographs, lesions)
    """

    def __init__(self, grader: GradingNetwork):
        self.backbone, self.head = (
            keras.models.clone_model(
                half, call_function=_call, clone_function=_device_layer
            )
            for half in (grader.backbone, grader.head)
        )


def _call(operation, *args, **kwargs):
    """Calls a layer of the copy; a slice of every second row, ours."""
    if isinstance(operation, keras.layers.Layer):
        return operation(*args, **kwargs)
    key = args[1] if len(args) > 1 else None
    if isinstance(key, tuple) and key[1] == key[2] == slice(None, None, 2):
        return _EverySecond()(args[0])
    return operation(*args, **kwargs)


def _device_layer(layer):
    """The same layer, which shares its weights, or ours in its place."""
    if isinstance(layer, keras.layers.ReLU):
        return _Relu(name=layer.name)
    if isinstance(layer, keras.layers.MaxPooling2D):
        return _MaxPool(name=layer.name)
    if isinstance(layer, SpatialPyramidPooling):
        return _Pyramid.from_config(layer.get_config())
    if getattr(layer, "activation", None) is keras.activations.relu:
        return _Dense(layer)
    return layer


class _Relu(keras.layers.Layer):
    def call(self, inputs):
        return _relu(inputs)

    def compute_output_shape(self, input_shape):
        return input_shape


@tf.custom_gradient
def _relu(x):
    def gradient(upstream):
        return upstream * tf.cast(x > 0, upstream.dtype)

    return tf.nn.relu(x), gradient


class _Halving(keras.layers.Layer):
    def compute_output_shape(self, input_shape):
        batch, height, width, channels = input_shape
        return (batch, height and height // 2, width and width // 2, channels)


class _EverySecond(_Halving):
    """Every second row and column."""

    def call(self, inputs):
        return _every_second(inputs)


@tf.custom_gradient
def _every_second(x):
    def gradient(upstream):
        zeros = tf.zeros_like(upstream)
        return _interleave([upstream, zeros, zeros, zeros])

    return x[:, ::2, ::2], gradient


class _MaxPool(_Halving):
    """A 3x3 max pool of stride 2, padded as "same", of even sides."""

    def call(self, inputs):
        return _max_pool(inputs)


@tf.custom_gradient
def _max_pool(x):
    pooled = tf.nn.max_pool2d(x, 3, 2, "SAME")

    def gradient(upstream):
        parts = _shares_of_window(x, pooled, upstream)
        # A pixel of an even row is also the last of the window above.
        planes = [
            sum(
                _shifted(parts[row, column], row // 2, column // 2)
                for row in ((0, 2) if odd_row == 0 else (1,))
                for column in ((0, 2) if odd_column == 0 else (1,))
            )
            for odd_row in (0, 1)
            for odd_column in (0, 1)
        ]
        return _interleave(planes)

    return pooled, gradient


def _shares_of_window(x, pooled, upstream):
    """Each window's gradient at the place of its first maximum.

    Returns row and column in the 3x3 window to `[B, h, w, C]`.
    """
    height, width = x.shape[1:3]
    # Even sides are padded at their end alone.
    least = tf.pad(
        x, [[0, 0], [0, 1], [0, 1], [0, 0]], constant_values=x.dtype.min
    )
    left, parts = upstream, {}
    for row in range(3):
        for column in range(3):
            seen = least[:, row : height + row : 2, column : width + column : 2]
            found = tf.cast(tf.equal(seen, pooled), x.dtype)
            parts[row, column] = left * found
            left = left * (1.0 - found)
    return parts


def _shifted(part, rows, columns):
    """Moves a map down and to the right, zeros coming in."""
    if not rows and not columns:
        return part
    height, width = part.shape[1:3]
    padded = tf.pad(part, [[0, 0], [rows, 0], [columns, 0], [0, 0]])
    return padded[:, :height, :width]


def _interleave(planes):
    """Makes `[B, 2h, 2w, C]` of its pixels at even and odd places."""
    return tf.nn.depth_to_space(tf.concat(planes, -1), 2)


class _Pyramid(SpatialPyramidPooling):
    """The pyramid, of cells whose gradient is a pad."""

    def cell(self, inputs, rows, columns):
        begin = (0, rows[0], columns[0], 0)
        size = (-1, rows[1] - rows[0], columns[1] - columns[0], -1)
        return tf.slice(inputs, begin, size)


class _Dense(keras.layers.Layer):
    """A dense layer with ReLU, its weights shared."""

    def __init__(self, dense):
        super().__init__(name=dense.name)
        self.dense = dense

    def call(self, inputs):
        # The kernel as stored: the layer's call would rectify its own way.
        return _relu(ops.matmul(inputs, self.dense.kernel) + self.dense.bias)
