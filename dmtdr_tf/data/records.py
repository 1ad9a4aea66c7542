"""Prepared TFDS records, read as plain samples."""

import dataclasses
import os
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import tensorflow as tf
import tensorflow_datasets as tfds

from dmtdr_tf.config.phases import Keep
from dmtdr_tf.data.building import DATASETS, builder, builders
from dmtdr_tf.files.errors import UserError
from dmtdr_tf.labels import LESIONS

__all__ = [
    "DATASETS",
    "Labels",
    "Part",
    "builder",
    "builders",
    "decode",
    "in_order",
    "read_labels",
    "read_samples",
]

# Labels by folder, split and time of the records: every phase asks for them,
# and reading them reads the records as a whole.
_labels: dict[tuple[str, str, int], "Labels"] = {}
_FEATURES = ("photograph", "lesions", "has_lesions", "grade")


@dataclasses.dataclass(frozen=True)
class Labels:
    """The labels of every photograph of a split, in reading order.

    Args:
        grade: `[N]` int: 0 to 4, or -1 where unknown.
        has_lesions: `[N]` bool: whether lesions were annotated.

    Example:
    >>> labels = Labels(np.array([2, -1]), np.array([False, True]))
    >>> labels.keep("grade").tolist()
    [True, False]
    """

    grade: np.ndarray
    has_lesions: np.ndarray

    def keep(self, keep: Keep) -> np.ndarray:
        """Returns the mask `[N]` of the photographs that `keep` selects."""
        if keep == "lesions":
            return self.has_lesions
        if keep == "grade":
            return self.grade >= 0
        return np.ones(len(self.grade), bool)


@dataclasses.dataclass(frozen=True)
class Part:
    """The selected samples of one data set's split.

    Args:
        samples: Samples with `photograph` and `lesions` still encoded (see
            `decode`), `has_lesions` bool and `grade` int64 (-1 if unknown).
        grade: `[N]` int, the grade of every sample.
    """

    samples: tf.data.Dataset
    grade: np.ndarray


def read_labels(builder: tfds.core.DatasetBuilder, split: str) -> Labels:
    """Reads the labels of a split without decoding its photographs.

    Args:
        builder: A builder whose records are prepared.
        split: `"train"`, `"validation"` or `"test"`.

    Returns:
        The labels.

    Raises:
        UserError: The data set has no such split.
    """
    _check_split(builder, split)
    information = os.path.join(builder.data_dir, "dataset_info.json")
    changed = os.stat(information).st_mtime_ns
    key = (os.fspath(builder.data_dir), split, changed)
    if key not in _labels:
        _labels[key] = _labels_from_records(builder, split)
    return _labels[key]


def _labels_from_records(
    builder: tfds.core.DatasetBuilder, split: str
) -> Labels:
    dataset = builder.as_dataset(
        split=split,
        decoders=tfds.decode.PartialDecoding(
            {"grade": True, "has_lesions": True}
        ),
        shuffle_files=False,
        read_config=in_order(),
    )
    rows = [
        (row["grade"], row["has_lesions"])
        for row in dataset.as_numpy_iterator()
    ]
    return Labels(
        np.array([int(grade) for grade, _ in rows], int),
        np.array([bool(known) for _, known in rows], bool),
    )


def read_samples(
    builders: Sequence[tfds.core.DatasetBuilder],
    split: str,
    keep: Keep = "all",
) -> list[Part | None]:
    """Reads the samples of a split of several data sets, in fixed order.

    Args:
        builders: Builders whose records are prepared.
        split: `"train"`, `"validation"` or `"test"`.
        keep: The samples to keep: all, those with lesion masks, or those with
            a grade.

    Returns:
        One part per builder; None where no sample is kept.

    Raises:
        UserError: None of the data sets has such a split, or no sample of it
            is kept.
    """
    if len(builders) == 1 or not any(split in b.info.splits for b in builders):
        _check_split(builders[0], split)
    parts = [_read(builder, split, keep) for builder in builders]
    if not any(parts):
        names = " and ".join(builder.info.full_name for builder in builders)
        needed = {"lesions": "with lesion masks", "grade": "with a grade"}
        raise UserError(
            f"{names}: no photograph {needed.get(keep, '')} in split {split!r}"
        )
    return parts


def in_order() -> tfds.ReadConfig:
    """Returns how every reader reads, so that all have the same order.

    By default TFDS takes turns between the files of a split.
    """
    return tfds.ReadConfig(interleave_cycle_length=1, try_autocache=False)


def _check_split(builder: tfds.core.DatasetBuilder, split: str) -> None:
    splits = builder.info.splits
    if split not in splits:
        raise UserError(
            f"{builder.info.full_name} has no split {split!r}; choose from "
            f"{', '.join(splits)}",
            argument="split",
        )


def _read(
    builder: tfds.core.DatasetBuilder, split: str, keep: Keep
) -> Part | None:
    if split not in builder.info.splits:
        return None
    labels = read_labels(builder, split)
    kept = labels.keep(keep)
    if not kept.any():
        return None
    dataset = builder.as_dataset(
        split=split,
        decoders={
            "photograph": tfds.decode.SkipDecoding(),
            "lesions": tfds.decode.SkipDecoding(),
        },
        shuffle_files=False,
        read_config=in_order(),
    )
    # Filtered before decoding, which is slow.
    dataset = dataset.filter(lambda sample: _is_kept(sample, keep))
    dataset = dataset.map(lambda s: {name: s[name] for name in _FEATURES})
    dataset = dataset.apply(tf.data.experimental.assert_cardinality(kept.sum()))
    return Part(dataset, labels.grade[kept])


def _is_kept(sample: Mapping[str, tf.Tensor], keep: Keep) -> tf.Tensor:
    if keep == "lesions":
        return sample["has_lesions"]
    if keep == "grade":
        return sample["grade"] >= 0
    return tf.constant(True)


def decode(sample: Mapping[str, tf.Tensor]) -> dict[str, Any]:
    """Decodes a sample's pictures.

    Args:
        sample: From `read_samples`.

    Returns:
        The sample, with `photograph` as uint8 `[S, S, 3]` and `lesions` as
        uint8 `[S, S, 4]`, 0 or 255.
    """
    return {
        **sample,
        "photograph": tf.io.decode_image(
            sample["photograph"], channels=3, expand_animations=False
        ),
        "lesions": tf.io.decode_png(sample["lesions"], channels=len(LESIONS)),
    }
