"""Callbacks: resuming, checkpoints, metrics, pictures and divergence."""

from dmtdr_tf.training.callbacks.best_checkpoint import BestCheckpoint
from dmtdr_tf.training.callbacks.divergence_guard import DivergenceGuard
from dmtdr_tf.training.callbacks.epoch_line import EpochLine
from dmtdr_tf.training.callbacks.metrics_log import MetricsLog
from dmtdr_tf.training.callbacks.picture_summary import PictureSummary
from dmtdr_tf.training.callbacks.resume import Resume
from dmtdr_tf.training.callbacks.summaries import Summaries

__all__ = [
    "BestCheckpoint",
    "DivergenceGuard",
    "EpochLine",
    "MetricsLog",
    "PictureSummary",
    "Resume",
    "Summaries",
]
