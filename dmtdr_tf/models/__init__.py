"""The three subnets, and DeepMT-DR composed of them."""

import dmtdr_tf.keras_settings  # noqa: F401
from dmtdr_tf.models.deepmt_dr import DeepMTDR
from dmtdr_tf.models.grading import GradingNetwork
from dmtdr_tf.models.lesion_segmentation import LesionSegmentationNetwork
from dmtdr_tf.models.super_resolution import SuperResolutionNetwork

__all__ = [
    "DeepMTDR",
    "GradingNetwork",
    "LesionSegmentationNetwork",
    "SuperResolutionNetwork",
]
