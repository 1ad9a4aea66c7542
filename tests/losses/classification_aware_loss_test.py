"""Tests of the classification-aware loss."""

import numpy as np
import pytest
import tensorflow as tf
from scipy.special import expit

from dmtdr_tf.files.errors import UserError
from dmtdr_tf.losses import ClassificationAwareLoss

HIGH_RES = np.array([0.9, 0.7, 0.1, 0.5], "float32").reshape(1, 2, 2, 1)
SUPER_RES = np.array([0.8, 0.2, 0.6, 0.5], "float32").reshape(1, 2, 2, 1)


def gradients(loss):
    sides = (tf.constant(HIGH_RES), tf.constant(SUPER_RES))
    with tf.GradientTape() as tape:
        tape.watch(sides)
        value = loss.call(*sides)
    return tape.gradient(value, sides)


def test_straight_through_is_the_share_of_pixels_in_one_mask_only():
    # Masks [1, 1, 0, 0] and [1, 0, 1, 0]: two of four differ.
    loss = ClassificationAwareLoss(0.5, straight_through=True)
    assert loss.call(HIGH_RES, SUPER_RES).numpy().tolist() == [0.5]


def test_soft_masks_are_sigmoids():
    loss = ClassificationAwareLoss(threshold=0.4, temperature=0.2)
    masks = [expit((v - 0.4) / 0.2) for v in (HIGH_RES, SUPER_RES)]
    expected = np.mean((masks[1] - masks[0]) ** 2)
    np.testing.assert_allclose(
        loss.call(HIGH_RES, SUPER_RES), [expected], rtol=1e-5
    )


def test_soft_masks_of_a_small_temperature_are_hard():
    maps = (HIGH_RES[:, :1], SUPER_RES[:, :1])  # nothing at the threshold
    soft = ClassificationAwareLoss(temperature=1e-3).call(*maps)
    hard = ClassificationAwareLoss(straight_through=True).call(*maps)
    np.testing.assert_allclose(soft, hard, atol=1e-6)


def test_straight_through_gradient_is_that_of_the_sigmoid():
    loss = ClassificationAwareLoss(0.5, 0.1, straight_through=True)
    high_res, super_res = gradients(loss)
    assert high_res is None
    soft = expit((SUPER_RES - 0.5) / 0.1)
    slope = soft * (1 - soft) / 0.1
    difference = np.array([0, -1, 1, 0]).reshape(1, 2, 2, 1)
    expected = 2 * difference * slope / 4
    np.testing.assert_allclose(super_res, expected, rtol=1e-5, atol=1e-7)


def test_gradient_moves_the_super_resolved_map_towards_the_other():
    high_res, super_res = gradients(ClassificationAwareLoss())
    assert high_res is None
    signs = np.sign(super_res).ravel()
    np.testing.assert_array_equal(signs[1:3], [-1, 1])


def test_equal_maps_have_loss_zero():
    assert float(ClassificationAwareLoss()(HIGH_RES, HIGH_RES)) == 0


@pytest.mark.parametrize(
    ("arguments", "name"),
    [
        ({"threshold": 1.5}, "threshold"),
        ({"threshold": float("nan")}, "threshold"),
        ({"temperature": 0.0}, "temperature"),
    ],
)
def test_refuses_arguments_by_name(arguments, name):
    with pytest.raises(UserError, match=name):
        ClassificationAwareLoss(**arguments)
