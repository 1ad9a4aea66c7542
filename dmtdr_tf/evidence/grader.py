"""What the evidence maps require of a grading network."""

from typing import Any, Protocol

__all__ = ["Grader"]


class Grader(Protocol):
    """A grading network in two halves.

    Attributes:
        backbone: Keras functional model of `[photograph, lesions]`,
            `[B, H, W, 3]` and `[B, H, W, 4]`, to a list of feature maps
            `[B, H_j, W_j, C_j]`, finest first.
        head: Keras functional model of the last feature map to `[B, 5]`
            logits of grades 0-4.
    """

    backbone: Any
    head: Any
