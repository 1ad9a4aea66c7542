"""Where the photographs come from that exports are compared on."""

import dataclasses
import itertools
import os
from collections.abc import Iterator
from typing import Any

import numpy as np

from dmtdr_tf.config import Config
from dmtdr_tf.data import records
from dmtdr_tf.data.pipeline import evaluation_batches
from dmtdr_tf.exporting.photographs import read_model_input
from dmtdr_tf.files.errors import UserError
from dmtdr_tf.parity.photograph import Photograph

__all__ = ["PhotographSource", "choose"]


@dataclasses.dataclass(frozen=True)
class PhotographSource:
    """Yields photographs of a data set's split, or those in files.

    Args:
        config: The data set, the sizes and, for files, the thresholds of the
            quality gate.
        split: `"train"`, `"validation"` or `"test"`.
        count: How many photographs of the split, half of them annotated where
            there are enough.
        files: JPEG, PNG or TIFF files to use instead of the split.

    Raises:
        UserError: While it is iterated over: the split is empty, the data set
            is not there, or a file cannot be read or graded.

    Example:
    ```python
    source = PhotographSource(config, split="test", count=100)
    for photograph in source:
        print(photograph.name, photograph.low_res.shape)
    ```
    """

    config: Config
    split: str = "validation"
    count: int = 8
    files: tuple[str | os.PathLike[str], ...] = ()

    def __iter__(self) -> Iterator[Photograph]:
        if self.files:
            return (_from_file(file, self.config) for file in self.files)
        return _from_split(self.config, self.split, self.count)

    def check(self) -> None:
        """Checks that the data set is there, before long work.

        Raises:
            UserError: It is not, and cannot be prepared.
        """
        if not self.files:
            records.builders(self.config)

    @property
    def provenance(self) -> dict[str, Any]:
        """What the report says about the photographs."""
        if self.files:
            return {"files": len(self.files)}
        return {"dataset": self.config.run.dataset, "split": self.split}


def choose(annotated: np.ndarray, count: int) -> list[int]:
    """Chooses photographs, half of them annotated where there are enough.

    Args:
        annotated: `[N]` bool.
        count: How many to choose; all where there are fewer.

    Returns:
        Their indices, sorted.

    Example:
    >>> choose(np.array([False, False, False, True, True, True]), 4)
    [0, 1, 3, 4]
    """
    with_masks = np.flatnonzero(annotated)
    without = np.flatnonzero(~annotated)
    half = max(count // 2, count - len(without))
    taken = with_masks[:half]
    rest = without[: count - len(taken)]
    return sorted(int(index) for index in (*taken, *rest))


def _from_file(file: str | os.PathLike[str], config: Config) -> Photograph:
    return Photograph(os.fspath(file), *read_model_input(file, config))


def _from_split(config: Config, split: str, count: int) -> Iterator[Photograph]:
    """The first photographs of a split, half of them annotated."""
    chosen = choose(_annotated(config, split), count)
    if not chosen:
        raise UserError(
            f"{config.run.dataset} has no photograph in {split!r}",
            argument="split",
        )
    batches = evaluation_batches(config, split)
    for number, batch in enumerate(
        itertools.islice(batches.as_numpy_iterator(), chosen[-1] + 1)
    ):
        if number in chosen:
            known = batch["has_lesions"][0] > 0
            yield Photograph(
                f"{config.run.dataset} {split} {number}",
                batch["low_res"][0],
                batch["high_res"][0],
                batch["lesions"][0] if known else None,
            )


def _annotated(config: Config, split: str) -> np.ndarray:
    """Whether each photograph of a split has lesion masks, in its order."""
    builders = records.builders(config)
    parts = [one for one in builders if split in one.info.splits]
    labels = [records.read_labels(one, split) for one in parts or builders[:1]]
    return np.concatenate([part.has_lesions for part in labels])
