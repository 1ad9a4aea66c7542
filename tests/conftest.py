"""Quiet TensorFlow, and data sets so small that they are built on the fly."""

import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras
import numpy as np
import pytest
import tensorflow_datasets as tfds

from dmtdr_tf.config import ModelConfig

pytest_plugins = [
    "fixtures.calibration",
    "fixtures.chromium",
    "fixtures.small_model",
    "fixtures.prediction",
    "fixtures.server",
    "fixtures.idrid",
]

SPLITS = {"train": 10, "validation": 3}


class Dots(tfds.core.GeneratorBasedBuilder):
    """Photographs whose red says their number; every third is annotated."""

    VERSION = tfds.core.Version("1.0.0")
    BUILDER_CONFIGS = [
        tfds.core.BuilderConfig(name=str(size)) for size in (32, 64)
    ]
    # The number of the first photograph, and how many there are.
    first, splits = 0, SPLITS

    @property
    def size(self):
        return int(self.builder_config.name)

    def _info(self):
        size = self.size
        return self.dataset_info_from_configs(
            features=tfds.features.FeaturesDict(
                {
                    "photograph": tfds.features.Image(shape=(size, size, 3)),
                    "lesions": tfds.features.Image(
                        shape=(size, size, 4), encoding_format="png"
                    ),
                    "has_lesions": np.bool_,
                    "grade": np.int64,
                    "name": tfds.features.Text(),
                }
            )
        )

    def _split_generators(self, dl_manager):
        return {
            split: self._generate_examples(n)
            for split, n in self.splits.items()
        }

    def _generate_examples(self, count):
        size = self.size
        for number in range(self.first, self.first + count):
            has_lesions, grade = self._labels(number)
            photograph = np.zeros((size, size, 3), "uint8")
            photograph[..., 0] = 10 * number + 5
            photograph[..., 1] = np.arange(size)
            lesions = np.zeros((size, size, 4), "uint8")
            lesions[4:8, 4:8, number % 4] = 255 * has_lesions
            yield (
                number,
                {
                    "photograph": photograph,
                    "lesions": lesions,
                    "has_lesions": has_lesions,
                    "grade": grade,
                    "name": str(number),
                },
            )

    def _labels(self, number):
        return number % 3 == 0, number % 6 - 1


class GradedDots(Dots):
    """Four graded photographs, numbered from 10, none annotated."""

    first, splits = 10, {"train": 4}

    def _labels(self, number):
        return False, number % 5


class MaskedDots(Dots):
    """Six annotated photographs, numbered from 14, none graded."""

    first, splits = 14, {"train": 6, "validation": 2}

    def _labels(self, number):
        return True, -1


@pytest.fixture(autouse=True)
def _precision_stays():
    """A command sets the process's precision; the next test has its own."""
    policy = keras.config.dtype_policy()
    yield
    keras.config.set_dtype_policy(policy)


@pytest.fixture(scope="session")
def dots_dir(tmp_path_factory):
    folder = tmp_path_factory.mktemp("tfds")
    for size in (32, 64):
        Dots(data_dir=folder, config=str(size)).download_and_prepare()
    for builder in (GradedDots, MaskedDots):
        builder(data_dir=folder, config="32").download_and_prepare()
    return folder


@pytest.fixture(scope="session")
def tiny():
    """The narrowest model: what a test needs when any will do."""
    return ModelConfig(
        super_resolution_width=4,
        super_resolution_blocks=1,
        segmentation_width=2,
        grading_width=4,
        grading_units=8,
    )
