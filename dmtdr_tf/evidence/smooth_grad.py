"""SmoothGrad."""

from typing import Any

import tensorflow as tf
from keras import ops

from dmtdr_tf.evidence.arithmetic import as_tensor, normalize
from dmtdr_tf.evidence.grader import Grader
from dmtdr_tf.evidence.options import MapWithFeatures
from dmtdr_tf.evidence.retina import retina
from dmtdr_tf.evidence.scores import Score, grade_score
from dmtdr_tf.files.errors import UserError

__all__ = ["smooth_grad", "smooth_grad_with_features"]


def smooth_grad(
    grader: Grader,
    images: Any,
    lesions: Any,
    *,
    score: Score = "positive",
    second_order: bool = False,
    training: bool = False,
    samples: int = 8,
    noise: float = 0.1,
    seed: int = 0,
) -> Any:
    """Maps the evidence of a grade by its gradient under noise.

    The absolute gradient of the score by the photograph, averaged over copies
    with Gaussian noise; of a pixel's channels the largest; divided by its
    maximum. `samples` forward and backward passes, one after the other, with
    batch norm on its moving statistics so that noise does not enter them.

    Args:
        grader: The grading network, with `backbone` and `head`.
        images: `[B, H, W, 3]` photographs in [0, 1].
        lesions: `[B, H, W, 4]` lesion probabilities; they get no noise.
        score: What is explained; see `grade_score`.
        second_order: No effect: the map is made of gradients, and those of a
            network of ReLUs are piecewise constant.
        training: No effect: the map is computed at inference.
        samples: Number of noisy copies of each photograph.
        noise: Standard deviation, as a share of the photograph's range.
        seed: Seed of the noise: the same seed gives the same map.

    Returns:
        `[B, H, W, 1]` maps in [0, 1], float32; constants.

    Raises:
        UserError: `score` is unknown, `samples` is below 1 or `noise` below
            0.

    Reference:
        Smilkov et al. 2017, "SmoothGrad"; DeepMT-DR, Table 5.
    """
    if samples < 1:
        raise UserError(
            f"must be at least 1, not {samples}", argument="samples"
        )
    if not noise >= 0:
        raise UserError(f"must be at least 0, not {noise}", argument="noise")
    images, lesions = as_tensor(images), as_tensor(lesions)
    photographs = tf.stop_gradient(tf.cast(images, tf.float32))
    deviation = noise * _range(photographs)

    def add_sample(index: Any, total: Any) -> tuple[Any, Any]:
        draw = tf.random.stateless_normal(
            tf.shape(photographs), seed=[seed, index]
        )
        noisy = photographs + deviation * draw
        return index + 1, total + _gradient_size(grader, noisy, lesions, score)

    # A loop in the graph, one at a time: the memory of one copy.
    _, total = tf.while_loop(
        lambda index, total: index < samples,
        add_sample,
        (tf.constant(0), tf.zeros_like(photographs)),
        parallel_iterations=1,
    )
    largest = ops.max(total, axis=-1, keepdims=True)
    return ops.stop_gradient(normalize(largest * retina(photographs)))


def smooth_grad_with_features(
    grader: Grader,
    images: Any,
    lesions: Any,
    *,
    training: bool = False,
    **options: Any,
) -> MapWithFeatures:
    """Gives the map of `smooth_grad` with the grader's features.

    The features are those of the photograph without noise, which costs one
    more forward pass; `training` is passed to that one.
    """
    images, lesions = as_tensor(images), as_tensor(lesions)
    evidence = smooth_grad(grader, images, lesions, **options)
    features = grader.backbone([images, lesions], training=training)
    return MapWithFeatures(evidence, features)


def _range(photographs: Any) -> Any:
    """Brightest minus darkest value of each: `[B, 1, 1, 1]`."""
    axes = (1, 2, 3)
    brightest = ops.max(photographs, axis=axes, keepdims=True)
    return brightest - ops.min(photographs, axis=axes, keepdims=True)


def _gradient_size(
    grader: Grader, images: Any, lesions: Any, score: Score
) -> Any:
    """Absolute gradient of the score by the photographs, `[B, H, W, 3]`."""
    with tf.GradientTape(watch_accessed_variables=False) as tape:
        tape.watch(images)
        features = grader.backbone([images, lesions], training=False)
        value = grade_score(grader.head(features[-1], training=False), score)
    return ops.abs(tape.gradient(value, images))
