"""The multi-scale residual module in the form a device computes fastest."""

from typing import Any

import keras
import numpy as np
from keras import ops

from dmtdr_tf.exporting.litert.device.folded_convolution import (
    LANES,
    convolve,
    fold,
    fold_of,
    unfold,
)
from dmtdr_tf.layers.batch_norm import BatchNorm
from dmtdr_tf.layers.multi_scale_residual import MultiScaleResidual

__all__ = ["DeviceMultiScaleResidual"]


class DeviceMultiScaleResidual(keras.layers.Layer):
    """A multi-scale residual module of fewer and faster operators.

    Normalization is folded into the kernels. The two parallel convolutions
    become one of 5x5 where each alone would leave most of a vector register
    idle, and several columns are computed at a time. Apart from rounding, the
    values are those of the module it is made from, whose current weights it
    copies.

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
        scale, self.inner_bias = _scale_and_bias(module.inner_norm)
        half = self.filters // 2
        fine, coarse = fine * scale[:half], coarse * scale[half:]
        if half < LANES:
            around = ((1, 1), (1, 1), (0, 0), (0, 0))
            self.inner = [np.concatenate([np.pad(fine, around), coarse], -1)]
        else:
            self.inner = [fine, coarse]
        scale, self.outer_bias = _scale_and_bias(module.outer_norm)
        self.merge, self.identity = merge * scale, identity

    def call(self, inputs: Any) -> Any:
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

    def compute_output_shape(self, input_shape: Any) -> Any:
        return (*input_shape[:-1], self.filters)


def _scale_and_bias(norm: BatchNorm) -> tuple[np.ndarray, np.ndarray]:
    """Scale and bias of a normalization at inference, each `[C]`."""
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
