"""TFDS builder of a user's own folder of photographs, with a table."""

import dataclasses
import pathlib

import tensorflow_datasets as tfds

from dmtdr_tf.files.errors import UserError
from dmtdr_tf_datasets.folder.table import Row, fingerprint, read_rows
from dmtdr_tf_datasets.listing import Listing
from dmtdr_tf_datasets.photograph_builder import PhotographBuilder
from dmtdr_tf_datasets.photograph_config import PhotographConfig
from dmtdr_tf_datasets.preparation import Source
from dmtdr_tf_datasets.splits import group_by_split

__all__ = ["Builder", "FolderConfig", "folder_config"]

SIZES = (128, 256, 512, 1024)


@dataclasses.dataclass(eq=False)
class FolderConfig(PhotographConfig):
    """A folder, and the size of its prepared photographs.

    Args:
        folder: The folder that contains `photographs.csv`.
    """

    folder: str = ""


def folder_config(folder: str, size: int) -> FolderConfig:
    """Returns the configuration of a folder, named after its table's content.

    Records of another folder, or of the same table before a change, therefore
    have folders of their own.

    Args:
        folder: The folder that contains `photographs.csv`.
        size: Side of the photographs and masks, in pixels.

    Returns:
        The configuration.

    Raises:
        UserError: The folder has no table, or there is no such size.
    """
    if size not in SIZES:
        raise UserError(
            f"photographs of a folder are prepared at "
            f"{', '.join(map(str, SIZES))} pixels, not {size}",
            argument="data.high_res_size",
        )
    return FolderConfig(
        name=f"{fingerprint(folder)}_{size}",
        description=f"{folder}, {size} x {size} pixels.",
        folder=folder,
        size=size,
    )


class Builder(PhotographBuilder):
    """A user's own photographs, with the labels of a table.

    Photographs are cropped to the field of view, padded to a square and
    resized. README.md describes the table.
    """

    def _info(self) -> tfds.core.DatasetInfo:
        return self._photograph_info(patient=tfds.features.Text())

    def list_photographs(self, manual_dir: str = "") -> Listing:
        """Lists the folder's photographs, as `PhotographBuilder` says.

        Args:
            manual_dir: Not used; the configuration names the folder.

        Raises:
            UserError: As `read_rows`.
        """
        folder = self.builder_config.folder
        rows = read_rows(folder)
        sources = group_by_split(rows, lambda row: row.split, _source)
        return Listing(pathlib.Path(folder), sources)


def _source(row: Row) -> Source:
    labels = {"grade": row.grade, "patient": row.patient}
    return Source(row.name, row.image, row.masks, labels)
