"""A convolution in the form that a device computes fastest, for inference."""

from typing import Any

import keras
from keras import ops

from dmtdr_tf.exporting.litert.device.folded_convolution import (
    convolve,
    fold,
    fold_of,
    unfold,
)

__all__ = ["DeviceConvolution"]


class DeviceConvolution(keras.layers.Layer):
    """A convolution that computes several columns at a time.

    It gives the same values as the layer it is made from, and copies that
    layer's current weights.

    Args:
        convolution: A built `Conv2D` with padding `"same"` and no activation.

    Input shape:
        `[B, H, W, C]`, static; the stride divides `H` and `W`.

    Output shape:
        The same as the convolution's.
    """

    def __init__(self, convolution: keras.layers.Conv2D):
        super().__init__(name=convolution.name, dtype="float32")
        self.convolution = convolution
        self.kernel = ops.convert_to_numpy(convolution.kernel)
        self.bias = None
        if convolution.use_bias:
            self.bias = ops.convert_to_numpy(convolution.bias)

    def call(self, inputs: Any) -> Any:
        stride = self.convolution.strides[0]
        columns = fold_of(self.kernel.shape[-1], inputs.shape[2] // stride)
        folded = fold(inputs, columns * stride)
        folded = convolve(folded, self.kernel, self.bias, columns, stride)
        return unfold(folded, columns)

    def compute_output_shape(self, input_shape: Any) -> Any:
        return self.convolution.compute_output_shape(input_shape)
