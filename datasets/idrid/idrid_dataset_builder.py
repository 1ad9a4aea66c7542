"""TFDS builder of IDRiD: one sample per distinct photograph, split by eye."""

import dataclasses
import os
from collections.abc import Iterator
from typing import Any

import tensorflow_datasets as tfds

from dmtdr_tf.errors import UserError
from dmtdr_tf_datasets import preparation
from dmtdr_tf_datasets.idrid.eyes import SPLITS, read_photographs
from dmtdr_tf_datasets.idrid.folder import OfficialFolder, Source

SIZES = (128, 256, 512, 1024)


@dataclasses.dataclass(eq=False)
class IdridConfig(tfds.core.BuilderConfig):
    """One size of the prepared photographs.

    Args:
        size: Side of photograph and masks, in pixels.
    """

    size: int = 512


class Builder(tfds.core.GeneratorBasedBuilder):
    """IDRiD: 516 + 81 official files, 531 distinct photographs, 510 eyes.

    Photographs are cropped to the field of view, padded to a square and
    reduced. See README.md for the split and for what was found in the set.
    """

    VERSION = tfds.core.Version("1.0.0")
    RELEASE_NOTES = {"1.0.0": "First release."}
    BUILDER_CONFIGS = [
        IdridConfig(
            name=str(size),
            size=size,
            description=f"{size} x {size} pixels.",
        )
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

    def _split_generators(
        self, dl_manager: tfds.download.DownloadManager
    ) -> dict[str, Any]:
        folder = OfficialFolder(os.fspath(dl_manager.manual_dir))
        photographs = read_photographs()
        found = [
            source
            for source in map(folder.source, photographs)
            if source is not None
        ]
        sources = [s for s in found if s.masks or s.grade >= 0]
        if not sources:
            raise UserError(
                f"{folder.root}: none of IDRiD's photographs is in it"
            )
        preparation.tell(
            f"idrid: {len(photographs) - len(found)} of {len(photographs)} "
            f"photographs are not in {folder.root}; "
            f"{len(found) - len(sources)} left out, their grades "
            "contradictory or missing"
        )
        return {
            split: self._generate_examples(split, members)
            for split in SPLITS
            if (members := [s for s in sources if s.photograph.split == split])
        }

    def _generate_examples(
        self, split: str, sources: list[Source]
    ) -> Iterator[tuple[str, dict[str, Any]]]:
        prepared = [
            preparation.Source(
                source.photograph.name,
                source.image,
                source.masks,
                {"grade": source.grade, "eye": source.photograph.eye},
            )
            for source in sources
        ]
        size = self.builder_config.size
        return preparation.examples("idrid", split, prepared, size)
