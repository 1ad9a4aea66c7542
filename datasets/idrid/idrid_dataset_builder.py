"""TFDS builder of IDRiD: one sample per distinct photograph, split by eye."""

import dataclasses
import os
from typing import Any

import tensorflow_datasets as tfds

from dmtdr_tf.files.errors import UserError
from dmtdr_tf_datasets import preparation
from dmtdr_tf_datasets.idrid.eyes import SPLITS, read_photographs
from dmtdr_tf_datasets.idrid.folder import OfficialFolder, Part, Source
from dmtdr_tf_datasets.photograph_builder import PhotographBuilder

SIZES = (128, 256, 512, 1024)
# The official parts; without one, both together, split by eye.
PARTS: tuple[Part | None, ...] = (None, "segmentation", "grading")
PUBLISHED: dict[Part | None, preparation.Published] = {
    "segmentation": {"train": {"photographs": 54}, "test": {"photographs": 27}},
    "grading": {"train": {"photographs": 413}, "test": {"photographs": 103}},
}
# Split to its photographs.
Members = dict[str, list[preparation.Source]]


@dataclasses.dataclass(eq=False)
class IdridConfig(tfds.core.BuilderConfig):
    """One size of the prepared photographs, and how they are split.

    Args:
        size: Side of photograph and masks, in pixels.
        part: `"segmentation"` or `"grading"`: that official part with its
            official train and test split. None: every distinct photograph of
            both once, split by eye.
    """

    size: int = 512
    part: Part | None = None


class Builder(PhotographBuilder):
    """IDRiD: 516 + 81 official files, 531 distinct photographs, 510 eyes.

    Photographs are cropped to the field of view, padded to a square and
    reduced. See README.md for the splits and for what was found in the set.
    """

    VERSION = tfds.core.Version("1.1.0")
    RELEASE_NOTES = {
        "1.0.0": "First release.",
        "1.1.0": "Every photograph's quality, as a column.",
    }
    BUILDER_CONFIGS = [
        IdridConfig(
            name=f"{part}_{size}" if part else str(size),
            size=size,
            part=part,
            description=(
                f"Official part {part}" if part else "Both parts, by eye"
            )
            + f", {size} x {size} pixels.",
        )
        for part in PARTS
        for size in SIZES
    ]
    MANUAL_DOWNLOAD_INSTRUCTIONS = """\
    Download IDRiD (https://doi.org/10.21227/H25W98), unpack it, and give the
    folder that holds "A. Segmentation" and "B. Disease Grading".
    """

    def _info(self) -> tfds.core.DatasetInfo:
        return self.dataset_info_from_configs(
            features=preparation.features(
                self.builder_config.size, eye=tfds.features.Text()
            ),
            homepage="https://doi.org/10.21227/H25W98",
        )

    @property
    def published(self) -> preparation.Published:
        """Counts of the official parts."""
        return PUBLISHED.get(self.builder_config.part, {})

    def _split_generators(
        self, dl_manager: tfds.download.DownloadManager
    ) -> dict[str, Any]:
        folder = OfficialFolder(os.fspath(dl_manager.manual_dir))
        part = self.builder_config.part
        members = _official(folder, part) if part else _by_eye(folder)
        if not any(members.values()):
            raise UserError(
                f"{folder.root}: none of IDRiD's photographs is in it"
            )
        return {
            split: self._generate_examples(split, sources)
            for split, sources in members.items()
            if sources
        }


def _by_eye(folder: OfficialFolder) -> Members:
    """Every distinct photograph once, with what both parts know of it."""
    photographs = read_photographs()
    found = [
        source
        for source in map(folder.source, photographs)
        if source is not None
    ]
    sources = [s for s in found if s.masks or s.grade >= 0]
    preparation.tell(
        f"idrid: {len(photographs) - len(found)} of {len(photographs)} "
        f"photographs are not in {folder.root}; "
        f"{len(found) - len(sources)} left out, their grades "
        "contradictory or missing"
    )
    return {
        split: [
            _prepared(s.photograph.name, s)
            for s in sources
            if s.photograph.split == split
        ]
        for split in SPLITS
    }


def _official(folder: OfficialFolder, part: Part) -> Members:
    """One official part as it is, its duplicates and contradictions too."""
    members: Members = {"train": [], "test": []}
    absent = 0
    for (split, name), source in folder.official(part):
        if source is None:
            absent += 1
        else:
            key = f"{part}/{split}/{name}"
            members[split].append(_prepared(key, source))
    preparation.tell(
        f"idrid: {absent} photographs of part {part!r} are not in {folder.root}"
    )
    return members


def _prepared(name: str, source: Source) -> preparation.Source:
    return preparation.Source(
        name,
        source.image,
        source.masks,
        {"grade": source.grade, "eye": source.photograph.eye},
    )
