"""How DeepMT-DR learns: objectives, updates and validation figures."""

from dmtdr_tf.models.learning.averaged_weights import averaged_weights
from dmtdr_tf.models.learning.guarded_update import GuardedUpdate, all_finite
from dmtdr_tf.models.learning.moving_statistics import MovingStatistics
from dmtdr_tf.models.learning.objectives import Objectives, objective_weights
from dmtdr_tf.models.learning.subnet_adamw import SubnetAdamW
from dmtdr_tf.models.learning.validation import ValidationMetrics

__all__ = [
    "GuardedUpdate",
    "MovingStatistics",
    "Objectives",
    "SubnetAdamW",
    "ValidationMetrics",
    "all_finite",
    "averaged_weights",
    "objective_weights",
]
