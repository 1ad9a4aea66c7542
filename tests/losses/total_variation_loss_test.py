"""Tests of the total variation loss."""

import numpy as np
import pytest
import tensorflow as tf

from dmtdr_tf.losses import TotalVariationLoss


def test_hand_worked():
    # Down: 0 and (3 - 1)^2; across: 1 and 3^2.
    image = np.array([[0.0, 1.0], [0.0, 3.0]]).reshape(1, 2, 2, 1)
    assert TotalVariationLoss().call(None, image).numpy().tolist() == [14.0]


@pytest.mark.parametrize("shape", [(4, 4, 3), (5, 7, 3), (1, 6, 3), (6, 1, 3)])
def test_agrees_with_numpy(shape):
    images = np.random.default_rng(0).random((2, *shape), "float32")
    loss = TotalVariationLoss().call(None, images)
    by_axis = [
        np.square(np.diff(images, axis=axis)).sum((1, 2, 3)) for axis in (1, 2)
    ]
    np.testing.assert_allclose(loss, sum(by_axis), rtol=1e-5)


def test_does_not_read_the_target():
    images = tf.random.stateless_uniform((1, 3, 3, 3), seed=(0, 0))
    loss = TotalVariationLoss()
    one, other = loss(tf.zeros((1,)), images), loss(tf.ones((1,)), images)
    np.testing.assert_array_equal(one, other)


def test_flat_photograph_has_none():
    assert float(TotalVariationLoss()(0.0, tf.fill((1, 8, 8, 3), 0.7))) == 0
