"""Tests of the dice loss."""

import numpy as np
import pytest
import tensorflow as tf
from sklearn import metrics

from dmtdr_tf.files.errors import UserError
from dmtdr_tf.losses import DiceLoss


def test_hand_worked_per_lesion():
    true = np.zeros((1, 2, 2, 4), "float32")
    pred = np.zeros((1, 2, 2, 4), "float32")
    true[0, 0, 0, 0] = pred[0, 0, 0, 0] = 1  # right: 1 - 3/3
    true[0, :, :, 1] = 1  # missed: 1 - 1/5
    pred[0, 0, :, 2] = 0.5  # absent, 1 pixel predicted: 1 - 1/2
    # the last absent and not predicted: 0
    expected = (0 + 0.8 + 0.5 + 0) / 4
    # a quarter of the photograph is one of its four pixels
    np.testing.assert_allclose(DiceLoss(0.25).call(true, pred), [expected])


def test_is_one_minus_f1_of_hard_masks():
    rng = np.random.default_rng(0)
    true, pred = rng.random((2, 3, 8, 8, 4)) < 0.4
    expected = [
        np.mean(
            [
                1 - metrics.f1_score(t[..., k].ravel(), p[..., k].ravel())
                for k in range(4)
            ]
        )
        for t, p in zip(true, pred, strict=True)
    ]
    loss = DiceLoss(smooth=1e-6).call(true, pred)
    np.testing.assert_allclose(loss, expected, rtol=1e-5)


def test_absent_lesion_still_pushes_predictions_down():
    pred = tf.fill((1, 4, 4, 4), 0.1)
    with tf.GradientTape() as tape:
        tape.watch(pred)
        loss = DiceLoss()(tf.zeros((1, 4, 4, 4)), pred)
    assert np.all(tape.gradient(loss, pred) > 0)


def test_images_do_not_share_their_areas():
    true = np.zeros((2, 4, 4, 4), "float32")
    true[0] = 1
    loss = DiceLoss().call(true, true)
    np.testing.assert_allclose(loss, [0.0, 0.0], atol=1e-7)


@pytest.mark.parametrize("smooth", [0.0, -1.0, float("nan")])
def test_refuses_no_smoothing(smooth):
    with pytest.raises(UserError, match="smooth"):
        DiceLoss(smooth)


def test_same_for_a_photograph_of_any_size():
    rng = np.random.default_rng(1)
    true = (rng.random((1, 4, 4, 4)) < 0.3).astype("float32")
    pred = rng.random((1, 4, 4, 4)).astype("float32")
    large = [np.repeat(np.repeat(x, 8, 1), 8, 2) for x in (true, pred)]
    np.testing.assert_allclose(
        DiceLoss().call(*large), DiceLoss().call(true, pred), rtol=1e-5
    )
