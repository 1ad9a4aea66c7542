"""Prepared photographs as NumPy arrays, one by one."""

import dataclasses
from collections.abc import Iterator

import numpy as np
import tensorflow_datasets as tfds

__all__ = ["Entry", "read_entries"]


@dataclasses.dataclass(frozen=True)
class Entry:
    """One prepared photograph.

    Args:
        dataset: Name of its data set and configuration, `"idrid/512"`.
        split: Name of its split.
        name: Its name in the data set.
        photograph: uint8 `[S, S, 3]`.
        lesions: uint8 `[S, S, 4]`, 0 or 255.
        has_lesions: Whether lesions were annotated.
        grade: 0 to 4; -1 if unknown.
    """

    dataset: str
    split: str
    name: str
    photograph: np.ndarray
    lesions: np.ndarray
    has_lesions: bool
    grade: int


def read_entries(builder: tfds.core.DatasetBuilder) -> Iterator[Entry]:
    """Reads every prepared photograph of a data set.

    Args:
        builder: A builder whose records are prepared.

    Yields:
        The photographs, split by split.
    """
    for split in builder.info.splits:
        samples = builder.as_dataset(split=split, shuffle_files=False)
        for sample in samples.as_numpy_iterator():
            yield Entry(
                f"{builder.name}/{builder.builder_config.name}",
                split,
                sample["name"].decode(),
                sample["photograph"],
                sample["lesions"],
                bool(sample["has_lesions"]),
                int(sample["grade"]),
            )
