"""The optimizer of a training phase."""

from collections.abc import Sequence

import keras

from dmtdr_tf.config import PhaseConfig
from dmtdr_tf.models.learning.subnet_adamw import SubnetAdamW

__all__ = ["phase_optimizer"]


def phase_optimizer(
    phase: PhaseConfig, updates: int, multipliers: Sequence[float]
) -> SubnetAdamW:
    """Returns the optimizer of a phase.

    Args:
        phase: Learning rate, schedule, warm-up, weight decay and averaging.
        updates: Number of updates in the whole phase.
        multipliers: A factor on the learning rate for each variable.

    Returns:
        The optimizer.

    Example:
    >>> optimizer = phase_optimizer(PhaseConfig(learning_rate=0.25), 100, ())
    >>> float(optimizer.learning_rate)
    0.25
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
    return SubnetAdamW(
        rate,
        multipliers,
        weight_decay=phase.weight_decay,
        use_ema=phase.weight_averaging > 0,
        ema_momentum=phase.weight_averaging,
    )
