"""Tests of guided backpropagation."""

import gc
import weakref

import keras
import numpy as np
import tensorflow as tf
from keras import layers

from dmtdr_tf.evidence import (
    guided_backprop,
    guided_backprop_with_features,
)
from dmtdr_tf.models.grading import GradingNetwork


def pixelwise_grader(make_stand_in):
    """Per pixel: 3 units, ReLU layer, 4, Activation; dense with ReLU, dense."""

    def features(x):
        x = layers.ReLU()(layers.Conv2D(3, 1)(x))
        return [x, layers.Activation("relu")(layers.Conv2D(4, 1)(x))]

    def head(x):
        x = layers.Dense(6, activation="relu")(layers.Flatten()(x))
        return layers.Dense(5)(x)

    grader = make_stand_in(features, head, (1, 2, 3))
    rng = np.random.default_rng(0)
    for variable in grader.backbone.weights + grader.head.weights:
        variable.assign(rng.normal(0.3, 1, variable.shape))
    return grader


def numpy_gradient(grader, pixels, guided):
    """Backpropagation by hand of `pixelwise_grader`, `[2, 3]` pixels."""
    k1, b1, k2, b2 = (w.numpy() for w in grader.backbone.weights)
    k3, b3, k4, _ = (w.numpy() for w in grader.head.weights)
    k1, k2 = k1[0, 0], k2[0, 0]
    one = pixels @ k1 + b1
    two = np.maximum(one, 0) @ k2 + b2
    three = np.maximum(two, 0).ravel() @ k3 + b3

    def back(gradient, value):
        gradient = np.maximum(gradient, 0) if guided else gradient
        return gradient * (value > 0)

    gradient = back(k4[:, 1:].sum(-1), three) @ k3.T
    return back(back(gradient.reshape(2, 4), two) @ k2.T, one) @ k1.T


def test_agrees_with_numpy(make_stand_in):
    grader = pixelwise_grader(make_stand_in)
    images = np.random.default_rng(0).random((4, 1, 2, 3), "float32")
    result = guided_backprop(
        grader, tf.constant(images), tf.zeros((4, 1, 2, 4))
    )
    for image, one in zip(images, result, strict=True):
        gradients = [
            np.abs(numpy_gradient(grader, image[0], guided)).max(-1)
            for guided in (True, False)
        ]
        guided, plain = (g / g.max() for g in gradients)
        np.testing.assert_allclose(np.ravel(one), guided, rtol=1e-4)
        assert not np.allclose(guided, plain, rtol=0.01)


def test_features_keep_the_gradients_of_the_plain_network(grader, photographs):
    images, lesions = photographs
    gradients = []
    for guided in (False, True):
        with tf.GradientTape() as tape:
            if guided:
                _, features = guided_backprop_with_features(
                    grader, images, lesions
                )
            else:
                features = grader.backbone([images, lesions])
            value = tf.reduce_sum(tf.sin(features[-1]))
        gradients.append(tape.gradient(value, grader.backbone.weights[0]))
    np.testing.assert_allclose(*gradients, rtol=1e-3, atol=1e-4)


def test_reads_the_weights_that_training_changes(make_grader, photographs):
    grader = make_grader(4)
    before = guided_backprop(grader, *photographs)
    for variable in grader.trainable_variables:
        variable.assign_add(
            0.1 * tf.random.stateless_normal(variable.shape, seed=(0, 0))
        )
    after = guided_backprop(grader, *photographs)
    assert np.max(np.abs(before - after)) > 0.01
    copy = GradingNetwork(width=16, units=8)
    copy.set_weights(grader.get_weights())
    np.testing.assert_allclose(
        after, guided_backprop(copy, *photographs), atol=1e-4
    )


def test_leaves_the_grader_as_it_was(make_grader, photographs, tmp_path):
    grader = make_grader(5)
    names = [layer.name for layer in grader.backbone.layers]
    weights = len(grader.weights)
    guided_backprop(grader, *photographs)
    assert [layer.name for layer in grader.backbone.layers] == names
    assert len(grader.weights) == weights
    grader.save(tmp_path / "grader.keras")
    loaded = keras.saving.load_model(tmp_path / "grader.keras")
    np.testing.assert_allclose(
        loaded(list(photographs)), grader(list(photographs)), rtol=1e-5
    )


def test_does_not_keep_a_grader_alive(photographs):
    grader = GradingNetwork(width=16, units=2)
    guided_backprop(grader, *photographs)
    reference = weakref.ref(grader)
    del grader
    gc.collect()
    assert reference() is None
