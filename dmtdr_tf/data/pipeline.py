"""Batches of prepared photographs, deterministic for a given seed."""

import dataclasses
import types
from collections.abc import Callable, Mapping

import tensorflow as tf

from dmtdr_tf.config import Config, PhaseConfig
from dmtdr_tf.config.phases import Keep
from dmtdr_tf.data import augmentation, other_cameras
from dmtdr_tf.data.augmentation import Sample
from dmtdr_tf.data.epochs import epoch_samples
from dmtdr_tf.data.samples import LesionMaps, read_split
from dmtdr_tf.preprocessing import degradation

__all__ = [
    "LesionMaps",
    "TrainingData",
    "evaluation_batches",
    "training_data",
]

# How a training photograph is reduced: high resolution, scale and seed.
_DEGRADATIONS: Mapping[str, Callable[..., tf.Tensor]] = types.MappingProxyType(
    {
        "bicubic": lambda high_res, scale, _: degradation.low_resolution(
            high_res, scale
        ),
        "harder": degradation.harder_low_resolution,
        "mixed": degradation.mixed_low_resolution,
    }
)


@dataclasses.dataclass(frozen=True)
class TrainingData:
    """The batches of a training phase.

    Args:
        batches: The batches of all epochs, in order.
        steps_per_epoch: Number of batches per epoch.
        photographs: Number of photographs in the split.
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
    super_resolved: float = 0.0,
) -> TrainingData:
    """Returns the batches of a training phase.

    Order and augmentation depend only on the seed and the number of the
    epoch, so a resumed run sees the same batches as an uninterrupted one.

    Args:
        config: Data set, sizes, seed and augmentation.
        phase: Epochs, batch size, crop size and sampling.
        keep: The photographs to keep: all, those with lesion masks, or those
            with a grade.
        initial_epoch: The first epoch to return.
        lesion_maps: A frozen segmenter, `[B, S, S, 3]` to `[B, S, S, 4]`. Its
            maps are computed once per photograph if the data set fits into
            memory, and in every epoch otherwise.
        super_resolved: Fraction of the photographs that the grader is to see
            super-resolved; 0 for a phase that does not train it alone.

    Returns:
        The batches. Each has `low_res` `[B, h, w, 3]`, `high_res`
        `[B, H, W, 3]`, `lesions` `[B, H, W, 4]`, `has_lesions` `[B]` and
        `has_grade` `[B]` as float32, and `grade` `[B]` as int32. With
        `lesion_maps`, `lesion_maps` `[B, H, W, 4]` float32 replaces `low_res`
        and `lesions`, from which the grader does not learn. With
        `super_resolved`, `super_resolved` `[B]`, 1 or 0, replaces `lesions`.

    Raises:
        UserError: As `records.builders` and `records.read_samples`.
    """
    samples = read_split(config, "train", keep, lesion_maps)
    steps = phase.steps_per_epoch or max(1, samples.count // phase.batch_size)
    # Whole updates only, so that no gradient waits for the next epoch.
    steps = -(-steps // phase.gradient_accumulation)
    steps *= phase.gradient_accumulation
    count = steps * phase.batch_size
    stream = _concatenated(
        [
            epoch_samples(samples, config, phase, epoch, count).take(count)
            for epoch in range(initial_epoch, phase.epochs)
        ]
    )
    # A sample's number in the whole phase seeds its augmentation.
    stream = samples.decoded(stream).enumerate(initial_epoch * count)
    batches = stream.map(
        lambda number, sample: _training_sample(
            sample,
            config,
            phase,
            tf.stack([tf.constant(config.run.seed, tf.int64), number]),
            super_resolved,
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
    *,
    cache: bool = False,
    fill: bool = False,
    a_grade_each: bool = False,
    super_resolved: bool = False,
) -> tf.data.Dataset:
    """Returns the batches of whole photographs of a split, in order.

    Args:
        config: Data set and sizes.
        split: `"train"`, `"validation"` or `"test"`.
        batch_size: Photographs per batch; the last batch may be smaller.
        keep: The photographs to keep: all, those with lesion masks, or those
            with a grade.
        lesion_maps: As for `training_data`.
        cache: Keep decoded photographs in memory if they fit, for more than
            one pass.
        fill: Fill up the last batch with unlabeled samples of `weight` 0, so
            that replicas can divide every batch evenly.
        a_grade_each: Give only the first photograph of each grade, the
            unknown grade included, in the order of the grades.
        super_resolved: Tell the grader to see all of them super-resolved.

    Returns:
        Batches as from `training_data`, always with `low_res` and `lesions`;
        with `fill`, also `weight` `[B]`.

    Raises:
        UserError: As `records.builders` and `records.read_samples`.
    """
    samples = read_split(config, split, keep, lesion_maps, cache)
    scale = config.model.scale
    chosen = samples.a_grade_each() if a_grade_each else samples.joined()
    batches = (
        samples.decoded(chosen)
        .map(
            lambda sample: _with_low_res(_finish(_to_float(sample)), scale),
            num_parallel_calls=tf.data.AUTOTUNE,
        )
        .batch(batch_size)
    )
    if super_resolved:
        batches = batches.map(
            lambda batch: {
                **batch,
                "super_resolved": tf.ones_like(batch["has_grade"]),
            }
        )
    if fill:
        batches = batches.map(lambda batch: _filled(batch, batch_size))
    return _unsharded(batches.prefetch(2))


def _concatenated(parts: list[tf.data.Dataset]) -> tf.data.Dataset:
    """Concatenates datasets as a shallow tree, which long chains are not."""
    while len(parts) > 1:
        pairs = zip(parts[::2], parts[1::2], strict=False)
        joined = [one.concatenate(other) for one, other in pairs]
        parts = joined + parts[len(joined) * 2 :]
    return parts[0]


def _training_sample(
    sample: Sample,
    config: Config,
    phase: PhaseConfig,
    seed: tf.Tensor,
    super_resolved: float = 0.0,
) -> Sample:
    """Crops, augments and degrades one sample."""
    seeds = tf.random.split(seed, 4)
    if phase.crop_size and phase.crop_size < config.data.high_res_size:
        sample = augmentation.random_crop(
            sample,
            phase.crop_size,
            config.model.scale,
            phase.lesion_focus,
            seeds[0],
        )
    for_grader = "lesion_maps" in sample or super_resolved > 0
    if for_grader:
        sample = {k: v for k, v in sample.items() if k != "lesions"}
    wide = config.data.augmentation == "wide"
    wide_seeds = tf.random.split(seeds[2], 4)
    sample = augmentation.flip_and_rotate(sample, seeds[1])
    if wide and for_grader:
        # Not where the photograph is a target: interpolated, it is blurred.
        sample = other_cameras.turn_and_scale(sample, wide_seeds[0])
    sample = _to_float(sample)
    if config.data.photometric_jitter:
        sample["photograph"] = augmentation.photometric_jitter(
            sample["photograph"], config.data.photometric_jitter, seeds[2]
        )
    if wide:
        sample["photograph"] = other_cameras.other_colors(
            sample["photograph"], wide_seeds[1]
        )
    finished = _finish(sample)
    if not for_grader or super_resolved:
        low_res = _DEGRADATIONS[config.data.degradation]
        finished["low_res"] = low_res(
            finished["high_res"], config.model.scale, seeds[3]
        )
    if for_grader and wide:
        finished["high_res"] = other_cameras.poorer(
            finished["high_res"], wide_seeds[2]
        )
    if super_resolved:
        draw = tf.random.stateless_uniform([], wide_seeds[3])
        finished["super_resolved"] = tf.cast(draw < super_resolved, tf.float32)
    return finished


def _to_float(sample: Sample) -> Sample:
    floats = dict(sample)
    for name in augmentation.PICTURES:
        if name in sample:
            floats[name] = tf.cast(sample[name], tf.float32) / 255.0
    return floats


def _finish(sample: Sample) -> Sample:
    """Renames a sample's features as in the batches, and marks its labels."""
    names = ("lesions", "lesion_maps")
    maps = {name: sample[name] for name in names if name in sample}
    return {
        **maps,
        "high_res": sample["photograph"],
        "has_lesions": tf.cast(sample["has_lesions"], tf.float32),
        "grade": tf.cast(sample["grade"], tf.int32),
        "has_grade": tf.cast(sample["grade"] >= 0, tf.float32),
    }


def _with_low_res(sample: Sample, scale: int) -> Sample:
    low_res = degradation.low_resolution(sample["high_res"], scale)
    return {**sample, "low_res": low_res}


def _filled(batch: Sample, size: int) -> Sample:
    """Fills up a batch with its first sample, unlabeled and of weight 0."""
    count = tf.shape(batch["grade"])[0]
    rows = tf.range(size)
    real = tf.cast(rows < count, tf.float32)
    sources = tf.where(rows < count, rows, 0)
    filled = {name: tf.gather(value, sources) for name, value in batch.items()}
    for label in ("has_lesions", "has_grade"):
        filled[label] *= real
    return {**filled, "weight": real}


def _unsharded(batches: tf.data.Dataset) -> tf.data.Dataset:
    """Stops `tf.distribute` from dividing the files among workers."""
    options = tf.data.Options()
    options.experimental_distribute.auto_shard_policy = (
        tf.data.experimental.AutoShardPolicy.OFF
    )
    options.deterministic = True
    return batches.with_options(options)
