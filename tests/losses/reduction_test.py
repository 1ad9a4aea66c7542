"""Tests of the reductions that every loss shares."""

import numpy as np
import pytest
import tensorflow as tf

from dmtdr_tf.losses import image_mean, masked_mean


def test_image_mean_averages_each_image():
    values = np.array([[[1.0, 2.0], [3.0, 6.0]], [[0.0, 0.0], [0.0, 2.0]]])
    np.testing.assert_allclose(image_mean(values), [3.0, 0.5])


@pytest.mark.parametrize(
    ("values", "mask", "total", "expected"),
    [
        ([2.0, 9.0, 4.0], [1, 0, 1], 2, 3.0),
        # The other replica has two more samples with the label.
        ([2.0, 9.0, 4.0], [1, 0, 1], 4, 1.5),
        ([2.0, 9.0], [0, 0], 0, 0.0),
        # This replica has none, the other has three.
        ([2.0, 9.0], [0, 0], 3, 0.0),
        ([np.nan, 5.0], [0, 1], 1, 5.0),
        ([np.inf, np.nan], [0, 0], 0, 0.0),
    ],
)
def test_masked_mean(values, mask, total, expected):
    values = tf.constant(values)
    mask = tf.constant(mask, tf.float32)
    result = masked_mean(values, mask, tf.constant(total))
    assert result.dtype == tf.float32
    assert float(result) == expected


def test_masked_mean_lets_a_nan_of_a_labelled_sample_through():
    # The caller's guard has to see it.
    assert np.isnan(masked_mean([np.nan, 1.0], [1.0, 1.0], 2.0))


def test_masked_mean_has_no_gradient_where_masked():
    values = tf.constant([2.0, np.nan, 4.0])
    with tf.GradientTape() as tape:
        tape.watch(values)
        result = masked_mean(values, tf.constant([1.0, 0.0, 1.0]), 2.0)
    np.testing.assert_allclose(tape.gradient(result, values), [0.5, 0.0, 0.5])


def test_shares_of_two_replicas_add_up_to_the_mean_of_all():
    values = np.array([1.0, 2.0, 3.0, 4.0, 5.0, 6.0])
    mask = np.array([1.0, 1.0, 0.0, 0.0, 1.0, 0.0])
    shares = [
        masked_mean(values[r], mask[r], 3) for r in np.split(np.r_[:6], 2)
    ]
    np.testing.assert_allclose(sum(shares), (1 + 2 + 5) / 3, rtol=1e-6)
