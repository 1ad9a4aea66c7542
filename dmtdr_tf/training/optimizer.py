"""The optimiser of a phase of training."""

from collections.abc import Sequence

import keras

from dmtdr_tf.config import PhaseConfig
from dmtdr_tf.models.learning.subnet_adamw import SubnetAdamW


def phase_optimizer(
    phase: PhaseConfig, updates: int, multipliers: Sequence[float]
) -> SubnetAdamW:
    """Makes a phase's optimiser.

    Args:
        phase: Learning rate, schedule, warm-up and weight decay.
        updates: Updates in the whole phase.
        multipliers: One factor per variable.

    Returns:
        The optimiser.
    """
    rate: float | keras.optimizers.schedules.LearningRateSchedule
    rate = phase.learning_rate
    warmup = int(phase.warmup * updates)
    if phase.schedule == "cosine":
        rate = keras.optimizers.schedules.CosineDecay(
            phase.learning_rate / 10 if warmup else phase.learning_rate,
            max(1, updates - warmup),
            alpha=0.01,
            warmup_target=phase.learning_rate if warmup else None,
            warmup_steps=warmup,
        )
    return SubnetAdamW(rate, multipliers, weight_decay=phase.weight_decay)
