"""The lesion segmentation subnet."""

from typing import Any

import keras
from keras import layers

from dmtdr_tf.files.errors import UserError
from dmtdr_tf.labels import LESIONS
from dmtdr_tf.layers.map_combination import MapCombination
from dmtdr_tf.layers.multi_scale_residual import MultiScaleResidual

__all__ = ["LesionSegmentationNetwork"]


@keras.saving.register_keras_serializable(package="dmtdr_tf")
class LesionSegmentationNetwork(keras.Model):
    """Segments four lesions: a U-Net of nine multi-scale residual modules.

    A functional model: four encoder levels, the bottom, four decoder levels;
    1x1 heads on the bottom and the decoder levels give five intermediate
    maps, combined with learned weights. Sigmoid, because lesions overlap.

    Args:
        width: Channels of the first level; 16 times as many at the bottom.
        dtype: Dtype policy of the layers; the global one by default. The
            probabilities are always computed in float32.
        **kwargs: As `keras.Model`: `name` and `trainable`.

    Input shape:
        `[B, H, W, 3]` in [0, 1], `H` and `W` multiples of 16.

    Output shape:
        `[B, H, W, 4]` float32 probabilities, order MA, HM, SE, HE.

    Raises:
        UserError: `width` is odd or below 2.

    Example:
    >>> network = LesionSegmentationNetwork(width=2)
    >>> tuple(network(keras.ops.zeros((1, 32, 48, 3))).shape)
    (1, 32, 48, 4)

    Reference:
        DeepMT-DR, "Lesion Segmentation Subnet" and Figure 3.
    """

    def __init__(self, width: int = 64, dtype: Any = None, **kwargs: Any):
        if width < 2 or width % 2:
            raise UserError(
                f"must be even and at least 2, not {width}", argument="width"
            )
        policy = keras.dtype_policies.get(dtype)
        # === Layers and functional graph ===
        photograph = keras.Input((None, None, 3), name="photograph")
        x, skips = photograph, []
        for level in range(4):
            x = MultiScaleResidual(
                width * 2**level, dtype=policy, name=f"encoder_{level + 1}"
            )(x)
            skips.append(x)
            x = layers.MaxPooling2D(dtype=policy, name=f"down_{level + 1}")(x)
        x = MultiScaleResidual(width * 16, dtype=policy, name="bottom")(x)
        maps = [_head(x, 5, policy)]
        for level in reversed(range(4)):
            x = _decode(x, skips[level], width * 2**level, level + 1, policy)
            maps.append(_head(x, level + 1, policy))
        logits = MapCombination(dtype=policy, name="combination")(maps)
        lesions = layers.Activation("sigmoid", dtype="float32", name="lesions")
        super().__init__(photograph, lesions(logits), **kwargs)
        self.dtype_policy = policy
        # === Config ===
        self.width = width

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "width": self.width}

    @classmethod
    def from_config(
        cls, config: dict[str, Any], custom_objects: Any = None
    ) -> "LesionSegmentationNetwork":
        return cls(**config)


def _decode(x: Any, skip: Any, filters: int, level: int, policy: Any) -> Any:
    """One decoder level: upsampling, skip connection, residual module."""
    x = layers.Conv2DTranspose(
        filters, 2, strides=2, dtype=policy, name=f"up_{level}"
    )(x)
    x = layers.Concatenate(dtype=policy, name=f"skip_{level}")([skip, x])
    return MultiScaleResidual(filters, dtype=policy, name=f"decoder_{level}")(x)


def _head(x: Any, level: int, policy: Any) -> Any:
    """An intermediate map of logits: `[B, H / 2^(level - 1), ..., 4]`."""
    return layers.Conv2D(
        len(LESIONS), 1, use_bias=False, dtype=policy, name=f"head_{level}"
    )(x)
