"""The grader in a form whose gradients a device can compute."""

import dataclasses
from typing import Any

import keras
import tensorflow as tf
from keras import ops

from dmtdr_tf.exporting.litert.device_layers import DeviceConvolution
from dmtdr_tf.layers.spatial_pyramid_pooling import SpatialPyramidPooling
from dmtdr_tf.models.grading import GradingNetwork


@dataclasses.dataclass
class DeviceGrader:
    """A grader whose backward pass has LiteRT's built-in operators only.

    The same layers and weights as the grader that it is made from, and the
    same values; but TensorFlow's gradients of a rectifier, a pooling and a
    slice are operators that LiteRT lacks, and these are written otherwise.
    It is a `Grader` for evidence maps at inference, `gmsv` and `grad_cam`,
    of photographs of one static size.

    Args:
        backbone: As `Grader`'s.
        head: As `Grader`'s.

    Example:
    >>> device = DeviceGrader.of(model.grader)
    >>> evidence = gmsv(device, photographs, lesions)
    """

    backbone: Any
    head: Any

    @classmethod
    def of(cls, grader: GradingNetwork) -> "DeviceGrader":
        """Makes the form of a grader that a device can run.

        Args:
            grader: The grading network; its weights are shared, but for the
                stem's, which are copied.
        """
        return cls(
            *(
                keras.models.clone_model(half, clone_function=_device_layer)
                for half in (grader.backbone, grader.head)
            )
        )


def _device_layer(layer):
    """The same layer, which shares its weights, unless its gradient differs.

    The stem's convolution, over the whole photograph, is replaced for its
    memory.
    """
    if layer.name == "stem_conv":
        return DeviceConvolution(layer)
    if isinstance(layer, keras.layers.ReLU):
        return _ReLU(name=layer.name)
    if isinstance(layer, keras.layers.MaxPooling2D):
        return _MaxPooling(layer)
    if isinstance(layer, SpatialPyramidPooling):
        return _Pyramid(layer.bins, layer.mode, name=layer.name)
    if getattr(layer, "activation", None) is keras.activations.relu:
        return _Dense(layer)
    if not isinstance(layer, keras.layers.Layer):
        # The one operation that is no layer: every other row and column.
        return _Thinning(name=layer.name)
    return layer


class _ReLU(keras.layers.Layer):
    def call(self, inputs):
        return _relu(inputs)

    def compute_output_shape(self, input_shape):
        return input_shape


class _Dense(keras.layers.Layer):
    """A dense layer with ReLU, its weights shared."""

    def __init__(self, dense):
        super().__init__(name=dense.name)
        self.dense = dense

    def call(self, inputs):
        # The weights as stored: the layer's call would rectify by itself.
        return _relu(ops.matmul(inputs, self.dense.kernel) + self.dense.bias)


class _MaxPooling(keras.layers.Layer):
    """A pooling that passes a gradient back evenly over its strides.

    GMSV reads of the gradient before the pool its mean over the map only,
    and that is the same wherever in its window a value goes: the search for
    the maximum can be left out. It holds for a pool below which no other
    level is.
    """

    def __init__(self, pooling):
        super().__init__(name=pooling.name)
        self.pooling = pooling

    def call(self, inputs):
        return _pool(inputs, self.pooling)

    def compute_output_shape(self, input_shape):
        return self.pooling.compute_output_shape(input_shape)


class _Pyramid(SpatialPyramidPooling):
    def crop(self, x, top, bottom, left, right):
        return _crop(x, (top, bottom, left, right))


class _Thinning(keras.Operation):
    def call(self, x, key):
        strides = [part.step or 1 for part in key]
        return _thin(x, key, strides[1])

    def compute_output_spec(self, x, key):
        return keras.KerasTensor(x[key].shape, x.dtype)


@tf.custom_gradient
def _relu(x):
    y = tf.nn.relu(x)

    def gradient(upstream):
        return upstream * tf.cast(y > 0, upstream.dtype)

    return y, gradient


def _pool(x, pooling):
    @tf.custom_gradient
    def pool(x):
        def gradient(upstream):
            size = x.shape[1:3]
            share = upstream.shape[1] * upstream.shape[2] / (size[0] * size[1])
            return tf.image.resize(upstream * share, size, method="nearest")

        return pooling(x), gradient

    return pool(x)


def _crop(x, edges):
    top, bottom, left, right = edges
    height, width = x.shape[1:3]
    around = ((0, 0), (top, height - bottom), (left, width - right), (0, 0))

    @tf.custom_gradient
    def crop(x):
        cut = x[:, top:bottom, left:right, :]
        return cut, lambda upstream: tf.pad(upstream, around)

    return crop(x)


def _thin(x, key, stride):
    @tf.custom_gradient
    def thin(x):
        def gradient(upstream):
            zeros = [tf.zeros_like(upstream)] * (stride * stride - 1)
            cells = tf.concat([upstream, *zeros], axis=-1)
            return tf.nn.depth_to_space(cells, stride)

        return x[key], gradient

    return thin(x)
