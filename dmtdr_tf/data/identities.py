"""Which eye or patient each photograph of a split shows."""

import dataclasses

import numpy as np
import tensorflow_datasets as tfds

from dmtdr_tf.config import Config
from dmtdr_tf.data.records import (
    builders,
    in_order,
    read_labels,
    read_samples,
)

__all__ = ["Identities", "read_identities"]

# Features that say which photographs belong together, the widest first.
_GROUPS = ("patient", "eye")


@dataclasses.dataclass(frozen=True)
class Identities:
    """Names of the photographs of a split, and what belongs together.

    Args:
        names: Name of each photograph in its data set.
        groups: `[N]` int: photographs with the same number show the same
            patient, or the same eye where patients are unknown.
        unit: What a group is: `"patient"`, `"eye"` or `"photograph"`, or
            several of them joined by " or ".
        missing: What no photograph has: `"grades"`, `"lesion masks"`.

    Example:
    >>> Identities.separate(3).groups.tolist()
    [0, 1, 2]
    """

    names: tuple[str, ...]
    groups: np.ndarray
    unit: str
    missing: tuple[str, ...] = ()

    @classmethod
    def separate(cls, count: int) -> "Identities":
        """Returns identities of photographs about which nothing is known."""
        names = tuple(f"photograph {number + 1}" for number in range(count))
        return cls(names, np.arange(count), "photograph")


def read_identities(config: Config, split: str) -> Identities:
    """Reads the identities of a split without decoding its photographs.

    Args:
        config: Data sets and sizes.
        split: `"train"`, `"validation"` or `"test"`.

    Returns:
        The identities, in the order of `evaluation_batches`.

    Raises:
        UserError: As `records.builders` and `records.read_samples`.
    """
    opened = builders(config)
    # Refuses a split that does not exist or holds no photograph.
    parts = read_samples(opened, split)
    names: list[str] = []
    keys: list[tuple[int, str]] = []
    units: list[str] = []
    has_grade = has_lesions = False
    for number, (builder, part) in enumerate(zip(opened, parts, strict=True)):
        if part is None:
            continue
        unit, rows = _read(builder, split)
        names += [name for name, _ in rows]
        keys += [(number, group) for _, group in rows]
        units.append(unit)
        has_grade |= bool((part.grade >= 0).any())
        has_lesions |= bool(read_labels(builder, split).has_lesions.any())
    order = {key: number for number, key in enumerate(dict.fromkeys(keys))}
    groups = np.array([order[key] for key in keys], int)
    missing = ("grades",) * (not has_grade)
    missing += ("lesion masks",) * (not has_lesions)
    unit = " or ".join(dict.fromkeys(units))
    return Identities(tuple(names), groups, unit, missing)


def _read(
    builder: tfds.core.DatasetBuilder, split: str
) -> tuple[str, list[tuple[str, str]]]:
    """The unit of a data set, and each photograph's name and group."""
    features = builder.info.features
    unit = next((name for name in _GROUPS if name in features), "photograph")
    group = "name" if unit == "photograph" else unit
    dataset = builder.as_dataset(
        split=split,
        decoders=tfds.decode.PartialDecoding({"name": True, group: True}),
        shuffle_files=False,
        read_config=in_order(),
    )
    rows = []
    for sample in dataset.as_numpy_iterator():
        name = sample["name"].decode()
        rows.append((name, sample[group].decode() or name))
    return unit, rows
