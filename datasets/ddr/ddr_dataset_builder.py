"""TFDS builder of DDR: the graded part, the annotated part, or both."""

import dataclasses
from typing import Literal

import numpy as np
import tensorflow_datasets as tfds

from dmtdr_tf.files.errors import UserError
from dmtdr_tf_datasets.ddr.folder import (
    UNGRADABLE,
    OfficialFolder,
    Photograph,
)
from dmtdr_tf_datasets.listing import Listing
from dmtdr_tf_datasets.official_folder import Published, warn_about_counts
from dmtdr_tf_datasets.photograph_builder import PhotographBuilder
from dmtdr_tf_datasets.photograph_config import PhotographConfig
from dmtdr_tf_datasets.preparation import Source
from dmtdr_tf_datasets.splits import group_by_split

__all__ = ["Builder", "DdrConfig"]

Part = Literal["grading", "segmentation", "joint"]
PARTS: tuple[Part, ...] = ("grading", "segmentation", "joint")
SIZES = (256, 512, 1024)
# Counted by public repositories in the official lists; README.md says where two
# of them differ. The splits of the joint part are ours.
PUBLISHED: dict[Part, Published] = {
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
class DdrConfig(PhotographConfig):
    """The part and the size of the prepared photographs.

    Args:
        part: `"grading"`, `"segmentation"`, or `"joint"` for every photograph
            of both parts once, with all its labels.
    """

    part: Part = "joint"


class Builder(PhotographBuilder):
    """DDR: 13,673 photographs with grades, 757 with lesion masks.

    Photographs are cropped to the field of view, padded to a square and
    resized. README.md describes the splits.
    """

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
    Download DDR as described at https://github.com/nkicsl/DDR-dataset, join
    and unpack the archive, and give the folder that contains "DR_grading" and
    "lesion_segmentation".
    """

    def _info(self) -> tfds.core.DatasetInfo:
        return self._photograph_info(
            "https://github.com/nkicsl/DDR-dataset", gradable=np.bool_
        )

    @property
    def published(self) -> Published:
        """Published counts by split and grade; none for the joint part."""
        return PUBLISHED.get(self.builder_config.part, {})

    def list_photographs(self, manual_dir: str) -> Listing:
        """Lists DDR's photographs, as `PhotographBuilder` says."""
        part = self.builder_config.part
        folder = OfficialFolder(manual_dir)
        photographs = getattr(folder, part)()
        if not photographs:
            raise UserError(f"{folder.root}: no photograph of part {part!r}")
        warn_about_counts(
            f"ddr/{part}", (p.split for p in photographs), self.published
        )
        sources = group_by_split(photographs, lambda p: p.split, _source)
        return Listing(folder.root, sources)


def _source(photograph: Photograph) -> Source:
    """Marks an ungradable photograph, which has no grade."""
    gradable = photograph.grade != UNGRADABLE
    grade = photograph.grade if gradable else -1
    return Source(
        photograph.name,
        photograph.image,
        photograph.masks,
        {"grade": grade, "gradable": gradable},
    )
