"""Layers in the form that a device computes fastest, for inference."""

import keras
import numpy as np
from keras import ops

from dmtdr_tf.exporting.litert.folded_convolution import (
    LANES,
    convolve,
    fold,
    fold_of,
    unfold,
)
from dmtdr_tf.layers.batch_norm import BatchNorm
from dmtdr_tf.layers.multi_scale_residual import MultiScaleResidual


class DeviceConvolution(keras.layers.Layer):
    """A convolution that computes several columns at a time.

    The same values as the layer that it is made from, with its weights as
    they are now.

    Args:
        convolution: A built `Conv2D` with padding `"same"` and no activation.

    Input shape:
        `[B, H, W, C]`, static; the stride divides `H` and `W`.

    Output shape:
        As the convolution's.
    """

    def __init__(self, convolution: keras.layers.Conv2D):
        super().__init__(name=convolution.name, dtype="float32")
        self.convolution = convolution
        self.kernel = ops.convert_to_numpy(convolution.kernel)
        self.bias = None
        if convolution.use_bias:
            self.bias = ops.convert_to_numpy(convolution.bias)

    def call(self, inputs):
        stride = self.convolution.strides[0]
        columns = fold_of(self.kernel.shape[-1], inputs.shape[2] // stride)
        folded = fold(inputs, columns * stride)
        folded = convolve(folded, self.kernel, self.bias, columns, stride)
        return unfold(folded, columns)

    def compute_output_shape(self, input_shape):
        return self.convolution.compute_output_shape(input_shape)


class DeviceMultiScaleResidual(keras.layers.Layer):
    """A multi-scale residual module of fewer and faster operators.

    Normalisation is part of the kernels, the two parallel convolutions are
    one of 5x5 where each alone would leave most of a register idle, and
    several columns are computed at a time. The same values as the module that
    it is made from, with its weights as they are now, but for rounding.

    Args:
        module: A built module.

    Input shape:
        `[B, H, W, C]`, static.

    Output shape:
        `[B, H, W, filters]`.
    """

    def __init__(self, module: MultiScaleResidual):
        super().__init__(name=module.name, dtype="float32")
        self.filters = module.filters
        fine, coarse, merge, identity = (
            ops.convert_to_numpy(layer.kernel)
            for layer in (
                module.fine,
                module.coarse,
                module.merge,
                module.identity,
            )
        )
        scale, self.inner_bias = _inference(module.inner_norm)
        half = self.filters // 2
        fine, coarse = fine * scale[:half], coarse * scale[half:]
        if half < LANES:
            around = ((1, 1), (1, 1), (0, 0), (0, 0))
            self.inner = [np.concatenate([np.pad(fine, around), coarse], -1)]
        else:
            self.inner = [fine, coarse]
        scale, self.outer_bias = _inference(module.outer_norm)
        self.merge, self.identity = merge * scale, identity

    def call(self, inputs):
        columns = fold_of(self.filters, inputs.shape[2])
        folded = fold(inputs, columns)
        parts, start = [], 0
        for kernel in self.inner:
            end = start + kernel.shape[-1]
            bias = self.inner_bias[start:end]
            parts.append(ops.relu(convolve(folded, kernel, bias, columns)))
            start = end
        inner = parts[0] if len(parts) == 1 else ops.concatenate(parts, -1)
        outer = convolve(inner, self.merge, self.outer_bias, columns)
        identity = convolve(folded, self.identity, None, columns)
        return unfold(ops.relu(outer + identity), columns)

    def compute_output_shape(self, input_shape):
        return (*input_shape[:-1], self.filters)


class DeviceUpsampling(keras.layers.Layer):
    """A transposed convolution as a 1x1 convolution with depth-to-space.

    The same values as the layer that it is made from, with its weights as
    they are now. A runtime's transposed convolution keeps a pointer for each
    pixel and tap.

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

    def call(self, inputs):
        cells = ops.conv(inputs, self.kernel) + self.bias
        return ops.depth_to_space(cells, self.stride)

    def compute_output_shape(self, input_shape):
        return self.transposed.compute_output_shape(input_shape)


def _inference(norm: BatchNorm) -> tuple[np.ndarray, np.ndarray]:
    """Scale and bias of a normalisation at inference: two of `[C]`."""
    mean, variance, gamma, beta = (
        ops.convert_to_numpy(weight)
        for weight in (
            norm.moving_mean,
            norm.moving_variance,
            norm.gamma,
            norm.beta,
        )
    )
    scale = gamma / np.sqrt(variance + norm.epsilon)
    return scale, beta - mean * scale
