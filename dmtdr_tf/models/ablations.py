"""Stand-ins for a subnet that an ablation of Figure 5 removes."""

import keras
from keras import layers

from dmtdr_tf.labels import LESIONS
from dmtdr_tf.layers.bicubic_upsampling import BicubicUpsampling

__all__ = ["bicubic_network", "no_lesions_network"]


def bicubic_network(scale: int) -> keras.Model:
    """Returns bicubic upsampling in place of the super-resolver.

    It has no weights and computes in float32 under every dtype policy.

    Args:
        scale: 2, 4 or 8.

    Returns:
        A model without weights: `[B, h, w, 3]` to
        `[B, scale * h, scale * w, 3]`.

    Example:
    >>> bicubic_network(4)(keras.ops.zeros((1, 8, 8, 3))).shape[1:]
    TensorShape([32, 32, 3])
    """
    low_res = keras.Input((None, None, 3), name="low_res")
    x = BicubicUpsampling(scale, dtype="float32", name="bicubic")(low_res)
    return keras.Model(low_res, x, name="super_resolver")


def no_lesions_network() -> keras.Model:
    """Returns empty lesion maps in place of the segmenter.

    Its maps are zero, and float32 as the segmenter's under every dtype policy.

    Returns:
        A model without trainable weights: `[B, H, W, 3]` to `[B, H, W, 4]`
        zeros.
    """
    photograph = keras.Input((None, None, 3), name="photograph")
    x = layers.Conv2D(
        len(LESIONS),
        1,
        use_bias=False,
        kernel_initializer="zeros",
        trainable=False,
        dtype="float32",
        name="no_lesions",
    )(photograph)
    return keras.Model(photograph, x, name="segmenter")
