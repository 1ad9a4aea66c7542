"""The segmenter's feature mapping tuple: parallel 3x3 and 5x5 convolutions."""

import keras
from keras import layers, ops

from dmtdr_tf.files.errors import UserError
from dmtdr_tf.layers.batch_norm import BatchNorm


@keras.saving.register_keras_serializable(package="dmtdr_tf")
class MultiScaleResidual(keras.layers.Layer):
    """Multi-scale residual module.

    `relu(bn(conv3(relu(bn([conv3(x), conv5(x)])))) + conv1(x))`, the two
    parallel convolutions half the width each.

    Args:
        filters: Width, even.

    Input shape:
        `[B, H, W, C]`.

    Output shape:
        `[B, H, W, filters]`.

    Raises:
        UserError: `filters` is odd or below 2.

    Reference:
        Khened et al. 2019, "Fully convolutional multi-scale residual
        DenseNets"; DeepMT-DR, "Lesion Segmentation Subnet".
    """

    def __init__(self, filters: int, **kwargs):
        super().__init__(**kwargs)
        if filters < 2 or filters % 2:
            raise UserError(f"filters must be even, not {filters}")
        self.filters = filters
        half, dtype = filters // 2, self.dtype_policy

        def conv(width, size, name):
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

    def build(self, input_shape):
        inner = (*input_shape[:-1], self.filters)
        for layer in (self.fine, self.coarse, self.identity):
            layer.build(input_shape)
        for layer in (self.inner_norm, self.merge, self.outer_norm):
            layer.build(inner)

    def call(self, inputs, training=None):
        x = ops.concatenate([self.fine(inputs), self.coarse(inputs)], axis=-1)
        x = ops.relu(self.inner_norm(x, training=training))
        x = self.outer_norm(self.merge(x), training=training)
        return ops.relu(x + self.identity(inputs))

    def compute_output_shape(self, input_shape):
        return (*input_shape[:-1], self.filters)

    def get_config(self):
        config = super().get_config()
        config.update(filters=self.filters)
        return config
