"""A photograph that an export is compared on."""

import dataclasses

import numpy as np

__all__ = ["Photograph"]


@dataclasses.dataclass(frozen=True)
class Photograph:
    """A photograph to compare on.

    Args:
        name: The name to show in the report.
        low_res: `[h, w, 3]` float32 in [0, 1].
        high_res: `[H, W, 3]` in [0, 1]; None where it is not known.
        lesions: `[H, W, 4]`, 0 or 1; None where they were not annotated.
    """

    name: str
    low_res: np.ndarray
    high_res: np.ndarray | None = None
    lesions: np.ndarray | None = None
