"""TFDS builder of EyePACS, as the Kaggle competition of 2015 packs it."""

import dataclasses
import os
from typing import Any

import tensorflow_datasets as tfds

from dmtdr_tf.files.errors import UserError
from dmtdr_tf_datasets import preparation
from dmtdr_tf_datasets.eyepacs.folder import (
    SPLITS,
    OfficialFolder,
    Photograph,
)
from dmtdr_tf_datasets.photograph_builder import PhotographBuilder

SIZES = (256, 512, 1024)
PUBLISHED: preparation.Published = {
    "train": {
        "photographs": 35_126,
        "grade 0": 25_810,
        "grade 1": 2_443,
        "grade 2": 5_292,
        "grade 3": 873,
        "grade 4": 708,
    },
    "validation": {"photographs": 10_906},
    "test": {"photographs": 42_670},
}


@dataclasses.dataclass(eq=False)
class EyepacsConfig(tfds.core.BuilderConfig):
    """One size of the prepared photographs.

    Args:
        size: Side of the photograph, in pixels.
    """

    size: int = 512


class Builder(PhotographBuilder):
    """EyePACS: 88,702 graded photographs, two eyes of each patient.

    Photographs are cropped to the field of view, padded to a square and
    reduced. See README.md for the splits.
    """

    VERSION = tfds.core.Version("1.1.0")
    RELEASE_NOTES = {
        "1.0.0": "First release.",
        "1.1.0": "Every photograph's quality, as a column.",
    }
    BUILDER_CONFIGS = [
        EyepacsConfig(
            name=str(size),
            size=size,
            description=f"{size} x {size} pixels.",
        )
        for size in SIZES
    ]
    MANUAL_DOWNLOAD_INSTRUCTIONS = """\
    Download the competition "Diabetic Retinopathy Detection" from Kaggle
    (https://kaggle.com/competitions/diabetic-retinopathy-detection), join and
    unpack the archives, and give the folder that holds "train" with
    trainLabels.csv and "test" with retinopathy_solution.csv.
    """

    def _info(self) -> tfds.core.DatasetInfo:
        return self.dataset_info_from_configs(
            features=preparation.features(
                self.builder_config.size,
                patient=tfds.features.Text(),
                eye=tfds.features.Text(),
            ),
            homepage=(
                "https://kaggle.com/competitions/diabetic-retinopathy-detection"
            ),
        )

    @property
    def published(self) -> preparation.Published:
        """Counts by split, and by grade where they are known."""
        return PUBLISHED

    def _split_generators(
        self, dl_manager: tfds.download.DownloadManager
    ) -> dict[str, Any]:
        folder = OfficialFolder(os.fspath(dl_manager.manual_dir))
        photographs = folder.photographs()
        if not photographs:
            raise UserError(f"{folder.root}: no labelled photograph")
        preparation.warn_of_counts(
            "eyepacs", (p.split for p in photographs), PUBLISHED
        )
        members = {
            split: [_source(p) for p in photographs if p.split == split]
            for split in SPLITS
        }
        return {
            split: self._generate_examples(split, sources)
            for split, sources in members.items()
            if sources
        }


def _source(photograph: Photograph) -> preparation.Source:
    labels = {
        "grade": photograph.grade,
        "patient": photograph.patient,
        "eye": photograph.eye,
    }
    return preparation.Source(photograph.name, photograph.image, (), labels)
