"""From prepared records to batches, deterministic under a seed."""

import dataclasses
import functools
from collections.abc import Callable

import tensorflow as tf

from dmtdr_tf.config import GRADES, Config, PhaseConfig
from dmtdr_tf.data import augmentation, degradation, records
from dmtdr_tf.data.records import Keep

Sample = dict[str, tf.Tensor]
LesionMaps = Callable[[tf.Tensor], tf.Tensor]


@dataclasses.dataclass(frozen=True)
class TrainingData:
    """A training phase's batches.

    Args:
        batches: Every epoch's batches, one epoch after the other.
        steps_per_epoch: How many of them make one epoch.
        photographs: How many photographs the split holds.
        cached: Whether decoded photographs stay in memory.
    """

    batches: tf.data.Dataset
    steps_per_epoch: int
    photographs: int
    cached: bool


def training_data(
    config: Config,
    phase: PhaseConfig,
    keep: Keep = "all",
    initial_epoch: int = 0,
    lesion_maps: LesionMaps | None = None,
) -> TrainingData:
    """Makes the batches of a training phase.

    Order and augmentation are functions of the seed and the epoch's number
    alone: a run that goes on from epoch `n` sees what it would have seen.

    Args:
        config: Data set, sizes, seed, augmentation.
        phase: Epochs, batch size, crop, sampling.
        keep: Which photographs: all, the annotated, or the graded.
        initial_epoch: The first epoch to give.
        lesion_maps: A frozen segmenter, `[B, S, S, 3]` to `[B, S, S, 4]`; its
            maps are computed once a photograph and kept with it.

    Returns:
        The batches. Each has `low_res` `[B, h, w, 3]`, `high_res`
        `[B, H, W, 3]`, `lesions` `[B, H, W, 4]`, `has_lesions` `[B]` and
        `has_grade` `[B]` as float32, `grade` `[B]` int32, and with
        `lesion_maps` those as `[B, H, W, 4]` float32.

    Raises:
        UserError: As `records.builders` and `records.read_samples`.
    """
    samples = _samples(config, "train", keep, lesion_maps)
    steps = phase.steps_per_epoch or max(1, samples.count // phase.batch_size)
    # Whole updates only, so that no gradient waits across an epoch's end.
    steps = -(-steps // phase.gradient_accumulation)
    steps *= phase.gradient_accumulation
    drawn = _concatenated(
        [
            _epoch(samples, config, phase, number).take(
                steps * phase.batch_size
            )
            for number in range(initial_epoch, phase.epochs)
        ]
    )
    # A sample's number in the whole phase seeds its augmentation.
    drawn = drawn.enumerate(initial_epoch * steps * phase.batch_size)
    batches = drawn.map(
        lambda number, sample: _training_sample(
            sample,
            config,
            phase,
            tf.stack([tf.constant(config.run.seed, tf.int64), number]),
        ),
        num_parallel_calls=tf.data.AUTOTUNE,
    ).batch(phase.batch_size, drop_remainder=True)
    return TrainingData(
        _unsharded(batches.prefetch(2)), steps, samples.count, samples.cached
    )


def evaluation_batches(
    config: Config,
    split: str,
    batch_size: int = 1,
    keep: Keep = "all",
    lesion_maps: LesionMaps | None = None,
) -> tf.data.Dataset:
    """Makes a split's batches of whole photographs, unchanged and in order.

    Args:
        config: Data set and sizes.
        split: `"train"`, `"validation"` or `"test"`.
        batch_size: Photographs in a batch; the last may be smaller.
        keep: Which photographs: all, the annotated, or the graded.
        lesion_maps: As in `training_data`.

    Returns:
        Batches as in `training_data`.

    Raises:
        UserError: As `records.builders` and `records.read_samples`.
    """
    samples = _samples(config, split, keep, lesion_maps).joined()
    scale = config.model.scale
    batches = samples.map(
        lambda sample: _finish(_to_float(sample), scale),
        num_parallel_calls=tf.data.AUTOTUNE,
    ).batch(batch_size)
    return _unsharded(batches.prefetch(2))


@dataclasses.dataclass(frozen=True)
class _Samples:
    """A split's decoded samples.

    Args:
        parts: A data set per source.
        weights: How often each is drawn from; empty for every sample once.
        count: Samples in all parts.
        cached: Whether they stay in memory.
    """

    parts: list[tf.data.Dataset]
    weights: list[float]
    count: int
    cached: bool

    def joined(self) -> tf.data.Dataset:
        return functools.reduce(tf.data.Dataset.concatenate, self.parts)


def _samples(config, split, keep, lesion_maps):
    """Reads and decodes a split; keeps it in memory where it fits."""
    found = records.read_samples(records.builders(config), split, keep)
    weights = config.run.dataset_weights or [0.0] * len(found)
    kept = [
        (samples, weight)
        for samples, weight in zip(found, weights, strict=True)
        if samples is not None
    ]
    count = sum(int(samples.cardinality().numpy()) for samples, _ in kept)
    side = config.data.high_res_size
    pixels = side**2 * (7 + 4 * (lesion_maps is not None))
    cached = count * pixels <= config.data.cache_gigabytes * 1e9

    def prepared(samples):
        samples = samples.map(lambda s: _set_shapes(s, side))
        if lesion_maps is not None:
            samples = samples.map(lambda s: _with_lesion_maps(s, lesion_maps))
        return samples.cache() if cached else samples

    return _Samples(
        [prepared(samples) for samples, _ in kept],
        [weight for _, weight in kept] if config.run.dataset_weights else [],
        count,
        cached,
    )


def _set_shapes(sample: Sample, side: int) -> Sample:
    shaped = dict(sample)
    for name in augmentation.PICTURES:
        if name in sample:
            channels = 3 if name == "photograph" else 4
            shaped[name] = tf.ensure_shape(sample[name], (side, side, channels))
    return shaped


def _with_lesion_maps(sample: Sample, lesion_maps: LesionMaps) -> Sample:
    photograph = tf.cast(sample["photograph"], tf.float32)[None] / 255.0
    maps = tf.cast(tf.round(lesion_maps(photograph)[0] * 255.0), tf.uint8)
    return {**sample, "lesion_maps": maps}


def _epoch(samples, config, phase, number):
    """An endless stream of samples in the order of one epoch."""
    seed = config.run.seed * 1_000_003 + number

    def shuffled(part, buffer):
        return part.shuffle(
            buffer, seed, reshuffle_each_iteration=False
        ).repeat()

    if phase.class_balanced:
        # An empty grade ends its stream at once and is passed over.
        groups = [
            shuffled(
                samples.joined().filter(lambda s, g=g: tf.equal(s["grade"], g)),
                256,
            )
            for g in range(len(GRADES))
        ]
        return tf.data.Dataset.sample_from_datasets(groups, seed=seed)
    buffer = config.data.shuffle_buffer
    if samples.weights:
        parts = [shuffled(part, buffer) for part in samples.parts]
        return tf.data.Dataset.sample_from_datasets(
            parts, samples.weights, seed=seed
        )
    return shuffled(samples.joined(), buffer)


def _concatenated(parts: list[tf.data.Dataset]) -> tf.data.Dataset:
    """Joins data sets one after the other, as a shallow tree."""
    while len(parts) > 1:
        pairs = zip(parts[::2], parts[1::2], strict=False)
        joined = [one.concatenate(other) for one, other in pairs]
        parts = joined + parts[len(joined) * 2 :]
    return parts[0]


def _training_sample(sample, config, phase, seed):
    seeds = tf.random.split(seed, 4)
    if phase.crop_size and phase.crop_size < config.data.high_res_size:
        sample = augmentation.random_crop(
            sample,
            phase.crop_size,
            config.model.scale,
            phase.lesion_focus,
            seeds[0],
        )
    sample = augmentation.flip_and_rotate(sample, seeds[1])
    sample = _to_float(sample)
    if config.data.photometric_jitter:
        sample["photograph"] = augmentation.photometric_jitter(
            sample["photograph"], config.data.photometric_jitter, seeds[2]
        )
    harder = config.data.degradation == "harder"
    return _finish(sample, config.model.scale, seeds[3] if harder else None)


def _to_float(sample: Sample) -> Sample:
    floats = dict(sample)
    for name in augmentation.PICTURES:
        if name in sample:
            floats[name] = tf.cast(sample[name], tf.float32) / 255.0
    return floats


def _finish(sample: Sample, scale: int, harder_seed=None) -> Sample:
    """Adds the low-resolution photograph and the masks of what is known."""
    high_res = sample["photograph"]
    low_res = (
        degradation.low_resolution(high_res, scale)
        if harder_seed is None
        else degradation.harder_low_resolution(high_res, scale, harder_seed)
    )
    finished = {
        "low_res": low_res,
        "high_res": high_res,
        "lesions": sample["lesions"],
        "has_lesions": tf.cast(sample["has_lesions"], tf.float32),
        "grade": tf.cast(sample["grade"], tf.int32),
        "has_grade": tf.cast(sample["grade"] >= 0, tf.float32),
    }
    if "lesion_maps" in sample:
        finished["lesion_maps"] = sample["lesion_maps"]
    return finished


def _unsharded(batches: tf.data.Dataset) -> tf.data.Dataset:
    """Keeps `tf.distribute` from splitting the files among workers."""
    options = tf.data.Options()
    options.experimental_distribute.auto_shard_policy = (
        tf.data.experimental.AutoShardPolicy.OFF
    )
    options.deterministic = True
    return batches.with_options(options)
