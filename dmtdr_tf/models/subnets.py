"""What explaining a photograph asks of a model."""

from typing import Any, Protocol

from dmtdr_tf.evidence.grader import Grader


class Subnets(Protocol):
    """The three subnets.

    Attributes:
        super_resolver: Keras model of photographs `[B, h, w, 3]` to
            `[B, H, W, 3]`.
        segmenter: Keras model of photographs `[B, H, W, 3]` to lesion
            probabilities `[B, H, W, 4]`.
        grader: The grading network in two halves.
    """

    super_resolver: Any
    segmenter: Any
    grader: Grader
