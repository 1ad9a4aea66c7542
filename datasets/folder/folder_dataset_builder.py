"""TFDS builder of a user's own folder: photographs and a table."""

import dataclasses
from typing import Any

import tensorflow_datasets as tfds

from dmtdr_tf.files.errors import UserError
from dmtdr_tf_datasets import preparation
from dmtdr_tf_datasets.folder.table import SPLITS, fingerprint, read_rows
from dmtdr_tf_datasets.photograph_builder import PhotographBuilder

SIZES = (128, 256, 512, 1024)


@dataclasses.dataclass(eq=False)
class FolderConfig(tfds.core.BuilderConfig):
    """A folder, and the size of its prepared photographs.

    Args:
        folder: The folder that holds `photographs.csv`.
        size: Side of photograph and masks, in pixels.
    """

    folder: str = ""
    size: int = 512


def folder_config(folder: str, size: int) -> FolderConfig:
    """Returns the configuration of a folder, named after what its table says.

    Records of another folder, or of the table before it was changed, lie in
    a place of their own.

    Args:
        folder: The folder that holds `photographs.csv`.
        size: Side of photograph and masks, in pixels.

    Raises:
        UserError: The folder has no table, or there is no such size.
    """
    if size not in SIZES:
        raise UserError(
            f"data.high_res_size: a folder's photographs are prepared at "
            f"{', '.join(map(str, SIZES))} pixels, not {size}"
        )
    return FolderConfig(
        name=f"{fingerprint(folder)}_{size}",
        description=f"{folder}, {size} x {size} pixels.",
        folder=folder,
        size=size,
    )


class Builder(PhotographBuilder):
    """A user's own photographs, with the labels that a table gives.

    Photographs are cropped to the field of view, padded to a square and
    reduced. See README.md for the table.
    """

    VERSION = tfds.core.Version("1.1.0")
    RELEASE_NOTES = {
        "1.0.0": "First release.",
        "1.1.0": "Every photograph's quality, as a column.",
    }

    def _info(self) -> tfds.core.DatasetInfo:
        return self.dataset_info_from_configs(
            features=preparation.features(
                self.builder_config.size, patient=tfds.features.Text()
            ),
        )

    def _split_generators(
        self, dl_manager: tfds.download.DownloadManager
    ) -> dict[str, Any]:
        config = self.builder_config
        sources: dict[str, list[preparation.Source]]
        sources = {split: [] for split in SPLITS}
        for row in read_rows(config.folder):
            sources[row.split].append(
                preparation.Source(
                    row.name,
                    row.image,
                    row.masks,
                    {"grade": row.grade, "patient": row.patient},
                )
            )
        if not any(sources.values()):
            raise UserError(f"{config.folder}: no row of its table is left")
        return {
            split: self._generate_examples(split, members)
            for split, members in sources.items()
            if members
        }
