"""From prepared records to batches, deterministic under a seed."""

import dataclasses
import functools
from collections.abc import Callable

import numpy as np
import tensorflow as tf

from dmtdr_tf.config import Config, PhaseConfig
from dmtdr_tf.config.phases import Keep
from dmtdr_tf.data import augmentation, records
from dmtdr_tf.preprocessing import degradation

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
            maps are computed once a photograph and kept with it where the
            data set fits into memory, and anew every epoch where not.

    Returns:
        The batches. Each has `low_res` `[B, h, w, 3]`, `high_res`
        `[B, H, W, 3]`, `lesions` `[B, H, W, 4]`, `has_lesions` `[B]` and
        `has_grade` `[B]` as float32, `grade` `[B]` int32. With `lesion_maps`
        it has those as `[B, H, W, 4]` float32 in place of `low_res` and
        `lesions`, which a grader does not learn from.

    Raises:
        UserError: As `records.builders` and `records.read_samples`.
    """
    samples = _samples(config, "train", keep, lesion_maps)
    count = samples.count
    steps = phase.steps_per_epoch or max(1, count // phase.batch_size)
    # Whole updates only, so that no gradient waits across an epoch's end.
    steps = -(-steps // phase.gradient_accumulation)
    steps *= phase.gradient_accumulation
    draws = steps * phase.batch_size
    drawn = _concatenated(
        [
            _epoch(samples, config, phase, number, draws).take(draws)
            for number in range(initial_epoch, phase.epochs)
        ]
    )
    # A sample's number in the whole phase seeds its augmentation.
    drawn = samples.decoded(drawn).enumerate(initial_epoch * draws)
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
        _unsharded(batches.prefetch(2)), steps, count, samples.cached
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
) -> tf.data.Dataset:
    """Makes a split's batches of whole photographs, unchanged and in order.

    Args:
        config: Data set and sizes.
        split: `"train"`, `"validation"` or `"test"`.
        batch_size: Photographs in a batch; the last may be smaller.
        keep: Which photographs: all, the annotated, or the graded.
        lesion_maps: As in `training_data`.
        cache: Keep decoded photographs in memory where they fit: for more
            than one pass.
        fill: Fill the last batch up with samples whose `weight` is 0 and that
            have no label, for replicas that share a batch evenly.

    Returns:
        Batches as in `training_data`, `low_res` and `lesions` always among
        them; with `fill`, also `weight` `[B]`.

    Raises:
        UserError: As `records.builders` and `records.read_samples`.
    """
    samples = _samples(config, split, keep, lesion_maps, cache)
    scale = config.model.scale
    batches = samples.decoded(samples.joined())
    batches = batches.map(
        lambda sample: _with_low_res(_finish(_to_float(sample)), scale),
        num_parallel_calls=tf.data.AUTOTUNE,
    ).batch(batch_size)
    if fill:
        batches = batches.map(lambda batch: _filled(batch, batch_size))
    return _unsharded(batches.prefetch(2))


@dataclasses.dataclass(frozen=True)
class _Samples:
    """A split's samples, still encoded unless they are kept in memory.

    Args:
        parts: A data set per source.
        grades: `[N]` int each, their samples' grades.
        weights: How often each is drawn from; empty for every sample once.
        decode: From a stream of `parts`' samples to decoded ones.
        cached: Whether they stay in memory, decoded.
    """

    parts: list[tf.data.Dataset]
    grades: list[np.ndarray]
    weights: list[float]
    decode: Callable[[tf.data.Dataset], tf.data.Dataset]
    cached: bool

    @property
    def count(self) -> int:
        return sum(map(len, self.grades))

    def joined(self) -> tf.data.Dataset:
        return functools.reduce(tf.data.Dataset.concatenate, self.parts)

    def decoded(self, stream: tf.data.Dataset) -> tf.data.Dataset:
        return stream if self.cached else self.decode(stream)

    @functools.cached_property
    def by_grade(self) -> list[np.ndarray]:
        """Masks `[N]` of the samples of each grade that there is."""
        grades = np.concatenate(self.grades)
        return [grades == grade for grade in np.unique(grades[grades >= 0])]

    @functools.cached_property
    def by_lesion(self) -> list[np.ndarray]:
        """Masks `[N]` of those with each kind of lesion, and with none."""
        stream = self.decoded(self.joined()).map(
            lambda sample: tf.reduce_any(sample["lesions"] > 0, axis=(0, 1)),
            num_parallel_calls=tf.data.AUTOTUNE,
        )
        present = np.stack(list(stream.as_numpy_iterator()))
        groups = [*present.T, ~present.any(axis=1)]
        return [group for group in groups if group.any()]


def _samples(config, split, keep, lesion_maps, cache=True):
    """Reads a split; decodes it into memory where it fits and should."""
    found = records.read_samples(records.builders(config), split, keep)
    weights = config.run.dataset_weights or [0.0] * len(found)
    kept = [
        (part, weight)
        for part, weight in zip(found, weights, strict=True)
        if part is not None
    ]
    parts = [part.samples for part, _ in kept]
    grades = [part.grade for part, _ in kept]
    side = config.data.high_res_size
    pixels = side**2 * (7 + 4 * (lesion_maps is not None))
    budget = config.data.cache_gigabytes * 1e9
    cached = cache and sum(map(len, grades)) * pixels <= budget

    def decode(stream):
        stream = stream.map(
            lambda s: _set_shapes(records.decode(s), side),
            num_parallel_calls=tf.data.AUTOTUNE,
        )
        if lesion_maps is not None:
            stream = stream.map(lambda s: _with_lesion_maps(s, lesion_maps))
        return stream

    return _Samples(
        [decode(part).cache() for part in parts] if cached else parts,
        grades,
        [weight for _, weight in kept] if config.run.dataset_weights else [],
        decode,
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


def _epoch(samples, config, phase, number, draws):
    """An endless stream of samples in the order of one epoch.

    `draws` samples of it are an epoch. A part that does not fit into the
    shuffle buffer is read on from where the last epoch left it, so that all
    of it is seen in time.
    """
    seed = config.run.seed * 1_000_003 + number
    # What is in memory already costs the buffer nothing.
    buffer = samples.count if samples.cached else config.data.shuffle_buffer

    def shuffled(part, count, share=1.0):
        start = int(number * draws * share) % count if count > buffer else 0
        if start:
            part = part.skip(start).concatenate(part.take(start))
        return part.shuffle(
            buffer, seed, reshuffle_each_iteration=False
        ).repeat()

    if phase.class_balanced or phase.lesion_balanced:
        groups = samples.by_grade if phase.class_balanced else samples.by_lesion
        streams, weights = _by_group(samples, groups, shuffled)
    elif samples.weights:
        total = sum(samples.weights)
        weights = [weight / total for weight in samples.weights]
        streams = [
            shuffled(part, len(grades), weight)
            for part, grades, weight in zip(
                samples.parts, samples.grades, weights, strict=True
            )
        ]
    else:
        return shuffled(samples.joined(), samples.count)
    return tf.data.Dataset.sample_from_datasets(streams, weights, seed=seed)


def _by_group(samples, groups, shuffled):
    """A stream for each group `[N]` of samples, drawn from equally often."""
    share = 1.0 / len(groups)
    streams = []
    for group in groups:
        members = samples.joined().enumerate()
        members = members.filter(lambda i, _, g=group: tf.constant(g)[i])
        members = members.map(lambda _, sample: sample)
        streams.append(shuffled(members, int(group.sum()), share))
    return streams, [share] * len(groups)


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
    for_grader = "lesion_maps" in sample
    if for_grader:
        sample = {k: v for k, v in sample.items() if k != "lesions"}
    sample = augmentation.flip_and_rotate(sample, seeds[1])
    sample = _to_float(sample)
    if config.data.photometric_jitter:
        sample["photograph"] = augmentation.photometric_jitter(
            sample["photograph"], config.data.photometric_jitter, seeds[2]
        )
    finished = _finish(sample)
    if for_grader:
        return finished
    harder = config.data.degradation == "harder"
    return _with_low_res(
        finished, config.model.scale, seeds[3] if harder else None
    )


def _to_float(sample: Sample) -> Sample:
    floats = dict(sample)
    for name in augmentation.PICTURES:
        if name in sample:
            floats[name] = tf.cast(sample[name], tf.float32) / 255.0
    return floats


def _finish(sample: Sample) -> Sample:
    """Names a sample's parts as the batches do, with masks of what is known."""
    maps = ("lesions", "lesion_maps")
    known: Sample = {name: sample[name] for name in maps if name in sample}
    return {
        **known,
        "high_res": sample["photograph"],
        "has_lesions": tf.cast(sample["has_lesions"], tf.float32),
        "grade": tf.cast(sample["grade"], tf.int32),
        "has_grade": tf.cast(sample["grade"] >= 0, tf.float32),
    }


def _with_low_res(sample: Sample, scale: int, harder_seed=None) -> Sample:
    high_res = sample["high_res"]
    low_res = (
        degradation.low_resolution(high_res, scale)
        if harder_seed is None
        else degradation.harder_low_resolution(high_res, scale, harder_seed)
    )
    return {**sample, "low_res": low_res}


def _filled(batch: Sample, size: int) -> Sample:
    """Fills a batch up with its first sample, of weight 0 and unlabelled."""
    count = tf.shape(batch["grade"])[0]
    places = tf.range(size)
    real = tf.cast(places < count, tf.float32)
    taken = tf.where(places < count, places, 0)
    filled = {name: tf.gather(value, taken) for name, value in batch.items()}
    for label in ("has_lesions", "has_grade"):
        filled[label] *= real
    return {**filled, "weight": real}


def _unsharded(batches: tf.data.Dataset) -> tf.data.Dataset:
    """Keeps `tf.distribute` from splitting the files among workers."""
    options = tf.data.Options()
    options.experimental_distribute.auto_shard_policy = (
        tf.data.experimental.AutoShardPolicy.OFF
    )
    options.deterministic = True
    return batches.with_options(options)
