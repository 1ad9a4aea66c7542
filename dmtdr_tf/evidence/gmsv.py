"""Gradient-based multi-scale network visualisation."""

from typing import Any

import tensorflow as tf
from keras import ops

from dmtdr_tf.evidence.arithmetic import (
    channel_weights,
    normalise,
    resize,
    weighted_sum,
)
from dmtdr_tf.evidence.grader import Grader
from dmtdr_tf.evidence.scores import Score, grade_score


def gmsv(
    grader: Grader,
    images: Any,
    lesions: Any,
    *,
    score: Score = "positive",
    second_order: bool = False,
    training: bool = False,
    return_features: bool = False,
) -> Any:
    """Maps the evidence of a grade with the features of all levels.

    With `w[i, j]` the mean over the map of the gradient of the score by
    channel `i` of level `j`, from the last level `J` to the first:

    - `V_J = sum_i w[i, J] F[i, J]`
    - `V_j = up2(V_{j+1}) + (sum_i w[i, j]) (sum_i w[i, j] F[i, j])`

    `V_1` is rectified, upsampled to the photograph's size and divided by its
    maximum. One forward and one backward pass of the grader for the batch;
    call it in a `tf.function`, which leaves out the gradients nobody reads.

    Args:
        grader: The grading network, with `backbone` and `head`.
        images: `[B, H, W, 3]` photographs in [0, 1].
        lesions: `[B, H, W, 4]` lesion probabilities.
        score: What is explained; see `grade_score`.
        second_order: Whether the map's gradient also flows through the
            weights `w`; otherwise they are constants for it. With batch norm
            on its moving statistics the weights of a network of ReLUs are
            constant in pieces, and it changes nothing but the cost.
        training: Passed to the backbone. In training mode batch norm couples
            the images of a batch, and so their maps. The score is always
            that of the head without dropout.
        return_features: Whether to return the features too.

    Returns:
        `[B, H, W, 1]` maps in [0, 1], float32, differentiable by `images`
        and `lesions`; zero where nothing speaks for the score. With
        `return_features`, a pair of it and the backbone's list of features,
        for a caller that needs the logits of the same forward pass.

    Example:
    >>> with tf.GradientTape() as tape:
    ...     tape.watch(images)
    ...     evidence, features = gmsv(
    ...         grader, images, lesions, return_features=True
    ...     )
    ...     logits = grader.head(features[-1], training=True)

    Reference:
        DeepMT-DR, eq. 1 and 2, Algorithm 1.
    """
    with tf.GradientTape(watch_accessed_variables=False) as tape:
        # Watched at its start: the tape has to see how one level's features
        # become the next one's. No gradient by the photograph is taken.
        tape.watch(images)
        features = grader.backbone([images, lesions], training=training)
        logits = grader.head(features[-1], training=False)
        value = grade_score(logits, score)
    weights = [channel_weights(g) for g in tape.gradient(value, features)]
    if not second_order:
        weights = [ops.stop_gradient(w) for w in weights]
    evidence = normalise(resize(ops.relu(_combine(features, weights)), images))
    return (evidence, features) if return_features else evidence


def _combine(features, weights):
    """Algorithm 1: from the coarsest level to the finest, `[B, h, w, 1]`."""
    combined = weighted_sum(features[-1], weights[-1])
    for feature, weight in zip(features[-2::-1], weights[-2::-1], strict=True):
        level = weighted_sum(feature, weight)
        importance = ops.sum(weight, axis=-1)[:, None, None, None]
        combined = resize(combined, level) + importance * level
    return combined
