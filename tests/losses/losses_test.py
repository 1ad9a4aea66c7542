"""Tests of what all losses have in common."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from dmtdr_tf import losses

SHAPE = (3, 6, 6, 4)
LOSSES = [
    losses.SegmentationAwareLoss(),
    losses.ClassificationAwareLoss(0.3, 0.2, straight_through=True),
    losses.ReconstructionLoss("squared"),
    losses.TotalVariationLoss(),
    losses.DiceLoss(smooth=2.0),
    losses.LesionCrossEntropyLoss(epsilon=1e-4),
    losses.SemiSupervisedLoss(),
    losses.GradingLoss(literal=True, grade_weights=(1, 2, 3, 4, 5)),
]
each_loss = pytest.mark.parametrize("loss", LOSSES, ids=lambda x: x.name)


def example(loss):
    """A target and a prediction of the shapes that the loss takes."""
    rng = np.random.default_rng(0)
    if isinstance(loss, losses.GradingLoss):
        logits = rng.normal(size=(3, 5)).astype("float32")
        return np.array([0, 3, 4], "int32"), logits
    true, pred = rng.random((2, *SHAPE), "float32")
    if isinstance(loss, losses.SemiSupervisedLoss):
        true = true[..., :1]
    return np.round(true), pred


@each_loss
def test_is_per_sample_and_reduces_to_their_mean(loss):
    true, pred = example(loss)
    values = loss.call(true, pred)
    alone = [
        loss.call(true[n : n + 1], pred[n : n + 1])[0] for n in range(len(pred))
    ]
    np.testing.assert_allclose(values, alone, rtol=1e-6)
    np.testing.assert_allclose(loss(true, pred), np.mean(alone), rtol=1e-6)


@each_loss
def test_survives_saving(loss):
    config = keras.saving.serialize_keras_object(loss)
    assert config["registered_name"].startswith("dmtdr_tf>")
    restored = keras.saving.deserialize_keras_object(config)
    assert restored.get_config() == loss.get_config()
    np.testing.assert_array_equal(
        restored.call(*example(loss)), loss.call(*example(loss))
    )


@each_loss
def test_computes_in_float32(loss):
    true, pred = example(loss)
    pred = tf.cast(pred, tf.bfloat16)
    values = loss.call(true, pred)
    assert values.dtype == tf.float32
    # As of the rounded prediction, with nothing else rounded.
    expected = loss.call(true, tf.cast(pred, tf.float32))
    np.testing.assert_array_equal(values, expected)


@each_loss
def test_has_a_finite_gradient_in_a_graph(loss):
    true, pred = example(loss)

    @tf.function
    def gradient(pred):
        with tf.GradientTape() as tape:
            tape.watch(pred)
            value = loss(true, pred)
        return tape.gradient(value, pred)

    result = gradient(tf.constant(pred))
    assert np.all(np.isfinite(result))
    assert np.any(result != 0)
