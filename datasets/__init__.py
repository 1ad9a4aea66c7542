"""TFDS builders; importing this package registers them with TFDS."""

import dmtdr_tf_datasets.idrid.idrid_dataset_builder  # noqa: F401
