"""Guided backpropagation."""

import weakref
from typing import Any

import keras
import tensorflow as tf
from keras import ops

from dmtdr_tf.evidence.arithmetic import normalise
from dmtdr_tf.evidence.grader import Grader
from dmtdr_tf.evidence.guided_relu import GuidedReLU, guided_gradients
from dmtdr_tf.evidence.scores import Score, grade_score

_guided_copies: weakref.WeakKeyDictionary = weakref.WeakKeyDictionary()


def guided_backprop(
    grader: Grader,
    images: Any,
    lesions: Any,
    *,
    score: Score = "positive",
    second_order: bool = False,
    training: bool = False,
    return_features: bool = False,
) -> Any:
    """Maps the evidence of a grade by its gradient to the photograph.

    The largest absolute gradient of the score over a pixel's channels,
    divided by its maximum, where every ReLU of the grader passes back a
    positive gradient of an active unit and nothing else. One forward and one
    backward pass.

    Args:
        grader: The grading network, with `backbone` and `head`.
        images: `[B, H, W, 3]` photographs in [0, 1].
        lesions: `[B, H, W, 4]` lesion probabilities.
        score: What is explained; see `grade_score`.
        second_order: Without effect: the map is a constant. It is made of
            gradients, and those of a network of ReLUs are constant in pieces.
        training: Passed to the backbone; the head is always without dropout.
        return_features: Whether to return the backbone's features too; their
            own gradients are plain ones.

    Returns:
        `[B, H, W, 1]` maps in [0, 1], float32; with `return_features`, a
        pair of it and the features.

    Reference:
        Springenberg et al. 2014, "Striving for Simplicity: The All
        Convolutional Net"; DeepMT-DR, Table 5.
    """
    backbone, head = _guided(grader)
    with tf.GradientTape(watch_accessed_variables=False) as tape:
        tape.watch(images)
        features = backbone([images, lesions], training=training)
        value = grade_score(head(features[-1], training=False), score)
    with guided_gradients():
        gradient = ops.cast(tape.gradient(value, images), "float32")
    largest = ops.max(ops.abs(gradient), axis=-1, keepdims=True)
    evidence = ops.stop_gradient(normalise(largest))
    return (evidence, features) if return_features else evidence


def _guided(grader):
    """The grader's halves with guided ReLUs: made once, weights shared."""
    if grader not in _guided_copies:
        with tf.init_scope():
            _guided_copies[grader] = tuple(
                keras.models.clone_model(half, clone_function=_guided_layer)
                for half in (grader.backbone, grader.head)
            )
    return _guided_copies[grader]


def _guided_layer(layer):
    """The same layer, which shares its weights, unless it rectifies."""
    if isinstance(layer, keras.layers.ReLU):
        return GuidedReLU(name=layer.name)
    if getattr(layer, "activation", None) is not keras.activations.relu:
        return layer
    if isinstance(layer, keras.layers.Activation):
        return GuidedReLU(name=layer.name)
    return _GuidedDense(layer)


class _GuidedDense(keras.layers.Layer):
    """A dense layer with ReLU, its weights shared and its ReLU guided."""

    def __init__(self, dense):
        super().__init__(name=dense.name, dtype=dense.dtype_policy)
        self.dense = dense
        self.relu = GuidedReLU(dtype=dense.dtype_policy)

    def call(self, inputs):
        # The kernel as stored: the layer's call would rectify unguided.
        kernel = ops.cast(self.dense.kernel, self.compute_dtype)
        bias = ops.cast(self.dense.bias, self.compute_dtype)
        return self.relu(ops.matmul(inputs, kernel) + bias)
