"""The order of the samples in each epoch of training."""

from collections.abc import Callable, Sequence

import numpy as np
import tensorflow as tf

from dmtdr_tf.config import Config, PhaseConfig
from dmtdr_tf.data.samples import Samples

__all__ = ["epoch_samples"]

# Shuffles a dataset of some samples, given their number and the share of the
# epoch that is sampled from them.
_Shuffle = Callable[[tf.data.Dataset, int, float], tf.data.Dataset]


def epoch_samples(
    samples: Samples, config: Config, phase: PhaseConfig, epoch: int, count: int
) -> tf.data.Dataset:
    """Returns an endless dataset of samples in the order of one epoch.

    The first `count` samples form the epoch. Reading a part that does not fit
    into the shuffle buffer continues where the previous epoch stopped, so that
    all of it is used eventually.

    Args:
        samples: The samples of the split.
        config: Seed and shuffle buffer.
        phase: The phase's `balance`.
        epoch: Number of the epoch, from 0.
        count: Number of samples per epoch.

    Returns:
        The samples, as they are in `samples`.
    """
    seed = config.run.seed * 1_000_003 + epoch
    # Samples that are in memory anyway need no extra space in the buffer.
    buffer = samples.count if samples.cached else config.data.shuffle_buffer

    def shuffle(
        part: tf.data.Dataset, size: int, share: float
    ) -> tf.data.Dataset:
        start = int(epoch * count * share) % size if size > buffer else 0
        if start:
            part = part.skip(start).concatenate(part.take(start))
        return part.shuffle(
            buffer, seed, reshuffle_each_iteration=False
        ).repeat()

    if phase.balance == "none" and not samples.weights:
        return shuffle(samples.joined(), samples.count, 1.0)
    if phase.balance == "grade":
        streams, weights = _by_group(samples, samples.by_grade, shuffle)
    elif phase.balance == "lesion":
        streams, weights = _by_group(samples, samples.by_lesion, shuffle)
    else:
        streams, weights = _by_part(samples, shuffle)
    return tf.data.Dataset.sample_from_datasets(streams, weights, seed=seed)


def _by_group(
    samples: Samples, groups: Sequence[np.ndarray], shuffle: _Shuffle
) -> tuple[list[tf.data.Dataset], list[float]]:
    """Returns a dataset per group mask `[N]`, all with equal weights."""
    share = 1.0 / len(groups)
    streams = []
    for group in groups:
        members = samples.joined().enumerate()
        members = members.filter(lambda i, _, g=group: tf.constant(g)[i])
        members = members.map(lambda _, sample: sample)
        streams.append(shuffle(members, int(group.sum()), share))
    return streams, [share] * len(groups)


def _by_part(
    samples: Samples, shuffle: _Shuffle
) -> tuple[list[tf.data.Dataset], list[float]]:
    """Returns a dataset per data set, with the configured weights."""
    total = sum(samples.weights)
    weights = [weight / total for weight in samples.weights]
    streams = [
        shuffle(part, len(grades), weight)
        for part, grades, weight in zip(
            samples.parts, samples.grades, weights, strict=True
        )
    ]
    return streams, weights
