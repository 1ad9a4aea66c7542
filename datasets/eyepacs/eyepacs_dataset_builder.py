"""TFDS builder of EyePACS, in the layout of the Kaggle competition of 2015."""

import tensorflow_datasets as tfds

from dmtdr_tf.files.errors import UserError
from dmtdr_tf_datasets.eyepacs.folder import OfficialFolder, Photograph
from dmtdr_tf_datasets.listing import Listing
from dmtdr_tf_datasets.official_folder import Published, warn_about_counts
from dmtdr_tf_datasets.photograph_builder import PhotographBuilder
from dmtdr_tf_datasets.photograph_config import PhotographConfig
from dmtdr_tf_datasets.preparation import Source
from dmtdr_tf_datasets.splits import group_by_split

__all__ = ["Builder"]

SIZES = (256, 512, 1024)
HOMEPAGE = "https://kaggle.com/competitions/diabetic-retinopathy-detection"
PUBLISHED: Published = {
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


class Builder(PhotographBuilder):
    """EyePACS: 88,702 graded photographs, two eyes of each patient.

    Photographs are cropped to the field of view, padded to a square and
    resized. README.md describes the splits.
    """

    BUILDER_CONFIGS = [
        PhotographConfig(
            name=str(size),
            size=size,
            description=f"{size} x {size} pixels.",
        )
        for size in SIZES
    ]
    MANUAL_DOWNLOAD_INSTRUCTIONS = f"""\
    Download the files of the competition "Diabetic Retinopathy Detection"
    ({HOMEPAGE}),
    join and unpack the archives, and give the folder that contains "train"
    with trainLabels.csv and "test" with retinopathy_solution.csv.
    """

    def _info(self) -> tfds.core.DatasetInfo:
        return self._photograph_info(
            HOMEPAGE, patient=tfds.features.Text(), eye=tfds.features.Text()
        )

    @property
    def published(self) -> Published:
        """Published counts by split, and by grade where they are known."""
        return PUBLISHED

    def list_photographs(self, manual_dir: str) -> Listing:
        """Lists EyePACS's photographs, as `PhotographBuilder` says."""
        folder = OfficialFolder(manual_dir)
        photographs = folder.photographs()
        if not photographs:
            raise UserError(f"{folder.root}: no labeled photograph")
        warn_about_counts(
            "eyepacs", (p.split for p in photographs), self.published
        )
        sources = group_by_split(photographs, lambda p: p.split, _source)
        return Listing(folder.root, sources)


def _source(photograph: Photograph) -> Source:
    labels = {
        "grade": photograph.grade,
        "patient": photograph.patient,
        "eye": photograph.eye,
    }
    return Source(photograph.name, photograph.image, (), labels)
