"""Tests of the grading loss."""

import math

import numpy as np
import pytest
import tensorflow as tf
from scipy.special import log_softmax

from dmtdr_tf.files.errors import UserError
from dmtdr_tf.losses import GradingLoss

# log p of [0, 0, 0, 0, log 4] is [-log 8] * 4 and -log 2.
LOGITS = np.array([[0.0, 0.0, 0.0, 0.0, math.log(4)]], "float32")


@pytest.mark.parametrize(
    ("grade", "weight", "literal_weight", "log_p"),
    [
        # Predicted grade 4. sum_i(|i - l| + 1) is 15, 12, 11, 12, 15.
        (0, 5 / 15, 4 / 15, -math.log(8)),
        (1, 4 / 12, 3 / 12, -math.log(8)),
        (2, 3 / 11, 2 / 11, -math.log(8)),
        (3, 2 / 12, 1 / 12, -math.log(8)),
        (4, 1 / 15, 0.0, -math.log(2)),
    ],
)
def test_hand_worked(grade, weight, literal_weight, log_p):
    grade = np.array([grade])
    np.testing.assert_allclose(
        GradingLoss().call(grade, LOGITS), [-weight * log_p], rtol=1e-5
    )
    np.testing.assert_allclose(
        GradingLoss(literal=True).call(grade, LOGITS),
        [-literal_weight * log_p],
        rtol=1e-5,
    )


def test_agrees_with_numpy():
    rng = np.random.default_rng(0)
    logits = rng.normal(0, 3, (50, 5)).astype("float32")
    grade = rng.integers(0, 5, 50)
    log_p = log_softmax(logits.astype("float64"), axis=-1)
    expected = [
        -log_p[n, true]
        * (abs(int(np.argmax(logits[n])) - true) + 1)
        / sum(abs(i - true) + 1 for i in range(5))
        for n, true in enumerate(grade)
    ]
    np.testing.assert_allclose(
        GradingLoss().call(grade, logits), expected, rtol=1e-4
    )


def test_printed_form_teaches_nothing_on_right_answers():
    logits = tf.constant([[0.1, 0.0, 0.0, 0.0, 0.0]])
    norms = []
    for literal in (True, False):
        with tf.GradientTape() as tape:
            tape.watch(logits)
            loss = GradingLoss(literal).call(tf.constant([0]), logits)
        norms.append(float(tf.norm(tape.gradient(loss, logits))))
    assert norms[0] == 0
    assert norms[1] > 0.01


def test_weight_is_a_constant_for_the_gradient():
    # That of cross-entropy, softmax - one-hot, times the factor 4 / 12.
    logits = tf.constant(LOGITS)
    with tf.GradientTape() as tape:
        tape.watch(logits)
        loss = GradingLoss().call(tf.constant([1]), logits)
    softmax = np.array([1, 1, 1, 1, 4]) / 8
    expected = (softmax - np.array([0, 1, 0, 0, 0])) * 4 / 12
    np.testing.assert_allclose(
        tape.gradient(loss, logits)[0], expected, rtol=1e-5
    )


def test_unknown_grade_has_a_finite_loss_and_gradient():
    logits = tf.constant(np.repeat(LOGITS, 2, axis=0))
    with tf.GradientTape() as tape:
        tape.watch(logits)
        loss = GradingLoss().call(tf.constant([-1, 3]), logits)
    assert np.all(np.isfinite(loss))
    assert np.all(np.isfinite(tape.gradient(loss, logits)))


def test_extreme_logits_have_a_finite_loss():
    logits = np.array([[1e4, -1e4, 0, 0, 0]], "float32")
    # Two grades' distance: 2 / 12 of 2e4.
    np.testing.assert_allclose(
        GradingLoss().call(np.array([1]), logits), [2e4 / 6], rtol=1e-5
    )


def test_grade_weights_are_factors_of_the_true_grade():
    logits = np.repeat(LOGITS, 5, axis=0)
    weights = (0.5, 1.0, 0.0, 2.0, 3.0)
    plain = GradingLoss().call(np.arange(5), logits)
    weighted = GradingLoss(grade_weights=weights).call(np.arange(5), logits)
    np.testing.assert_allclose(weighted, plain * np.array(weights), rtol=1e-6)


@pytest.mark.parametrize("weights", [(1.0,), (1, 1, 1, 1, -1), (1,) * 6])
def test_refuses_grade_weights(weights):
    with pytest.raises(UserError, match="grade_weights"):
        GradingLoss(grade_weights=weights)
