"""Representative photographs: what an int8 model is calibrated with."""

import functools
import pathlib

import numpy as np
import tensorflow as tf

from dmtdr_tf.config import Config
from dmtdr_tf.data import records
from dmtdr_tf.files.errors import UserError
from dmtdr_tf.preprocessing.degradation import low_resolution
from dmtdr_tf.preprocessing.field_of_view import (
    NoFieldOfViewError,
    find_field_of_view,
)
from dmtdr_tf.preprocessing.model_input import model_input
from dmtdr_tf.preprocessing.reading import read_photograph


def representative_photographs(
    config: Config, split: str, count: int
) -> list[np.ndarray]:
    """Takes a sample of a split that is balanced over the grades.

    Args:
        config: Data set and sizes.
        split: `"train"`, `"validation"` or `"test"`.
        count: How many photographs; fewer where the split has no more.

    Returns:
        Low-resolution photographs, each `[1, h, w, 3]` float32 in [0, 1].

    Raises:
        UserError: `count` is below 1, or the data set or split is not there
            or has no grades.
    """
    if count < 1:
        raise UserError(f"--representative must be at least 1, not {count}")
    found = records.read_samples(records.builders(config), split, "grade")
    parts = [part for part in found if part is not None]
    grades = np.concatenate([part.grade for part in parts])
    chosen = np.zeros(len(grades), bool)
    chosen[balanced(grades, count, config.run.seed)] = True
    samples = functools.reduce(
        tf.data.Dataset.concatenate, [part.samples for part in parts]
    )
    # Only those that are chosen are decoded.
    samples = samples.enumerate().filter(
        lambda number, _: tf.constant(chosen)[number]
    )
    return [
        _low_res(sample["photograph"], config).numpy()
        for _, sample in samples.map(lambda i, s: (i, records.decode(s)))
    ]


def read_low_res(file: pathlib.Path, config: Config) -> np.ndarray:
    """Reads a photograph and makes the model's input of it.

    Args:
        file: A JPEG, PNG or TIFF file.
        config: Sizes.

    Returns:
        `[1, h, w, 3]` float32 in [0, 1].

    Raises:
        UserError: The file is no photograph, or shows no retina.
    """
    photograph = read_photograph(file)
    try:
        view = find_field_of_view(photograph)
    except NoFieldOfViewError as error:
        raise UserError(f"{file}: {error}") from None
    sizes = config.low_res_size, config.data.high_res_size
    return model_input(photograph, view, *sizes)[0][None]


def _low_res(photograph: tf.Tensor, config: Config) -> tf.Tensor:
    side = config.data.high_res_size
    high_res = tf.ensure_shape(photograph, (side, side, 3))
    high_res = tf.cast(high_res, tf.float32)[None] / 255.0
    return low_resolution(high_res, config.model.scale)


def balanced(grades: np.ndarray, count: int, seed: int) -> list[int]:
    """Draws places so that every grade is drawn as often as it can be.

    Args:
        grades: `[N]` int.
        count: How many to draw, without repetition; at most `N` are.
        seed: The same seed draws the same.

    Returns:
        Places in `grades`, sorted.
    """
    rng = np.random.default_rng(seed)
    order = rng.permutation(len(grades))
    # How many of the same grade come before each.
    turns = np.zeros(len(grades), int)
    for grade in np.unique(grades):
        same = order[grades[order] == grade]
        turns[same] = np.arange(len(same))
    ranked = order[np.argsort(turns[order], kind="stable")]
    return sorted(int(place) for place in ranked[:count])
