"""The representative photographs that an int8 model is calibrated with."""

import functools
import os

import numpy as np
import tensorflow as tf

from dmtdr_tf.config import Config
from dmtdr_tf.data import records
from dmtdr_tf.exporting.photographs import read_model_input
from dmtdr_tf.files.errors import UserError
from dmtdr_tf.preprocessing.degradation import low_resolution

__all__ = ["balanced", "read_low_res", "representative_photographs"]


def representative_photographs(
    config: Config, split: str, count: int
) -> list[np.ndarray]:
    """Draws a sample of a split that is balanced over the grades.

    Args:
        config: The data set and the sizes.
        split: `"train"`, `"validation"` or `"test"`.
        count: How many photographs; fewer where the split has no more.

    Returns:
        Low-resolution photographs, each `[1, h, w, 3]` float32 in [0, 1].

    Raises:
        UserError: `count` is below 1, or the data set or split is not there
            or has no grades.
    """
    if count < 1:
        raise UserError(
            f"must be at least 1, not {count}", argument="representative"
        )
    read = records.read_samples(records.builders(config), split, "grade")
    parts = [part for part in read if part is not None]
    grades = np.concatenate([part.grade for part in parts])
    chosen = np.zeros(len(grades), bool)
    chosen[balanced(grades, count, config.run.seed)] = True
    samples = functools.reduce(
        tf.data.Dataset.concatenate, [part.samples for part in parts]
    )
    # Only the chosen ones are decoded.
    samples = samples.enumerate().filter(
        lambda number, _: tf.constant(chosen)[number]
    )
    return [
        _low_res(sample["photograph"], config).numpy()
        for _, sample in samples.map(lambda i, s: (i, records.decode(s)))
    ]


def read_low_res(file: str | os.PathLike[str], config: Config) -> np.ndarray:
    """Reads a photograph to calibrate with.

    Args:
        file: A JPEG, PNG or TIFF file.
        config: The sizes and the thresholds of the quality gate.

    Returns:
        `[1, h, w, 3]` float32 in [0, 1].

    Raises:
        UserError: As `read_model_input`.
    """
    low_res, _ = read_model_input(file, config)
    return low_res[None]


def _low_res(photograph: tf.Tensor, config: Config) -> tf.Tensor:
    side = config.data.high_res_size
    high_res = tf.ensure_shape(photograph, (side, side, 3))
    high_res = tf.cast(high_res, tf.float32)[None] / 255.0
    return low_resolution(high_res, config.model.scale)


def balanced(grades: np.ndarray, count: int, seed: int) -> list[int]:
    """Draws indices so that the grades are as balanced as possible.

    Args:
        grades: `[N]` int.
        count: How many to draw, without repetition; at most `N` are drawn.
        seed: The same seed draws the same indices.

    Returns:
        Indices into `grades`, sorted.

    Example:
    >>> drawn = balanced(np.array([0, 0, 0, 0, 1, 1]), 4, seed=0)
    >>> np.array([0, 0, 0, 0, 1, 1])[drawn].tolist()
    [0, 0, 1, 1]
    """
    rng = np.random.default_rng(seed)
    order = rng.permutation(len(grades))
    # How many of the same grade come before each one.
    turns = np.zeros(len(grades), int)
    for grade in np.unique(grades):
        same = order[grades[order] == grade]
        turns[same] = np.arange(len(same))
    ranked = order[np.argsort(turns[order], kind="stable")]
    return sorted(int(index) for index in ranked[:count])
