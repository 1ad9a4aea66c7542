"""The photographs of a data set's folder, not read yet."""

import dataclasses
import pathlib
from collections.abc import Mapping, Sequence

from dmtdr_tf_datasets.preparation import Source

__all__ = ["Listing"]


@dataclasses.dataclass(frozen=True)
class Listing:
    """The photographs that a folder and its tables name.

    Args:
        root: The folder that contains them.
        sources: Split to its photographs.
    """

    root: pathlib.Path
    sources: Mapping[str, Sequence[Source]]
