"""The grader in a form whose gradients a device can compute."""

import dataclasses
from typing import Any

import keras
import tensorflow as tf
from keras import ops

from dmtdr_tf.exporting.litert.device.convolution import DeviceConvolution
from dmtdr_tf.layers.spatial_pyramid_pooling import SpatialPyramidPooling
from dmtdr_tf.models.grading import GradingNetwork

__all__ = ["DeviceGrader"]


@dataclasses.dataclass
class DeviceGrader:
    """A grader whose backward pass uses LiteRT's built-in operators only.

    It has the layers, weights and values of the grader it is made from. What
    differs are the gradients of a rectifier, a pooling and a slice: TensorFlow
    writes them with operators that LiteRT lacks. Use it as the `Grader` of
    `gmsv` and `grad_cam`, at inference, on photographs of one static size.

    Args:
        backbone: As `Grader`'s.
        head: As `Grader`'s.

    Example:
    ```python
    device = DeviceGrader.of(model.grader)
    evidence = gmsv(device, photographs, lesions)
    ```
    """

    backbone: Any
    head: Any

    @classmethod
    def of(cls, grader: GradingNetwork) -> "DeviceGrader":
        """Converts a grader to the form that a device can run.

        Args:
            grader: The grading network. Its weights are shared, except for
                the stem's, which are copied.
        """
        return cls(
            *(
                keras.models.clone_model(half, clone_function=_device_layer)
                for half in (grader.backbone, grader.head)
            )
        )


def _device_layer(layer: Any) -> Any:
    """The layer itself, or one that shares its weights and can be derived.

    The stem's convolution runs over the whole photograph; it is replaced to
    save memory.
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
    def call(self, inputs: Any) -> Any:
        return _relu(inputs)

    def compute_output_shape(self, input_shape: Any) -> Any:
        return input_shape


class _Dense(keras.layers.Layer):
    """A dense layer with ReLU that shares its weights."""

    def __init__(self, dense: keras.layers.Dense):
        super().__init__(name=dense.name)
        self.dense = dense

    def call(self, inputs: Any) -> Any:
        # The stored weights, because calling the layer would rectify too.
        return _relu(ops.matmul(inputs, self.dense.kernel) + self.dense.bias)


class _MaxPooling(keras.layers.Layer):
    """A pooling that passes a gradient back evenly over its strides.

    GMSV reads only the mean over the map of the gradient before the pool, and
    that mean does not depend on where in its window a value goes: the search
    for the maximum can be left out. This holds for a pool with no other level
    below it.
    """

    def __init__(self, pooling: keras.layers.MaxPooling2D):
        super().__init__(name=pooling.name)
        self.pooling = pooling

    def call(self, inputs: Any) -> Any:
        return _pool(inputs, self.pooling)

    def compute_output_shape(self, input_shape: Any) -> Any:
        return self.pooling.compute_output_shape(input_shape)


class _Pyramid(SpatialPyramidPooling):
    def crop(self, x: Any, top: Any, bottom: Any, left: Any, right: Any) -> Any:
        return _crop(x, (top, bottom, left, right))


class _Thinning(keras.Operation):
    def call(self, x: Any, key: Any) -> Any:
        strides = [part.step or 1 for part in key]
        return _thin(x, key, strides[1])

    def compute_output_spec(self, x: Any, key: Any) -> keras.KerasTensor:
        return keras.KerasTensor(x[key].shape, x.dtype)


@tf.custom_gradient
def _relu(x: tf.Tensor) -> Any:
    y = tf.nn.relu(x)

    def gradient(upstream: tf.Tensor) -> tf.Tensor:
        return upstream * tf.cast(y > 0, upstream.dtype)

    return y, gradient


def _pool(x: tf.Tensor, pooling: keras.layers.MaxPooling2D) -> tf.Tensor:
    @tf.custom_gradient
    def pool(x: tf.Tensor) -> Any:
        def gradient(upstream: tf.Tensor) -> tf.Tensor:
            size = x.shape[1:3]
            share = upstream.shape[1] * upstream.shape[2] / (size[0] * size[1])
            return tf.image.resize(upstream * share, size, method="nearest")

        return pooling(x), gradient

    return pool(x)


def _crop(x: tf.Tensor, edges: tuple[int, int, int, int]) -> tf.Tensor:
    top, bottom, left, right = edges
    height, width = x.shape[1:3]
    around = ((0, 0), (top, height - bottom), (left, width - right), (0, 0))

    @tf.custom_gradient
    def crop(x: tf.Tensor) -> Any:
        cut = x[:, top:bottom, left:right, :]
        return cut, lambda upstream: tf.pad(upstream, around)

    return crop(x)


def _thin(x: tf.Tensor, key: Any, stride: int) -> tf.Tensor:
    @tf.custom_gradient
    def thin(x: tf.Tensor) -> Any:
        def gradient(upstream: tf.Tensor) -> tf.Tensor:
            zeros = [tf.zeros_like(upstream)] * (stride * stride - 1)
            cells = tf.concat([upstream, *zeros], axis=-1)
            return tf.nn.depth_to_space(cells, stride)

        return x[key], gradient

    return thin(x)
