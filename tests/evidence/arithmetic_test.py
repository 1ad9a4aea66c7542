"""Tests of the arithmetic that evidence maps share."""

import cv2
import numpy as np
import pytest
import tensorflow as tf

from dmtdr_tf.evidence import arithmetic


def test_channel_weights_are_means_in_float32():
    gradient = tf.constant([1.0, 2.0, 3.0, 6.0], shape=(1, 2, 2, 1))
    assert arithmetic.channel_weights(gradient).numpy().tolist() == [[3.0]]
    # A sum of 1000 ones is exact in float32 and 256 in bfloat16.
    ones = tf.ones((1, 1000, 1, 1), tf.bfloat16)
    weights = arithmetic.channel_weights(ones)
    assert weights.dtype == tf.float32
    assert weights.numpy().tolist() == [[1.0]]


def test_weighted_sum_gives_each_image_its_own_weights():
    feature = np.random.default_rng(0).normal(size=(3, 4, 5, 6))
    weights = np.random.default_rng(1).normal(size=(3, 6)).astype("float32")
    np.testing.assert_allclose(
        arithmetic.weighted_sum(feature, weights)[..., 0],
        np.einsum("bhwc,bc->bhw", feature, weights),
        rtol=1e-4,
        atol=1e-5,
    )


@pytest.mark.parametrize("size", [(8, 6), (7, 5), (13, 12)])
def test_resize_agrees_with_opencv(size):
    maps = np.random.default_rng(0).random((2, 4, 3, 1), "float32")
    resized = arithmetic.resize(maps, tf.zeros((2, *size, 9)))
    for one, result in zip(maps, resized, strict=True):
        expected = cv2.resize(one, size[::-1], interpolation=cv2.INTER_LINEAR)
        np.testing.assert_allclose(result[..., 0], expected, atol=1e-6)


def test_normalize_divides_each_by_its_own_maximum():
    maps = tf.constant([[1.0, 4.0], [0.5, 0.0]])[..., None, None]
    result = arithmetic.normalize(maps)[..., 0, 0]
    np.testing.assert_array_equal(result, [[0.25, 1.0], [1.0, 0.0]])


def test_largest_to_one_keeps_the_sign():
    maps = np.reshape([[1.0, -4.0], [2.0, 0.5], [0.0, 0.0]], (3, 2, 1, 1))
    expected = np.reshape([[0.25, -1.0], [1.0, 0.25], [0.0, 0.0]], maps.shape)
    np.testing.assert_allclose(arithmetic.largest_to_one(maps), expected)


@pytest.mark.parametrize("value", [0.0, 1e-42, 1e-35])
def test_normalize_leaves_a_map_without_a_peak(value):
    maps = tf.fill((1, 2, 2, 1), value)
    with tf.GradientTape() as tape:
        tape.watch(maps)
        result = arithmetic.normalize(maps)
    assert np.max(result) <= 1e-35
    assert np.all(np.isfinite(tape.gradient(result, maps)))
