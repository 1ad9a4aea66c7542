"""Gradient-based multi-scale network visualization."""

from collections.abc import Sequence
from typing import Any, Unpack

import tensorflow as tf
from keras import ops

from dmtdr_tf.evidence.arithmetic import (
    as_tensor,
    channel_weights,
    largest_to_one,
    normalize,
    resize,
    weighted_sum,
)
from dmtdr_tf.evidence.grader import Grader
from dmtdr_tf.evidence.options import MapOptions, MapWithFeatures
from dmtdr_tf.evidence.retina import retina
from dmtdr_tf.evidence.scores import Score, grade_score

__all__ = [
    "gmsv",
    "gmsv_literal",
    "gmsv_literal_with_features",
    "gmsv_with_features",
]


def gmsv(
    grader: Grader, images: Any, lesions: Any, **options: Unpack[MapOptions]
) -> Any:
    """Maps the evidence of a grade with the features of all levels.

    With `w[i, j]` the mean over the map of the gradient of the score by
    channel `i` of level `j`, each level's map is

    `V_j = sum_i w[i, j] F[i, j]` on the retina, divided by its largest
    absolute value and then rectified,

    and the result is the sum of all levels' maps, each upsampled to the one
    above it, and in the end to the photograph's size and divided by its
    maximum. One forward and one backward pass of the grader for the batch;
    call it in a `tf.function`, which drops the gradients that nothing reads.

    `gmsv_literal` adds the levels as the paper prints it. Its weight of a
    level is a mean of gradients, which shrinks with the number of pixels and
    multiplies gradients once more: in trained models the upper levels are a
    thousandth of the last one's map and less. So a single level decides, and
    where that one speaks against the score in every place, as it does for
    many photographs, the map is empty.

    Args:
        grader: The grading network, with `backbone` and `head`.
        images: `[B, H, W, 3]` photographs in [0, 1].
        lesions: `[B, H, W, 4]` lesion probabilities.
        **options: `score`, `second_order` and `training`: see `MapOptions`.
            In training mode, batch norm couples the images of a batch and so
            their maps. With batch norm on its moving statistics,
            `second_order` changes nothing but the cost: the weights of a
            network of ReLUs are piecewise constant.

    Returns:
        `[B, H, W, 1]` maps in [0, 1], float32, differentiable by `images`
        and `lesions`; zero outside the retina, and everywhere where no level
        speaks for the score.

    Raises:
        UserError: `score` is unknown.

    Example:
    >>> from dmtdr_tf.models.grading import GradingNetwork
    >>> grader = GradingNetwork(width=2, units=4)
    >>> images, lesions = tf.zeros((1, 64, 64, 3)), tf.zeros((1, 64, 64, 4))
    >>> tuple(gmsv(grader, images, lesions, score="predicted").shape)
    (1, 64, 64, 1)

    Reference:
        DeepMT-DR, eq. 1 and 2; Algorithm 1 with levels of equal weight.
    """
    return gmsv_with_features(grader, images, lesions, **options).evidence


def gmsv_literal(
    grader: Grader, images: Any, lesions: Any, **options: Unpack[MapOptions]
) -> Any:
    """Maps the evidence of a grade as Algorithm 1 prints it.

    From the last level `J` to the first, with the weights of `gmsv`:

    - `V_J = sum_i w[i, J] F[i, J]`
    - `V_j = up2(V_{j+1}) + (sum_i w[i, j]) (sum_i w[i, j] F[i, j])`

    `V_1` is rectified, upsampled to the photograph's size and divided by its
    maximum on the retina.

    Args:
        grader: As in `gmsv`.
        images: As in `gmsv`.
        lesions: As in `gmsv`.
        **options: As in `gmsv`.

    Returns:
        As `gmsv`.

    Raises:
        UserError: `score` is unknown.

    Reference:
        DeepMT-DR, eq. 1 and 2, Algorithm 1.
    """
    return gmsv_literal_with_features(
        grader, images, lesions, **options
    ).evidence


def gmsv_with_features(
    grader: Grader, images: Any, lesions: Any, **options: Unpack[MapOptions]
) -> MapWithFeatures:
    """Gives the map of `gmsv` with the features it was computed from."""
    images = as_tensor(images)
    features, weights = _features(grader, images, lesions, **options)
    mask = retina(images)
    combined = _balanced(features, weights, mask)
    evidence = normalize(resize(combined, images) * mask)
    return MapWithFeatures(evidence, features)


def gmsv_literal_with_features(
    grader: Grader, images: Any, lesions: Any, **options: Unpack[MapOptions]
) -> MapWithFeatures:
    """Gives the map of `gmsv_literal` with its features."""
    images = as_tensor(images)
    features, weights = _features(grader, images, lesions, **options)
    combined = ops.relu(_literal(features, weights))
    evidence = normalize(resize(combined, images) * retina(images))
    return MapWithFeatures(evidence, features)


def _features(
    grader: Grader,
    images: Any,
    lesions: Any,
    *,
    score: Score = "positive",
    second_order: bool = False,
    training: bool = False,
) -> tuple[list[Any], list[Any]]:
    """The levels' features, and the weights of their channels, eq. 1."""
    lesions = as_tensor(lesions)
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
    return features, weights


def _balanced(
    features: Sequence[Any], weights: Sequence[Any], mask: Any
) -> Any:
    """Each level's map in [0, 1], added up: `[B, h, w, 1]`."""
    combined = None
    for feature, weight in zip(features[::-1], weights[::-1], strict=True):
        level = weighted_sum(feature, weight)
        level = ops.relu(largest_to_one(level * resize(mask, level)))
        if combined is not None:
            level += resize(combined, level)
        combined = level
    return combined


def _literal(features: Sequence[Any], weights: Sequence[Any]) -> Any:
    """Algorithm 1: from the coarsest level to the finest, `[B, h, w, 1]`."""
    combined = weighted_sum(features[-1], weights[-1])
    for feature, weight in zip(features[-2::-1], weights[-2::-1], strict=True):
        level = weighted_sum(feature, weight)
        importance = ops.sum(weight, axis=-1)[:, None, None, None]
        combined = resize(combined, level) + importance * level
    return combined
