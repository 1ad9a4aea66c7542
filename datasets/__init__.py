"""TFDS builders; importing this package registers them with TFDS."""

import dmtdr_tf_datasets.ddr.ddr_dataset_builder
import dmtdr_tf_datasets.eyepacs.eyepacs_dataset_builder
import dmtdr_tf_datasets.folder.folder_dataset_builder
import dmtdr_tf_datasets.idrid.idrid_dataset_builder
import dmtdr_tf_datasets.synthetic_fundus.synthetic_fundus_dataset_builder  # noqa: E501, F401

__all__: list[str] = []
