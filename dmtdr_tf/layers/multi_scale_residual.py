"""The segmenter's feature mapping tuple: parallel 3x3 and 5x5 convolutions."""

from typing import Any

import keras
from keras import layers, ops

from dmtdr_tf.files.errors import UserError
from dmtdr_tf.layers.batch_norm import BatchNorm

__all__ = ["MultiScaleResidual"]

Shape = tuple[int | None, ...]


@keras.saving.register_keras_serializable(package="dmtdr_tf")
class MultiScaleResidual(keras.layers.Layer):
    """Multi-scale residual module.

    `relu(bn(conv3(relu(bn([conv3(x), conv5(x)])))) + conv1(x))`, the two
    parallel convolutions half the width each.

    Args:
        filters: Width, even.
        **kwargs: As `keras.layers.Layer`; the sublayers share its dtype
            policy.

    Input shape:
        `[B, H, W, C]`.

    Output shape:
        `[B, H, W, filters]`.

    Raises:
        UserError: `filters` is odd or below 2.

    Example:
    >>> layer = MultiScaleResidual(8)
    >>> tuple(layer(ops.zeros((1, 4, 4, 3))).shape)
    (1, 4, 4, 8)

    Reference:
        Khened et al. 2019, "Fully convolutional multi-scale residual
        DenseNets"; DeepMT-DR, "Lesion Segmentation Subnet".
    """

    def __init__(self, filters: int, **kwargs: Any):
        super().__init__(**kwargs)
        if filters < 2 or filters % 2:
            raise UserError(
                f"must be even and at least 2, not {filters}",
                argument="filters",
            )
        self.filters = filters
        half, dtype = filters // 2, self.dtype_policy

        def conv(width: int, size: int, name: str) -> layers.Conv2D:
            return layers.Conv2D(
                width,
                size,
                padding="same",
                use_bias=False,
                kernel_initializer="he_normal",
                name=name,
                dtype=dtype,
            )

        self.fine = conv(half, 3, "fine")
        self.coarse = conv(half, 5, "coarse")
        self.merge = conv(filters, 3, "merge")
        self.identity = layers.Conv2D(
            filters, 1, use_bias=False, name="identity", dtype=dtype
        )
        self.inner_norm = BatchNorm(name="inner_norm", dtype=dtype)
        self.outer_norm = BatchNorm(name="outer_norm", dtype=dtype)

    def build(self, input_shape: Shape) -> None:
        inner = (*input_shape[:-1], self.filters)
        for layer in (self.fine, self.coarse, self.identity):
            layer.build(input_shape)
        for layer in (self.inner_norm, self.merge, self.outer_norm):
            layer.build(inner)

    def call(self, inputs: Any, training: bool | None = None) -> Any:
        x = ops.concatenate([self.fine(inputs), self.coarse(inputs)], axis=-1)
        x = ops.relu(self.inner_norm(x, training=training))
        x = self.outer_norm(self.merge(x), training=training)
        return ops.relu(x + self.identity(inputs))

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        return (*input_shape[:-1], self.filters)

    def get_config(self) -> dict[str, Any]:
        config = super().get_config()
        config.update(filters=self.filters)
        return config
