"""The layers that Keras does not have."""

import dmtdr_tf.keras_settings  # noqa: F401
from dmtdr_tf.layers.batch_norm import BatchNorm
from dmtdr_tf.layers.bicubic_upsampling import BicubicUpsampling
from dmtdr_tf.layers.detail_kernels import DetailKernels
from dmtdr_tf.layers.map_combination import MapCombination
from dmtdr_tf.layers.multi_scale_residual import MultiScaleResidual
from dmtdr_tf.layers.spatial_pyramid_pooling import SpatialPyramidPooling

__all__ = [
    "BatchNorm",
    "BicubicUpsampling",
    "DetailKernels",
    "MapCombination",
    "MultiScaleResidual",
    "SpatialPyramidPooling",
]
