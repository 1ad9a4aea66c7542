"""`OperatingPoint` in TensorFlow's graph, for exports and predictions."""

import tensorflow as tf

from dmtdr_tf.calibration.calibration import Calibration
from dmtdr_tf.labels import GRADES, REFERABLE_GRADE

__all__ = ["graph_probabilities", "graph_verdict"]


def graph_probabilities(
    logits: tf.Tensor, calibration: Calibration | None
) -> tf.Tensor:
    """Computes the grades' probabilities.

    Args:
        logits: `[B, 5]`.
        calibration: Of the model; None gives the model's own probabilities.

    Returns:
        `[B, 5]` float32.
    """
    if calibration is None:
        return tf.nn.softmax(logits)
    return tf.nn.softmax(logits / calibration.temperature)


def graph_verdict(
    probabilities: tf.Tensor, calibration: Calibration | None
) -> dict[str, tf.Tensor]:
    """Computes referral and set of grades, as `OperatingPoint` does.

    Args:
        probabilities: `[B, 5]`, from `graph_probabilities`.
        calibration: Of the model; None refers from a half on.

    Returns:
        `referable` `[B]` boolean, and `grade_set` `[B, 2]` int32, the lowest
        and the highest grade of the set; 0 and 4, which excludes nothing,
        where the model has no set.
    """
    threshold, least = 0.5, None
    if calibration is not None:
        threshold = calibration.referral_threshold
        least = calibration.least_probability
    referable = tf.reduce_sum(probabilities[:, REFERABLE_GRADE:], -1)
    is_best = probabilities == tf.reduce_max(probabilities, -1, keepdims=True)
    inside = tf.cast(is_best | (probabilities >= (least or 0.0)), tf.int32)
    low = tf.argmax(inside, -1, tf.int32)
    high = len(GRADES) - 1 - tf.argmax(inside[:, ::-1], -1, tf.int32)
    return {
        "referable": referable >= threshold,
        "grade_set": tf.stack([low, high], -1),
    }
