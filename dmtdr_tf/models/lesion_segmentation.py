"""The lesion segmentation subnet."""

import keras
from keras import layers

from dmtdr_tf.labels import LESIONS
from dmtdr_tf.layers.map_combination import MapCombination
from dmtdr_tf.layers.multi_scale_residual import MultiScaleResidual


@keras.saving.register_keras_serializable(package="dmtdr_tf")
class LesionSegmentationNetwork(keras.Model):
    """Segments four lesions: a U-Net of nine multi-scale residual modules.

    A functional model: four encoder levels, the bottom, four decoder levels;
    1x1 heads on the bottom and the decoder levels give five intermediate
    maps, combined with learned weights. Sigmoid, because lesions overlap.

    Args:
        width: Channels of the first level; 16 times as many at the bottom.

    Input shape:
        `[B, H, W, 3]` in [0, 1], `H` and `W` multiples of 16.

    Output shape:
        `[B, H, W, 4]` float32 probabilities, order MA, HM, SE, HE.

    Reference:
        DeepMT-DR, "Lesion Segmentation Subnet" and Figure 3.
    """

    def __init__(self, width: int = 64, **kwargs):
        # === Layers and functional graph ===
        photograph = keras.Input((None, None, 3), name="photograph")
        x, skips = photograph, []
        for level in range(4):
            x = MultiScaleResidual(
                width * 2**level, name=f"encoder_{level + 1}"
            )(x)
            skips.append(x)
            x = layers.MaxPooling2D(name=f"down_{level + 1}")(x)
        x = MultiScaleResidual(width * 16, name="bottom")(x)
        maps = [_head(x, 5)]
        for level in reversed(range(4)):
            filters = width * 2**level
            x = layers.Conv2DTranspose(
                filters, 2, strides=2, name=f"up_{level + 1}"
            )(x)
            x = layers.Concatenate(name=f"skip_{level + 1}")([skips[level], x])
            x = MultiScaleResidual(filters, name=f"decoder_{level + 1}")(x)
            maps.append(_head(x, level + 1))
        logits = MapCombination(name="combination")(maps)
        lesions = layers.Activation("sigmoid", dtype="float32", name="lesions")
        super().__init__(photograph, lesions(logits), **kwargs)
        # === Config ===
        self.width = width

    def get_config(self):
        return {
            "width": self.width,
            "name": self.name,
            "trainable": self.trainable,
        }

    @classmethod
    def from_config(cls, config, custom_objects=None):
        return cls(**config)


def _head(x, level):
    """An intermediate map of logits: `[B, H / 2^(level - 1), ..., 4]`."""
    return layers.Conv2D(len(LESIONS), 1, use_bias=False, name=f"head_{level}")(
        x
    )
