"""Tests of the guided rectifier."""

import numpy as np
import pytest
import tensorflow as tf

from dmtdr_tf.evidence.guided_relu import GuidedReLU, guided_gradients

X = tf.constant([-1.0, 0.0, 2.0, 3.0])
UPSTREAM = tf.constant([1.0, 1.0, -1.0, 0.5])


@pytest.mark.parametrize("wrap", [lambda f: f, tf.function])
def test_gradient_is_guided_inside_and_plain_outside(wrap):
    @wrap
    def gradients():
        with tf.GradientTape(persistent=True) as tape:
            tape.watch(X)
            y = GuidedReLU()(X)
        with guided_gradients():
            guided = tape.gradient(y, X, UPSTREAM)
        return y, guided, tape.gradient(y, X, UPSTREAM)

    y, guided, plain = gradients()
    np.testing.assert_array_equal(y, [0, 0, 2, 3])
    np.testing.assert_array_equal(guided, [0, 0, 0, 0.5])
    np.testing.assert_array_equal(plain, [0, 0, -1, 0.5])


def test_is_plain_again_after_an_error():
    with pytest.raises(ValueError, match="inside"), guided_gradients():
        raise ValueError("inside")
    with tf.GradientTape() as tape:
        tape.watch(X)
        y = GuidedReLU()(X)
    np.testing.assert_array_equal(
        tape.gradient(y, X, UPSTREAM), [0, 0, -1, 0.5]
    )
