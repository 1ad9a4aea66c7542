import keras
import numpy as np
import tensorflow as tf

from dmtdr_tf.layers import DetailKernels
from dmtdr_tf.models.super_resolution import SuperResolutionNetwork


def test_even_areas_answer_with_zero_and_detail_does_not():
    convolve = keras.layers.Conv2D(
        8, 3, kernel_initializer=DetailKernels(seed=0)
    )
    even = tf.ones((1, 8, 8, 3)) * (0.9, 0.4, 0.1)
    np.testing.assert_allclose(convolve(even), 0.0, atol=1e-4)
    noise = tf.random.stateless_normal((1, 64, 64, 3), (1, 2), stddev=0.02)
    detail = np.array(convolve(even[:, :1, :1] + noise))
    assert 0.1 < detail.std() < 10


def test_a_residual_starts_from_detail():
    def stem(output):
        network = SuperResolutionNetwork(width=8, blocks=1, output=output)
        return np.array(network.get_layer("stem").kernel).sum((0, 1))

    np.testing.assert_allclose(stem("residual"), 0.0, atol=1e-4)
    assert np.abs(stem("tanh")).max() > 0.01
