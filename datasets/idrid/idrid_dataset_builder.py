"""TFDS builder of IDRiD: distinct photographs split by eye, or one part."""

import dataclasses

import tensorflow_datasets as tfds

from dmtdr_tf.files.errors import UserError
from dmtdr_tf_datasets.console import notify
from dmtdr_tf_datasets.idrid.eyes import read_photographs
from dmtdr_tf_datasets.idrid.folder import Files, OfficialFolder, Part
from dmtdr_tf_datasets.listing import Listing
from dmtdr_tf_datasets.official_folder import Published
from dmtdr_tf_datasets.photograph_builder import PhotographBuilder
from dmtdr_tf_datasets.photograph_config import PhotographConfig
from dmtdr_tf_datasets.preparation import Source
from dmtdr_tf_datasets.splits import group_by_split

__all__ = ["Builder", "IdridConfig"]

SIZES = (128, 256, 512, 1024)
# The official parts; None for both together, split by eye.
PARTS: tuple[Part | None, ...] = (None, "segmentation", "grading")
PUBLISHED: dict[Part | None, Published] = {
    "segmentation": {"train": {"photographs": 54}, "test": {"photographs": 27}},
    "grading": {"train": {"photographs": 413}, "test": {"photographs": 103}},
}


@dataclasses.dataclass(eq=False)
class IdridConfig(PhotographConfig):
    """The size of the prepared photographs, and how they are split.

    Args:
        part: `"segmentation"` or `"grading"` for that official part with its
            official splits; None for every distinct photograph of both parts
            once, split by eye.
    """

    part: Part | None = None


class Builder(PhotographBuilder):
    """IDRiD: 516 + 81 official files, 531 distinct photographs, 510 eyes.

    Photographs are cropped to the field of view, padded to a square and
    resized. README.md describes the splits and the errors of the set.
    """

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
    folder that contains "A. Segmentation" and "B. Disease Grading".
    """

    def _info(self) -> tfds.core.DatasetInfo:
        return self._photograph_info(
            "https://doi.org/10.21227/H25W98", eye=tfds.features.Text()
        )

    @property
    def published(self) -> Published:
        """Published counts of the official parts."""
        return PUBLISHED.get(self.builder_config.part, {})

    def list_photographs(self, manual_dir: str) -> Listing:
        """Lists IDRiD's photographs, as `PhotographBuilder` says."""
        folder = OfficialFolder(manual_dir)
        part = self.builder_config.part
        sources = _official(folder, part) if part else _by_eye(folder)
        if not any(sources.values()):
            raise UserError(
                f"{folder.root}: it contains none of IDRiD's photographs"
            )
        return Listing(folder.root, sources)


def _by_eye(folder: OfficialFolder) -> dict[str, list[Source]]:
    """Returns every distinct photograph once, with the labels of both parts."""
    photographs = read_photographs()
    present = [files for p in photographs if (files := folder.files(p))]
    labeled = [files for files in present if files.masks or files.grade >= 0]
    notify(
        f"idrid: {len(photographs) - len(present)} of {len(photographs)} "
        f"photographs are not in {folder.root}; "
        f"{len(present) - len(labeled)} left out, because their grades are "
        "contradictory or missing"
    )
    return group_by_split(
        labeled,
        lambda files: files.photograph.split,
        lambda files: _source(files.photograph.name, files),
    )


def _official(folder: OfficialFolder, part: Part) -> dict[str, list[Source]]:
    """Returns an official part unchanged, duplicates included."""
    sources: dict[str, list[Source]] = {"train": [], "test": []}
    absent = 0
    for (split, name), files in folder.official(part):
        if files is None:
            absent += 1
        else:
            sources[split].append(_source(f"{part}/{split}/{name}", files))
    notify(
        f"idrid: {absent} photographs of part {part!r} are not in {folder.root}"
    )
    return sources


def _source(name: str, files: Files) -> Source:
    return Source(
        name,
        files.image,
        files.masks,
        {"grade": files.grade, "eye": files.photograph.eye},
    )
