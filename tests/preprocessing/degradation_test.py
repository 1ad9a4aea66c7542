import cv2
import numpy as np
import pytest
import tensorflow as tf

from dmtdr_tf.preprocessing import degradation


def _photograph(size=32):
    return tf.random.stateless_uniform((size, size, 3), (1, 2))


@pytest.mark.parametrize("scale", [2, 4, 8])
def test_a_plane_is_sampled_at_cell_centers(scale):
    size = 16 * scale
    ramp = np.linspace(0.1, 0.9, size, dtype="float32")
    plane = np.tile(ramp[None, :, None], (size, 1, 3))
    made = np.array(degradation.low_resolution(plane, scale))
    wanted = ramp.reshape(-1, scale).mean(axis=1)
    np.testing.assert_allclose(made[5, 3:-3, 0], wanted[3:-3], atol=1e-5)


def test_stripes_too_fine_to_show_become_gray():
    stripes = np.zeros((32, 32, 3), "float32")
    stripes[:, ::2] = 1
    made = np.array(degradation.low_resolution(stripes, 4))
    np.testing.assert_allclose(made[:, 2:-2], 0.5, atol=1e-3)


def test_bicubic_keeps_a_constant_and_is_clipped():
    step = np.zeros((8, 8, 3), "float32")
    step[:, 4:] = 1
    made = np.array(degradation.bicubic(step, 4))
    assert made.min() == 0
    assert made.max() == 1
    np.testing.assert_allclose(made[:, :8], 0, atol=1e-6)


def test_harder_degradation_follows_its_seed():
    one, same, other = (
        degradation.harder_low_resolution(
            _photograph(), 4, tf.constant(seed, tf.int64)
        )
        for seed in ([1, 2], [1, 2], [1, 3])
    )
    np.testing.assert_array_equal(one, same)
    assert np.abs(np.array(one - other)).max() > 0.01


def test_harder_degradation_is_further_from_the_photograph():
    smooth = cv2.GaussianBlur(np.array(_photograph(64)), (0, 0), 3)
    smooth = tf.constant((smooth - smooth.min()) / np.ptp(smooth))
    clean = degradation.low_resolution(smooth, 4)
    errors = []
    for seed in range(4):
        poor = degradation.harder_low_resolution(
            smooth, 4, tf.constant([seed, 0], tf.int64)
        )
        errors.append(float(tf.reduce_mean(tf.abs(poor - clean))))
        assert (
            0 <= float(tf.reduce_min(poor)) <= float(tf.reduce_max(poor)) <= 1
        )
    assert 0.002 < np.mean(errors) < 0.1
