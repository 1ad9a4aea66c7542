"""The losses of eq. 3 to 9, per sample, and their masked mean."""

import dmtdr_tf.keras_settings  # noqa: F401
from dmtdr_tf.losses.classification_aware_loss import ClassificationAwareLoss
from dmtdr_tf.losses.dice_loss import DiceLoss
from dmtdr_tf.losses.grading_loss import GradingLoss
from dmtdr_tf.losses.lesion_cross_entropy_loss import LesionCrossEntropyLoss
from dmtdr_tf.losses.reconstruction_loss import ReconstructionLoss
from dmtdr_tf.losses.reduction import image_mean, masked_mean
from dmtdr_tf.losses.segmentation_aware_loss import SegmentationAwareLoss
from dmtdr_tf.losses.semi_supervised_loss import (
    SemiSupervisedLoss,
    semi_supervised_target,
)
from dmtdr_tf.losses.total_variation_loss import TotalVariationLoss

__all__ = [
    "ClassificationAwareLoss",
    "DiceLoss",
    "GradingLoss",
    "LesionCrossEntropyLoss",
    "ReconstructionLoss",
    "SegmentationAwareLoss",
    "SemiSupervisedLoss",
    "TotalVariationLoss",
    "image_mean",
    "masked_mean",
    "semi_supervised_target",
]
