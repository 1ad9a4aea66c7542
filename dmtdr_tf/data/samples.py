"""The samples of a split, decoded in memory where they fit."""

import dataclasses
import functools
from collections.abc import Callable

import numpy as np
import tensorflow as tf

from dmtdr_tf.config import Config
from dmtdr_tf.config.phases import Keep
from dmtdr_tf.data import augmentation, records
from dmtdr_tf.labels import LESIONS

__all__ = ["LesionMaps", "Samples", "read_split"]

# A frozen segmenter: `[B, S, S, 3]` to `[B, S, S, 4]`, float32 in [0, 1].
LesionMaps = Callable[[tf.Tensor], tf.Tensor]


@dataclasses.dataclass(frozen=True)
class Samples:
    """The samples of a split, encoded unless they are cached in memory.

    Args:
        parts: One `tf.data.Dataset` per data set.
        grades: The grades of each part, `[N]` int.
        weights: How often to sample from each part; empty to sample every
            photograph equally often.
        decode: Decodes a dataset of samples.
        cached: Whether the decoded samples stay in memory.
    """

    parts: list[tf.data.Dataset]
    grades: list[np.ndarray]
    weights: list[float]
    decode: Callable[[tf.data.Dataset], tf.data.Dataset]
    cached: bool

    @property
    def count(self) -> int:
        """Number of samples in all parts."""
        return sum(map(len, self.grades))

    def joined(self) -> tf.data.Dataset:
        """Returns the parts as one dataset."""
        return functools.reduce(tf.data.Dataset.concatenate, self.parts)

    def a_grade_each(self) -> tf.data.Dataset:
        """Returns the first sample of each grade, -1 of no grade last."""
        grades, first = np.unique(
            np.concatenate(self.grades), return_index=True
        )
        order = [*first[grades >= 0], *first[grades < 0]]
        chosen = [self.joined().skip(int(i)).take(1) for i in order]
        return functools.reduce(tf.data.Dataset.concatenate, chosen)

    def decoded(self, samples: tf.data.Dataset) -> tf.data.Dataset:
        """Decodes samples taken from `parts`, unless they are decoded."""
        return samples if self.cached else self.decode(samples)

    @functools.cached_property
    def by_grade(self) -> list[np.ndarray]:
        """Masks `[N]` of the samples of each grade that occurs."""
        grades = np.concatenate(self.grades)
        return [grades == grade for grade in np.unique(grades[grades >= 0])]

    @functools.cached_property
    def by_lesion(self) -> list[np.ndarray]:
        """Masks `[N]` of the samples with each lesion, and without any."""
        lesions = self.decoded(self.joined()).map(
            lambda sample: tf.reduce_any(sample["lesions"] > 0, axis=(0, 1)),
            num_parallel_calls=tf.data.AUTOTUNE,
        )
        present = np.stack(list(lesions.as_numpy_iterator()))
        groups = [*present.T, ~present.any(axis=1)]
        return [group for group in groups if group.any()]


def read_split(
    config: Config,
    split: str,
    keep: Keep,
    lesion_maps: LesionMaps | None,
    cache: bool = True,
) -> Samples:
    """Reads a split, and decodes it into memory if it fits.

    Args:
        config: Data sets, their weights, sizes and the memory to use.
        split: `"train"`, `"validation"` or `"test"`.
        keep: The samples to keep.
        lesion_maps: Computes a feature `lesion_maps` for every sample.
        cache: Whether to keep decoded samples in memory at all.

    Returns:
        The samples.

    Raises:
        UserError: As `records.builders` and `records.read_samples`.
    """
    parts = records.read_samples(records.builders(config), split, keep)
    weights = config.run.dataset_weights or [0.0] * len(parts)
    kept = [
        (part, weight)
        for part, weight in zip(parts, weights, strict=True)
        if part is not None
    ]
    grades = [part.grade for part, _ in kept]
    side = config.data.high_res_size
    channels = 3 + len(LESIONS) * (1 if lesion_maps is None else 2)
    budget = config.data.cache_gigabytes * 1e9
    cached = cache and (sum(map(len, grades)) * side**2 * channels <= budget)
    decode = functools.partial(_decode, side=side, lesion_maps=lesion_maps)
    return Samples(
        [
            decode(part.samples).cache() if cached else part.samples
            for part, _ in kept
        ],
        grades,
        [weight for _, weight in kept] if config.run.dataset_weights else [],
        decode,
        cached,
    )


def _decode(
    samples: tf.data.Dataset, side: int, lesion_maps: LesionMaps | None
) -> tf.data.Dataset:
    samples = samples.map(
        lambda sample: _set_shapes(records.decode(sample), side),
        num_parallel_calls=tf.data.AUTOTUNE,
    )
    if lesion_maps is not None:
        samples = samples.map(lambda s: _with_lesion_maps(s, lesion_maps))
    return samples


def _set_shapes(sample: augmentation.Sample, side: int) -> augmentation.Sample:
    shaped = dict(sample)
    for name in augmentation.PICTURES:
        if name in sample:
            channels = 3 if name == "photograph" else len(LESIONS)
            shaped[name] = tf.ensure_shape(sample[name], (side, side, channels))
    return shaped


def _with_lesion_maps(
    sample: augmentation.Sample, lesion_maps: LesionMaps
) -> augmentation.Sample:
    photograph = tf.cast(sample["photograph"], tf.float32)[None] / 255.0
    maps = tf.cast(tf.round(lesion_maps(photograph)[0] * 255.0), tf.uint8)
    return {**sample, "lesion_maps": maps}
