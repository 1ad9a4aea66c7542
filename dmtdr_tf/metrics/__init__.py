"""Keras metrics, and the exact arithmetic that evaluation shares with them."""

import dmtdr_tf.keras_settings  # noqa: F401
from dmtdr_tf.metrics.average_precision import BinnedAveragePrecision
from dmtdr_tf.metrics.calibration import (
    ReliabilityCurve,
    calibration_error,
    reliability_curve,
)
from dmtdr_tf.metrics.classification import (
    ClassificationScores,
    classification_scores,
)
from dmtdr_tf.metrics.cohen_kappa import CohenKappa, cohen_kappa
from dmtdr_tf.metrics.confusion_matrix import ConfusionMatrix
from dmtdr_tf.metrics.psnr import PSNR, psnr_per_image
from dmtdr_tf.metrics.ranked_probability_skill import RankedProbabilitySkill
from dmtdr_tf.metrics.ranking import RankingScores, ranking_scores
from dmtdr_tf.metrics.ssim import SSIM, ssim_per_image

__all__ = [
    "PSNR",
    "SSIM",
    "BinnedAveragePrecision",
    "ClassificationScores",
    "CohenKappa",
    "ConfusionMatrix",
    "RankedProbabilitySkill",
    "RankingScores",
    "ReliabilityCurve",
    "calibration_error",
    "classification_scores",
    "cohen_kappa",
    "psnr_per_image",
    "ranking_scores",
    "reliability_curve",
    "ssim_per_image",
]
