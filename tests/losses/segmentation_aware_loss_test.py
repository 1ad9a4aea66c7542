"""Tests of the segmentation-aware loss."""

import numpy as np
import tensorflow as tf

from dmtdr_tf.losses import SegmentationAwareLoss


def test_is_the_mean_square_per_image():
    high_res = np.zeros((2, 1, 2, 4), "float32")
    super_res = np.zeros((2, 1, 2, 4), "float32")
    super_res[0, 0, 1, 2] = 0.8  # 0.64 / 8 values
    high_res[1] = 0.5  # 0.25 everywhere
    loss = SegmentationAwareLoss().call(high_res, super_res)
    np.testing.assert_allclose(loss, [0.08, 0.25], rtol=1e-6)


def test_high_resolution_side_is_a_constant():
    sides = (tf.fill((1, 2, 2, 4), 0.25), tf.fill((1, 2, 2, 4), 0.75))
    with tf.GradientTape() as tape:
        tape.watch(sides)
        loss = SegmentationAwareLoss()(*sides)
    high_res, super_res = tape.gradient(loss, sides)
    assert high_res is None
    # 2 * (0.75 - 0.25) / 16 values
    np.testing.assert_allclose(super_res, np.full((1, 2, 2, 4), 1 / 16))
