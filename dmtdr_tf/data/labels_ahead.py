"""The labels of a data set's splits, known before its records are made."""

import os
from collections.abc import Collection, Sequence

import numpy as np
import tensorflow_datasets as tfds

from dmtdr_tf.config import Config
from dmtdr_tf.data.building import open_builder, require_folder
from dmtdr_tf.data.records import Labels, read_labels
from dmtdr_tf_datasets.console import quiet
from dmtdr_tf_datasets.photograph_builder import PhotographBuilder
from dmtdr_tf_datasets.preparation import Source
from dmtdr_tf_datasets.splits import SPLITS

__all__ = ["labels_ahead"]


def labels_ahead(
    config: Config, splits: Collection[str] = SPLITS
) -> list[dict[str, Labels]] | None:
    """Returns the labels of the configured data sets, without preparing them.

    Args:
        config: As for `records.builders`.
        splits: The splits to read.

    Returns:
        For each data set, its splits with the labels of their photographs;
        None if one of the sets is drawn and not prepared yet, so that its
        labels are not known.

    Raises:
        UserError: As `records.builder`, as far as it does not concern the
            preparation.
    """
    labels = []
    for dataset in config.run.dataset.split("+"):
        builder = open_builder(config, dataset)
        if os.path.isdir(builder.data_dir):
            labels.append(_prepared(builder, splits))
        elif isinstance(builder, PhotographBuilder):
            labels.append(_listed(builder, config.run.manual_dir, splits))
        else:
            return None
    return labels


def _prepared(
    builder: tfds.core.DatasetBuilder, splits: Collection[str]
) -> dict[str, Labels]:
    return {
        split: read_labels(builder, split)
        for split in builder.info.splits
        if split in splits
    }


def _listed(
    builder: PhotographBuilder, manual_dir: str, splits: Collection[str]
) -> dict[str, Labels]:
    if builder.MANUAL_DOWNLOAD_INSTRUCTIONS:
        require_folder(builder.name, manual_dir)
    # Preparing lists them again, and says what is left out.
    with quiet():
        listing = builder.list_photographs(manual_dir)
    return {
        split: _labels(sources)
        for split, sources in listing.sources.items()
        if sources and split in splits
    }


def _labels(sources: Sequence[Source]) -> Labels:
    return Labels(
        np.array([source.labels["grade"] for source in sources], int),
        np.array([bool(source.masks) for source in sources], bool),
    )
