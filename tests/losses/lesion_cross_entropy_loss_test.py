"""Tests of the lesion cross-entropy loss."""

import math

import numpy as np
import pytest
import tensorflow as tf
from sklearn import metrics

from dmtdr_tf.files.errors import UserError
from dmtdr_tf.losses import LesionCrossEntropyLoss


def test_hand_worked():
    true = np.array([1.0, 0.0]).reshape(1, 1, 1, 2)
    pred = np.array([0.5, 0.75]).reshape(1, 1, 1, 2)
    # -(log 1/2 + log 1/4) / 2
    expected = 1.5 * math.log(2)
    np.testing.assert_allclose(
        LesionCrossEntropyLoss().call(true, pred), [expected], rtol=1e-6
    )


def test_agrees_with_scikit_learn():
    rng = np.random.default_rng(0)
    true = (rng.random((3, 6, 6, 4)) < 0.2).astype("float32")
    pred = rng.uniform(0.01, 0.99, (3, 6, 6, 4)).astype("float32")
    expected = [
        metrics.log_loss(t.ravel(), p.ravel())
        for t, p in zip(true, pred, strict=True)
    ]
    loss = LesionCrossEntropyLoss().call(true, pred)
    np.testing.assert_allclose(loss, expected, rtol=1e-5)


def test_certain_and_wrong_is_large_and_finite():
    true = tf.constant([1.0, 0.0], shape=(2, 1, 1, 1))
    pred = tf.constant([0.0, 1.0], shape=(2, 1, 1, 1))
    with tf.GradientTape() as tape:
        tape.watch(pred)
        loss = LesionCrossEntropyLoss().call(true, pred)
    # -log(1e-7) = 16.1; 1 - 1e-7 is rounded to float32's 1 - 1.19e-7.
    np.testing.assert_allclose(loss, [16.118, 15.942], atol=1e-3)
    assert np.all(np.isfinite(tape.gradient(loss, pred)))


@pytest.mark.parametrize("epsilon", [0.0, 1e-9, 0.5])
def test_refuses_epsilon(epsilon):
    with pytest.raises(UserError, match="epsilon"):
        LesionCrossEntropyLoss(epsilon)
