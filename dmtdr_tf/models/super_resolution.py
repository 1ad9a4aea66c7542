"""The super-resolution subnet."""

import math

import keras
from keras import layers, ops

from dmtdr_tf.files.errors import UserError
from dmtdr_tf.layers.bicubic_upsampling import BicubicUpsampling


@keras.saving.register_keras_serializable(package="dmtdr_tf")
class SuperResolutionNetwork(keras.Model):
    """Super-resolves a photograph: convolution, residual blocks, upscaling.

    A functional model. A 3x3 convolution, `blocks` residual blocks without
    batch normalisation, log2(scale) x2 upscaling layers and a 3x3 convolution
    to RGB, whose output is either added to the bicubic upsampling or squashed
    to [0, 1] by `(tanh(x) + 1) / 2`.

    Args:
        scale: 2, 4 or 8.
        width: Channels.
        blocks: Residual blocks.
        upscaling: `"depth_to_space"` or `"transposed"` convolution.
        output: `"residual"` over bicubic, or `"tanh"`.

    Input shape:
        `[B, h, w, 3]` in [0, 1].

    Output shape:
        `[B, scale * h, scale * w, 3]` float32, about [0, 1]: a residual is
        not clipped, so that its gradient never vanishes.

    Raises:
        UserError: `upscaling` or `output` is unknown.

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
        **kwargs,
    ):
        _check("upscaling", upscaling, ("depth_to_space", "transposed"))
        _check("output", output, ("residual", "tanh"))
        # === Layers and functional graph ===
        low_res = keras.Input((None, None, 3), name="low_res")
        x = _activate(
            layers.Conv2D(width, 3, padding="same", name="stem"), low_res
        )
        for i in range(blocks):
            x = _residual_block(x, width, f"block_{i + 1}")
        for i in range(int(math.log2(scale))):
            x = _upscale(x, width, upscaling, f"upscale_{i + 1}")
        x = layers.Conv2D(
            3,
            3,
            padding="same",
            # A residual starts at zero: the first photograph is the bicubic.
            kernel_initializer="zeros" if output == "residual" else None,
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
        # === Config ===
        self.scale = scale
        self.width = width
        self.blocks = blocks
        self.upscaling = upscaling
        self.output_kind = output

    def get_config(self):
        return {
            "scale": self.scale,
            "width": self.width,
            "blocks": self.blocks,
            "upscaling": self.upscaling,
            "output": self.output_kind,
            "name": self.name,
            "trainable": self.trainable,
        }

    @classmethod
    def from_config(cls, config, custom_objects=None):
        return cls(**config)


def _check(name: str, value: str, choices: tuple[str, ...]) -> None:
    if value not in choices:
        raise UserError(f"{name} must be one of {choices}, not {value!r}")


def _activate(layer, x):
    return layers.LeakyReLU(0.2, name=f"{layer.name}_activation")(layer(x))


def _residual_block(x, width, name):
    """Convolution, LeakyReLU, convolution, identity; no batch norm."""
    y = layers.Conv2D(width, 3, padding="same", name=f"{name}_conv_1")
    y = _activate(y, x)
    y = layers.Conv2D(width, 3, padding="same", name=f"{name}_conv_2")(y)
    return layers.Add(name=f"{name}_add")([x, y])


def _upscale(x, width, kind, name):
    """One x2 upscaling layer: `[B, h, w, C]` to `[B, 2h, 2w, C]`."""
    if kind == "transposed":
        conv = layers.Conv2DTranspose(
            width, 3, strides=2, padding="same", name=name
        )
        return _activate(conv, x)
    x = layers.Conv2D(4 * width, 3, padding="same", name=name)(x)
    x = ops.depth_to_space(x, 2)
    return layers.LeakyReLU(0.2, name=f"{name}_activation")(x)
