"""What every evidence map takes and gives."""

from typing import Any, NamedTuple, TypedDict

from dmtdr_tf.evidence.scores import Score

__all__ = ["MapOptions", "MapWithFeatures"]


class MapOptions(TypedDict, total=False):
    """Keywords that every evidence map takes.

    Args:
        score: What is explained, see `grade_score`; `"positive"` by default.
        second_order: Whether the map's gradient also flows through the
            weights of its channels; by default they are constants. The maps
            made of gradients, `guided_backprop` and `smooth_grad`, are
            constants in any case.
        training: Whether batch norm and dropout of the backbone train; not by
            default. The score is always that of the head without dropout.
    """

    score: Score
    second_order: bool
    training: bool


class MapWithFeatures(NamedTuple):
    """An evidence map, and the features of the same forward pass.

    Args:
        evidence: `[B, H, W, 1]` in [0, 1], float32.
        features: The feature maps of the grader's backbone, finest first;
            `grader.head(features[-1])` gives the logits.
    """

    evidence: Any
    features: list[Any]
