"""Tests of SmoothGrad."""

import numpy as np
import pytest
import tensorflow as tf
from keras import layers, ops

from dmtdr_tf.evidence import smooth_grad
from dmtdr_tf.files.errors import UserError

SCALES = np.array([1.0, 2.0, -3.0], "float32")


def squares(x):
    """Five equal logits: `sum(scales * x^2)`."""
    total = ops.sum(layers.Flatten()(x), axis=1, keepdims=True)
    return ops.repeat(total, 5, axis=1)


def quadratic_grader(make_stand_in):
    """`y = 4 sum(scales * x^2)`, of gradient `8 * scales * x`."""
    return make_stand_in(
        lambda x: [x, ops.square(x) * SCALES], squares, (4, 4, 3)
    )


def test_without_noise_is_the_size_of_the_gradient(make_stand_in):
    images = np.random.default_rng(0).random((2, 4, 4, 3), "float32")
    result = smooth_grad(
        quadratic_grader(make_stand_in),
        tf.constant(images),
        tf.zeros((2, 4, 4, 4)),
        noise=0.0,
        samples=2,
    )
    sizes = np.abs(SCALES * images).max(-1, keepdims=True)
    expected = sizes / sizes.max((1, 2, 3), keepdims=True)
    np.testing.assert_allclose(result, expected, rtol=1e-5)


def test_averages_over_noisy_copies(make_stand_in):
    images = np.random.default_rng(0).random((2, 4, 4, 3), "float32")
    images[1] *= 0.1  # whose noise is a tenth, too
    result = smooth_grad(
        quadratic_grader(make_stand_in),
        tf.constant(images),
        tf.zeros((2, 4, 4, 4)),
        samples=3,
        noise=0.5,
        seed=7,
    )
    span = np.ptp(images, axis=(1, 2, 3), keepdims=True)
    sizes = np.mean(
        [
            np.abs(SCALES * (images + 0.5 * span * draw))
            for draw in (
                tf.random.stateless_normal(images.shape, (7, index)).numpy()
                for index in range(3)
            )
        ],
        axis=0,
    ).max(-1, keepdims=True)
    expected = sizes / sizes.max((1, 2, 3), keepdims=True)
    np.testing.assert_allclose(result, expected, rtol=1e-4)


def test_seed_decides_the_noise(grader, photographs):
    maps = [
        smooth_grad(grader, *photographs, samples=1, seed=seed)
        for seed in (0, 0, 1)
    ]
    np.testing.assert_allclose(maps[0], maps[1], atol=1e-5)
    assert np.max(np.abs(maps[0] - maps[2])) > 0.01


def test_noise_does_not_enter_the_batch_statistics(make_grader, photographs):
    grader = make_grader(6)
    before = [w.numpy() for w in grader.non_trainable_variables]
    smooth_grad(grader, *photographs, samples=1, training=True)
    after = [w.numpy() for w in grader.non_trainable_variables]
    for one, other in zip(before, after, strict=True):
        np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize(
    ("arguments", "name"),
    [({"samples": 0}, "samples"), ({"noise": -1}, "noise")],
)
def test_refuses_arguments_by_name(arguments, name):
    with pytest.raises(UserError, match=name):
        smooth_grad(None, None, None, **arguments)
