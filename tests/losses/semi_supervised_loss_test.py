"""Tests of the semi-supervised segmentation loss and its target."""

import numpy as np
import tensorflow as tf

from dmtdr_tf.losses import SemiSupervisedLoss, semi_supervised_target

EVIDENCE = np.array([0.2, 0.5, 0.6, 1.0], "float32").reshape(1, 2, 2, 1)


def test_target_is_the_evidence_above_the_threshold_unless_grade_0():
    evidence = tf.constant(np.repeat(EVIDENCE, 3, axis=0))
    with tf.GradientTape() as tape:
        tape.watch(evidence)
        target = semi_supervised_target(evidence, np.array([2, 0, 4]), 0.5)
    expected = [[0, 0, 1, 1], [0, 0, 0, 0], [0, 0, 1, 1]]
    np.testing.assert_array_equal(np.reshape(target, (3, 4)), expected)
    assert target.dtype == tf.float32
    assert tape.gradient(target, evidence) is None


def test_target_takes_the_threshold():
    target = semi_supervised_target(EVIDENCE, np.array([1]), 0.1)
    np.testing.assert_array_equal(target, np.ones_like(EVIDENCE))


def test_union_of_the_lesions_is_compared_with_the_mask():
    # Unions: 1 - 0.5 * 0.5 = 0.75; 1; 0; 1 - 0.9^4 = 0.3439.
    lesions = np.array(
        [
            [0.5, 0.5, 0.0, 0.0],
            [1.0, 0.3, 0.0, 0.0],
            [0.0, 0.0, 0.0, 0.0],
            [0.1, 0.1, 0.1, 0.1],
        ]
    ).reshape(1, 2, 2, 4)
    mask = np.array([1.0, 1.0, 1.0, 0.0]).reshape(1, 2, 2)
    expected = (0.0625 + 0 + 1 + 0.3439**2) / 4
    for target in (mask, mask[..., None]):
        loss = SemiSupervisedLoss().call(target, lesions)
        np.testing.assert_allclose(loss, [expected], rtol=1e-5)


def test_gradient_agrees_with_its_formula_even_at_certain_lesions():
    rng = np.random.default_rng(0)
    lesions = rng.random((2, 3, 3, 4)).astype("float32")
    lesions[0, 0, 0, :2] = 1  # where a gradient by division is NaN
    mask = (rng.random((2, 3, 3, 1)) < 0.5).astype("float32")
    sides = (tf.constant(mask), tf.constant(lesions))
    with tf.GradientTape() as tape:
        tape.watch(sides)
        loss = SemiSupervisedLoss().call(*sides)
    by_mask, by_lesions = tape.gradient(loss, sides)
    assert by_mask is None
    absent = 1 - lesions
    others = np.stack(
        [np.prod(np.delete(absent, k, -1), -1) for k in range(4)], -1
    )
    union = 1 - np.prod(absent, -1, keepdims=True)
    expected = 2 * (union - mask) * others / 9
    np.testing.assert_allclose(by_lesions, expected, rtol=1e-4, atol=1e-6)
