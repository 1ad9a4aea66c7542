"""Tests of gradient-weighted class activation mapping."""

import numpy as np
import tensorflow as tf
from keras import layers, ops

from dmtdr_tf.evidence import grad_cam

# The columns of grades 1-4 sum to (1, -2, 0).
KERNEL = np.array(
    [[9, 1, 1, -2, 1], [9, -1, -1, 0, 0], [9, 2, -2, 1, -1]], "float32"
)


def head(x):
    return ops.matmul(layers.GlobalAveragePooling2D()(x), KERNEL)


def test_hand_worked(make_stand_in):
    grader = make_stand_in(lambda x: [x, x * 1.0], head, (1, 3, 3))
    pixels = [[1.0, 0.0, 0.3], [0.5, 0.1, 0.9], [0.0, 1.0, 0.2]]
    images = tf.constant(pixels, shape=(1, 1, 3, 3))
    result = grad_cam(grader, images, tf.zeros((1, 1, 3, 4)))
    # F (1, -2, 0) / 3 is (1, 0.3, -2) / 3.
    np.testing.assert_allclose(np.ravel(result), [1.0, 0.3, 0.0], rtol=1e-5)


def test_is_upsampled_to_the_photograph(make_stand_in):
    grader = make_stand_in(
        lambda x: [x, layers.AveragePooling2D((1, 2))(x)], head, (1, 4, 3)
    )
    image = np.zeros((1, 1, 4, 3), "float32")
    image[0, 0, :2, 0] = 1
    image[..., 2] = 0.5  # No frame, which would be cut off.
    result = grad_cam(grader, tf.constant(image), tf.zeros((1, 1, 4, 4)))
    # Bilinear from (1, 0), cell centres at 1/2 and 5/2 of a pixel.
    np.testing.assert_allclose(np.ravel(result), [1, 0.75, 0.25, 0])


def test_second_order_differentiates_the_weights(make_stand_in):
    def squared(x):
        return ops.square(head(x))

    grader = make_stand_in(lambda x: [x, x * 1.0], squared, (1, 3, 3))
    images = tf.random.stateless_uniform((1, 1, 3, 3), seed=(0, 0))
    gradients = []
    for second_order in (False, True):
        with tf.GradientTape() as tape:
            tape.watch(images)
            result = grad_cam(
                grader,
                images,
                tf.zeros((1, 1, 3, 4)),
                second_order=second_order,
            )
        gradients.append(tape.gradient(result, images))
    assert np.any(gradients[0] != 0)
    assert not np.allclose(*gradients)


def test_gives_the_photograph_a_gradient(grader, photographs):
    images, lesions = photographs
    with tf.GradientTape() as tape:
        tape.watch(images)
        result = tf.square(grad_cam(grader, images, lesions))
    gradient = np.reshape(tape.gradient(result, images), (3, -1))
    assert np.all(np.linalg.norm(gradient, axis=1) > 1e-3)
