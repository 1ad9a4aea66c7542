"""Gradient-weighted class activation mapping."""

from typing import Any, Unpack

import tensorflow as tf
from keras import ops

from dmtdr_tf.evidence.arithmetic import (
    as_tensor,
    channel_weights,
    normalize,
    resize,
    weighted_sum,
)
from dmtdr_tf.evidence.grader import Grader
from dmtdr_tf.evidence.options import MapOptions, MapWithFeatures
from dmtdr_tf.evidence.retina import retina
from dmtdr_tf.evidence.scores import Score, grade_score

__all__ = ["grad_cam", "grad_cam_with_features"]


def grad_cam(
    grader: Grader, images: Any, lesions: Any, **options: Unpack[MapOptions]
) -> Any:
    """Maps the evidence of a grade with the features of the last level.

    `relu(sum_i w[i] F[i])`, `w[i]` the mean over the map of the score's
    gradient by channel `i`; upsampled to the photograph's size and divided by
    its maximum. One forward pass of the grader, one backward pass of its
    head.

    Args:
        grader: The grading network, with `backbone` and `head`.
        images: `[B, H, W, 3]` photographs in [0, 1].
        lesions: `[B, H, W, 4]` lesion probabilities.
        **options: `score`, `second_order` and `training`: see `MapOptions`.

    Returns:
        `[B, H, W, 1]` maps in [0, 1], float32, differentiable by `images`
        and `lesions`.

    Raises:
        UserError: `score` is unknown.

    Reference:
        Selvaraju et al. 2017, "Grad-CAM"; DeepMT-DR, Table 5.
    """
    return grad_cam_with_features(grader, images, lesions, **options).evidence


def grad_cam_with_features(
    grader: Grader,
    images: Any,
    lesions: Any,
    *,
    score: Score = "positive",
    second_order: bool = False,
    training: bool = False,
) -> MapWithFeatures:
    """Gives the map of `grad_cam` with the features it was computed from."""
    images, lesions = as_tensor(images), as_tensor(lesions)
    features = grader.backbone([images, lesions], training=training)
    with tf.GradientTape(watch_accessed_variables=False) as tape:
        tape.watch(features[-1])
        logits = grader.head(features[-1], training=False)
        value = grade_score(logits, score)
    weights = channel_weights(tape.gradient(value, features[-1]))
    if not second_order:
        weights = ops.stop_gradient(weights)
    coarse = ops.relu(weighted_sum(features[-1], weights))
    return MapWithFeatures(
        normalize(resize(coarse, images) * retina(images)), features
    )
