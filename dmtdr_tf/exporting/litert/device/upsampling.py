"""A transposed convolution in the form that a device computes fastest."""

from typing import Any

import keras
import numpy as np
from keras import ops

__all__ = ["DeviceUpsampling"]


class DeviceUpsampling(keras.layers.Layer):
    """A transposed convolution as a 1x1 convolution with depth-to-space.

    It gives the same values as the layer it is made from, and copies that
    layer's current weights. A runtime's own transposed convolution keeps a
    pointer for each pixel and tap.

    Args:
        transposed: A built `Conv2DTranspose` whose kernel is as large as its
            stride.

    Input shape:
        `[B, H, W, C]`.

    Output shape:
        `[B, stride * H, stride * W, filters]`.
    """

    def __init__(self, transposed: keras.layers.Conv2DTranspose):
        super().__init__(name=transposed.name, dtype="float32")
        self.transposed = transposed
        kernel = ops.convert_to_numpy(transposed.kernel)
        self.stride = kernel.shape[0]
        channels = kernel.shape[-1]
        # [s, s, F, C] to [1, 1, C, s * s * F].
        self.kernel = np.moveaxis(kernel, -1, 0).reshape(1, 1, channels, -1)
        bias = ops.convert_to_numpy(transposed.bias)
        self.bias = np.tile(bias, self.stride**2)

    def call(self, inputs: Any) -> Any:
        cells = ops.conv(inputs, self.kernel) + self.bias
        return ops.depth_to_space(cells, self.stride)

    def compute_output_shape(self, input_shape: Any) -> Any:
        return self.transposed.compute_output_shape(input_shape)
