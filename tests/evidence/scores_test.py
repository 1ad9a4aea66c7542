"""Tests of the score that is explained."""

import numpy as np
import pytest
import tensorflow as tf

from dmtdr_tf.evidence.scores import grade_score
from dmtdr_tf.files.errors import UserError

LOGITS = tf.constant([[5.0, 1.0, 2.0, 3.0, 4.0], [5.0, 1.0, 2.0, 6.0, -4.0]])


@pytest.mark.parametrize(
    ("score", "expected", "gradient"),
    [
        ("positive", [10, 5], [[0, 1, 1, 1, 1], [0, 1, 1, 1, 1]]),
        ("predicted", [5, 5], [[1, 0, 0, 0, 0], [0, 1, 1, 1, 1]]),
    ],
)
def test_hand_worked(score, expected, gradient):
    with tf.GradientTape() as tape:
        tape.watch(LOGITS)
        value = grade_score(LOGITS, score)
    np.testing.assert_array_equal(value, expected)
    np.testing.assert_array_equal(tape.gradient(value, LOGITS), gradient)


def test_refuses_another_score():
    with pytest.raises(UserError, match="score: .*'negative'"):
        grade_score(LOGITS, "negative")
