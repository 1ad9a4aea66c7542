"""TFDS's own test of every builder, on dummy data in the official layout."""

import tensorflow_datasets as tfds

from dmtdr_tf_datasets.ddr import ddr_dataset_builder as ddr
from dmtdr_tf_datasets.eyepacs import eyepacs_dataset_builder as eyepacs
from dmtdr_tf_datasets.idrid import idrid_dataset_builder as idrid


class DdrTest(tfds.testing.DatasetBuilderTestCase):
    DATASET_CLASS = ddr.Builder
    BUILDER_CONFIG_NAMES_TO_TEST = ["joint_256"]
    SPLITS = {"train": 2, "validation": 2, "test": 2}


class DdrSegmentationTest(tfds.testing.DatasetBuilderTestCase):
    DATASET_CLASS = ddr.Builder
    BUILDER_CONFIG_NAMES_TO_TEST = ["segmentation_256"]
    SPLITS = {"train": 1, "validation": 1, "test": 1}


class EyepacsTest(tfds.testing.DatasetBuilderTestCase):
    DATASET_CLASS = eyepacs.Builder
    BUILDER_CONFIG_NAMES_TO_TEST = ["256"]
    SPLITS = {"train": 2, "validation": 2, "test": 2}


class IdridTest(tfds.testing.DatasetBuilderTestCase):
    DATASET_CLASS = idrid.Builder
    BUILDER_CONFIG_NAMES_TO_TEST = ["128"]
    # Segmentation 01 is grading 102; 06 is a validation eye.
    SPLITS = {"train": 3, "validation": 1}


class IdridGradingTest(tfds.testing.DatasetBuilderTestCase):
    DATASET_CLASS = idrid.Builder
    BUILDER_CONFIG_NAMES_TO_TEST = ["grading_128"]
    SPLITS = {"train": 2}
