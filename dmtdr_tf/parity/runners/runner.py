"""A model of any form behind one call."""

from typing import Protocol

import numpy as np

__all__ = ["Outputs", "Runner"]

Outputs = dict[str, np.ndarray]


class Runner(Protocol):
    """Runs one model on one photograph at a time."""

    def __call__(self, low_res: np.ndarray) -> Outputs:
        """Runs the model.

        Args:
            low_res: `[1, h, w, 3]` float32 in [0, 1].

        Returns:
            `super_resolution` `[1, H, W, 3]`, `lesions` `[1, H, W, 4]`,
            `grade` `[1, 5]` logits, `grade_probabilities` `[1, 5]` and
            `evidence` `[1, H, W, 1]`, as far as the model has them.
        """
        ...
