"""TFDS builder of DDR: graded, masked, or both in one."""

import dataclasses
import os
from typing import Any, Literal

import numpy as np
import tensorflow_datasets as tfds

from dmtdr_tf.files.errors import UserError
from dmtdr_tf_datasets import preparation
from dmtdr_tf_datasets.ddr.folder import (
    SPLITS,
    UNGRADABLE,
    OfficialFolder,
    Photograph,
)
from dmtdr_tf_datasets.photograph_builder import PhotographBuilder

Part = Literal["grading", "segmentation", "joint"]
PARTS: tuple[Part, ...] = ("grading", "segmentation", "joint")
SIZES = (256, 512, 1024)
# By what public repositories count in the official lists; README.md says where
# two of them differ. The joint part's splits are ours.
PUBLISHED: dict[Part, preparation.Published] = {
    "grading": {
        "train": {"photographs": 6835},
        "validation": {"photographs": 2733},
        "train+validation": {
            "grade 0": 4385,
            "grade 1": 441,
            "grade 2": 3133,
            "grade 3": 165,
            "grade 4": 638,
        },
        "test": {
            "photographs": 4105,
            "grade 0": 1880,
            "grade 1": 189,
            "grade 2": 1344,
            "grade 3": 71,
            "grade 4": 275,
        },
        "train+validation+test": {"grade unknown": 1151},
    },
    "segmentation": {
        "train": {"photographs": 383},
        "validation": {"photographs": 149},
        "test": {"photographs": 225},
    },
}


@dataclasses.dataclass(eq=False)
class DdrConfig(tfds.core.BuilderConfig):
    """One part and size of the prepared photographs.

    Args:
        part: `"grading"`, `"segmentation"`, or `"joint"`: every photograph
            of either once, with all its labels.
        size: Side of photograph and masks, in pixels.
    """

    part: Part = "joint"
    size: int = 512


class Builder(PhotographBuilder):
    """DDR: 13,673 photographs with grades, 757 with lesion masks.

    Photographs are cropped to the field of view, padded to a square and
    reduced. See README.md for the splits.
    """

    VERSION = tfds.core.Version("1.1.0")
    RELEASE_NOTES = {
        "1.0.0": "First release.",
        "1.1.0": "Every photograph's quality, as a column.",
    }
    BUILDER_CONFIGS = [
        DdrConfig(
            name=f"{part}_{size}",
            part=part,
            size=size,
            description=f"Part {part}, {size} x {size} pixels.",
        )
        for part in PARTS
        for size in SIZES
    ]
    MANUAL_DOWNLOAD_INSTRUCTIONS = """\
    Download DDR as its authors' page says
    (https://github.com/nkicsl/DDR-dataset), join and unpack the archive, and
    give the folder that holds "DR_grading" and "lesion_segmentation".
    """

    def _info(self) -> tfds.core.DatasetInfo:
        return self.dataset_info_from_configs(
            features=preparation.features(
                self.builder_config.size, gradable=np.bool_
            ),
            homepage="https://github.com/nkicsl/DDR-dataset",
        )

    @property
    def published(self) -> preparation.Published:
        """Counts by split and grade, where they are known."""
        return PUBLISHED.get(self.builder_config.part, {})

    def _split_generators(
        self, dl_manager: tfds.download.DownloadManager
    ) -> dict[str, Any]:
        part = self.builder_config.part
        folder = OfficialFolder(os.fspath(dl_manager.manual_dir))
        photographs = getattr(folder, part)()
        if not photographs:
            raise UserError(f"{folder.root}: no photograph of part {part!r}")
        preparation.warn_of_counts(
            f"ddr/{part}",
            (p.split for p in photographs),
            self.published,
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
    """An ungradable photograph has no grade, and says so."""
    gradable = photograph.grade != UNGRADABLE
    return preparation.Source(
        photograph.name,
        photograph.image,
        photograph.masks,
        {
            "grade": photograph.grade if gradable else -1,
            "gradable": gradable,
        },
    )
