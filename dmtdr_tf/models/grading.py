"""The grading subnet."""

from typing import Any

import keras
from keras import initializers, layers

from dmtdr_tf.labels import GRADES, LESIONS
from dmtdr_tf.layers.batch_norm import BatchNorm
from dmtdr_tf.layers.spatial_pyramid_pooling import SpatialPyramidPooling

__all__ = ["GradingNetwork"]


@keras.saving.register_keras_serializable(package="dmtdr_tf")
class GradingNetwork(keras.Model):
    """Grades a photograph with its lesion maps: ResNet-18, pyramid, head.

    A functional model of two: `backbone` (photograph and lesions to the five
    feature maps that the evidence map reads) and `head` (the last of them to
    logits).

    Args:
        width: Channels of the stem; 64 in ResNet-18.
        units: Units of the hidden dense layer.
        dropout: Dropout rate before the last dense layer.
        pyramid: Bins per side of each pyramid level.
        seed: Seed of the dropout.
        dtype: Dtype policy of the layers; the global one by default. The
            logits are always computed in float32.
        **kwargs: As `keras.Model`: `name` and `trainable`.

    Input shape:
        `[photograph, lesions]`: `[B, H, W, 3]` in [0, 1] and `[B, H, W, 4]`
        probabilities; any size.

    Output shape:
        `[B, 5]` float32 logits of grades 0-4.

    Example:
    >>> network = GradingNetwork(width=2, units=8)
    >>> photograph = keras.ops.zeros((1, 64, 96, 3))
    >>> lesions = keras.ops.zeros((1, 64, 96, 4))
    >>> tuple(network([photograph, lesions]).shape)
    (1, 5)

    Reference:
        DeepMT-DR, "DR Grading Subnet"; He et al. 2016, "Deep Residual
        Learning for Image Recognition".
    """

    def __init__(
        self,
        width: int = 64,
        units: int = 512,
        dropout: float = 0.5,
        pyramid: tuple[int, ...] = (4, 2, 1),
        seed: int = 0,
        dtype: Any = None,
        **kwargs: Any,
    ):
        policy = keras.dtype_policies.get(dtype)
        # === Layers ===
        backbone = _backbone(width, policy)
        head = _head(8 * width, units, dropout, pyramid, seed, policy)
        # === Functional graph ===
        photograph = keras.Input((None, None, 3), name="photograph")
        lesions = keras.Input((None, None, len(LESIONS)), name="lesions")
        grade = head(backbone([photograph, lesions])[-1])
        super().__init__([photograph, lesions], grade, **kwargs)
        self.dtype_policy = policy
        self.backbone = backbone
        self.head = head
        # === Config ===
        self.width = width
        self.units = units
        self.dropout = dropout
        self.pyramid = tuple(pyramid)
        self.seed = seed

    def get_config(self) -> dict[str, Any]:
        return {
            **super().get_config(),
            "width": self.width,
            "units": self.units,
            "dropout": self.dropout,
            "pyramid": self.pyramid,
            "seed": self.seed,
        }

    @classmethod
    def from_config(
        cls, config: dict[str, Any], custom_objects: Any = None
    ) -> "GradingNetwork":
        return cls(**config)


def _backbone(width: int, policy: Any) -> keras.Model:
    """ResNet-18 on seven channels: five maps at stride 2, 4, 8, 16, 32."""
    photograph = keras.Input((None, None, 3), name="photograph")
    lesions = keras.Input((None, None, len(LESIONS)), name="lesions")
    x = layers.Concatenate(dtype=policy, name="photograph_and_lesions")(
        [photograph, lesions]
    )
    x = _conv_norm(x, width, 7, 2, policy, "stem")
    x = layers.ReLU(dtype=policy, name="stem_relu")(x)
    features = [x]
    x = layers.MaxPooling2D(
        3, strides=2, padding="same", dtype=policy, name="stem_pool"
    )(x)
    for stage, strides in enumerate((1, 2, 2, 2), start=1):
        filters = width * 2 ** (stage - 1)
        name = f"stage_{stage}_block"
        x = _basic_block(x, filters, strides, policy, f"{name}_1")
        x = _basic_block(x, filters, 1, policy, f"{name}_2")
        features.append(x)
    backbone = keras.Model([photograph, lesions], features, name="backbone")
    backbone.dtype_policy = policy
    return backbone


def _head(
    channels: int,
    units: int,
    dropout: float,
    pyramid: tuple[int, ...],
    seed: int,
    policy: Any,
) -> keras.Model:
    """Pyramid pooling, a hidden layer and the logits of the grades."""
    top = keras.Input((None, None, channels), name="stage_4_features")
    x = SpatialPyramidPooling(pyramid, dtype=policy, name="pyramid")(top)
    x = layers.Dense(units, activation="relu", dtype=policy, name="hidden")(x)
    x = layers.Dropout(dropout, seed=seed, dtype=policy, name="dropout")(x)
    x = layers.Dense(
        len(GRADES),
        # All grades start about as likely. Otherwise max-pooled features make
        # logits of about 10, which can leave the hidden layer dead.
        kernel_initializer=initializers.RandomNormal(stddev=0.01),
        dtype="float32",
        name="grade",
    )(x)
    head = keras.Model(top, x, name="head")
    head.dtype_policy = policy
    return head


def _conv_norm(
    x: Any, filters: int, size: int, strides: int, policy: Any, name: str
) -> Any:
    x = layers.Conv2D(
        filters,
        size,
        strides=strides,
        padding="same",
        use_bias=False,
        kernel_initializer="he_normal",
        dtype=policy,
        name=f"{name}_conv",
    )(x)
    return BatchNorm(dtype=policy, name=f"{name}_norm")(x)


def _basic_block(
    x: Any, filters: int, strides: int, policy: Any, name: str
) -> Any:
    """Two 3x3 convolutions and the identity, projected where it changes."""
    y = _conv_norm(x, filters, 3, strides, policy, f"{name}_1")
    y = layers.ReLU(dtype=policy, name=f"{name}_relu_1")(y)
    y = _conv_norm(y, filters, 3, 1, policy, f"{name}_2")
    if strides > 1 or x.shape[-1] != filters:
        # Not a 1x1 convolution of stride 2: with few channels TensorFlow 2.21
        # corrupts memory in that one's gradient on CPUs.
        x = x[:, ::strides, ::strides, :]
        x = _conv_norm(x, filters, 1, 1, policy, f"{name}_identity")
    y = layers.Add(dtype=policy, name=f"{name}_add")([x, y])
    return layers.ReLU(dtype=policy, name=f"{name}_relu_2")(y)
