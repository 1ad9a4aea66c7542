"""TFDS builders; importing this package registers them with TFDS."""

import dmtdr_tf_datasets.idrid.idrid_dataset_builder  # noqa: F401
import dmtdr_tf_datasets.synthetic_fundus.synthetic_fundus_dataset_builder  # noqa: E501, F401
