"""The super-resolution subnet."""

import math
from collections.abc import Sequence
from typing import Any

import keras
from keras import layers, ops

from dmtdr_tf.files.errors import UserError
from dmtdr_tf.layers.bicubic_upsampling import BicubicUpsampling
from dmtdr_tf.layers.detail_kernels import DetailKernels

__all__ = ["SuperResolutionNetwork"]


@keras.saving.register_keras_serializable(package="dmtdr_tf")
class SuperResolutionNetwork(keras.Model):
    """Super-resolves a photograph: convolution, residual blocks, upscaling.

    A functional model. A 3x3 convolution, `blocks` residual blocks without
    batch normalization, log2(scale) x2 upscaling layers and a 3x3 convolution
    to RGB, whose output is either added to the bicubic upsampling or squashed
    to [0, 1] by `(tanh(x) + 1) / 2`.

    Args:
        scale: 2, 4 or 8.
        width: Channels.
        blocks: Residual blocks.
        upscaling: `"depth_to_space"` or `"transposed"` convolution.
        output: `"residual"` over bicubic, or `"tanh"`.
        dtype: Dtype policy of the layers; the global one by default. The
            output is always computed in float32.
        **kwargs: As `keras.Model`: `name` and `trainable`.

    Input shape:
        `[B, h, w, 3]` in [0, 1].

    Output shape:
        `[B, scale * h, scale * w, 3]` float32, about [0, 1]: a residual is
        not clipped, so that its gradient never vanishes.

    Raises:
        UserError: `scale` is not 2, 4 or 8, or `upscaling` or `output` is
            unknown.

    Example:
    >>> network = SuperResolutionNetwork(scale=4, width=8, blocks=1)
    >>> tuple(network(ops.zeros((1, 16, 24, 3))).shape)
    (1, 64, 96, 3)

    Reference:
        DeepMT-DR, "ISR Subnet".
    """

    def __init__(
        self,
        scale: int = 4,
        width: int = 32,
        blocks: int = 5,
        upscaling: str = "depth_to_space",
        output: str = "residual",
        dtype: Any = None,
        **kwargs: Any,
    ):
        _check("scale", scale, (2, 4, 8))
        _check("upscaling", upscaling, ("depth_to_space", "transposed"))
        _check("output", output, ("residual", "tanh"))
        policy = keras.dtype_policies.get(dtype)
        # === Layers and functional graph ===
        low_res = keras.Input((None, None, 3), name="low_res")
        kernels = DetailKernels() if output == "residual" else "glorot_uniform"
        x = _convolve(low_res, width, policy, "stem", kernels)
        x = _activate(x, policy, "stem")
        for i in range(blocks):
            x = _residual_block(x, width, policy, f"block_{i + 1}")
        for i in range(int(math.log2(scale))):
            x = _upscale(x, width, upscaling, policy, f"upscale_{i + 1}")
        x = layers.Conv2D(
            3,
            3,
            padding="same",
            # A residual starts at zero: the first photograph is the bicubic.
            kernel_initializer="zeros" if output == "residual" else None,
            dtype=policy,
            name="to_rgb",
        )(x)
        x = layers.Activation("linear", dtype="float32", name="to_float")(x)
        if output == "residual":
            bicubic = BicubicUpsampling(scale, dtype="float32", name="bicubic")
            x = layers.Add(dtype="float32", name="super_resolution")(
                [x, bicubic(low_res)]
            )
        else:
            x = layers.Rescaling(0.5, 0.5, dtype="float32")(ops.tanh(x))
        super().__init__(low_res, x, **kwargs)
        self.dtype_policy = policy
        # === Config ===
        self.scale = scale
        self.width = width
        self.blocks = blocks
        self.upscaling = upscaling
        self.output_kind = output

    def get_config(self) -> dict[str, Any]:
        return {
            **super().get_config(),
            "scale": self.scale,
            "width": self.width,
            "blocks": self.blocks,
            "upscaling": self.upscaling,
            "output": self.output_kind,
        }

    @classmethod
    def from_config(
        cls, config: dict[str, Any], custom_objects: Any = None
    ) -> "SuperResolutionNetwork":
        return cls(**config)


def _check(name: str, value: Any, choices: Sequence[Any]) -> None:
    if value not in choices:
        raise UserError(
            f"must be one of {choices}, not {value!r}", argument=name
        )


def _convolve(
    x: Any,
    filters: int,
    policy: Any,
    name: str,
    kernels: Any = "glorot_uniform",
) -> Any:
    return layers.Conv2D(
        filters,
        3,
        padding="same",
        kernel_initializer=kernels,
        dtype=policy,
        name=name,
    )(x)


def _activate(x: Any, policy: Any, name: str) -> Any:
    return layers.LeakyReLU(0.2, dtype=policy, name=f"{name}_activation")(x)


def _residual_block(x: Any, width: int, policy: Any, name: str) -> Any:
    """Convolution, LeakyReLU, convolution, identity; no batch norm."""
    y = _convolve(x, width, policy, f"{name}_conv_1")
    y = _activate(y, policy, f"{name}_conv_1")
    y = _convolve(y, width, policy, f"{name}_conv_2")
    return layers.Add(dtype=policy, name=f"{name}_add")([x, y])


def _upscale(x: Any, width: int, kind: str, policy: Any, name: str) -> Any:
    """One x2 upscaling layer: `[B, h, w, C]` to `[B, 2h, 2w, C]`."""
    if kind == "transposed":
        x = layers.Conv2DTranspose(
            width, 3, strides=2, padding="same", dtype=policy, name=name
        )(x)
    else:
        x = ops.depth_to_space(_convolve(x, 4 * width, policy, name), 2)
    return _activate(x, policy, name)
