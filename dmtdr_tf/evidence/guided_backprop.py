"""Guided backpropagation."""

import weakref
from typing import Any, Unpack

import keras
import tensorflow as tf
from keras import ops

from dmtdr_tf.evidence.arithmetic import as_tensor, normalize
from dmtdr_tf.evidence.grader import Grader
from dmtdr_tf.evidence.guided_relu import GuidedReLU, guided_gradients
from dmtdr_tf.evidence.options import MapOptions, MapWithFeatures
from dmtdr_tf.evidence.retina import retina
from dmtdr_tf.evidence.scores import Score, grade_score

__all__ = ["guided_backprop", "guided_backprop_with_features"]

_guided_copies: weakref.WeakKeyDictionary = weakref.WeakKeyDictionary()


def guided_backprop(
    grader: Grader, images: Any, lesions: Any, **options: Unpack[MapOptions]
) -> Any:
    """Maps the evidence of a grade by its gradient in the photograph.

    The largest absolute gradient of the score over a pixel's channels,
    divided by its maximum, where every ReLU of the grader passes back only
    the positive gradients of its active units. One forward and one
    backward pass.

    Args:
        grader: The grading network, with `backbone` and `head`.
        images: `[B, H, W, 3]` photographs in [0, 1].
        lesions: `[B, H, W, 4]` lesion probabilities.
        **options: `score`, `second_order` and `training`: see `MapOptions`.
            `second_order` has no effect: the map is made of gradients, and
            those of a network of ReLUs are piecewise constant.

    Returns:
        `[B, H, W, 1]` maps in [0, 1], float32; constants.

    Raises:
        UserError: `score` is unknown.

    Reference:
        Springenberg et al. 2014, "Striving for Simplicity: The All
        Convolutional Net"; DeepMT-DR, Table 5.
    """
    return guided_backprop_with_features(
        grader, images, lesions, **options
    ).evidence


def guided_backprop_with_features(
    grader: Grader,
    images: Any,
    lesions: Any,
    *,
    score: Score = "positive",
    second_order: bool = False,
    training: bool = False,
) -> MapWithFeatures:
    """Gives the map of `guided_backprop` with the features of its pass.

    The features' own gradients are those of the plain network.
    """
    images, lesions = as_tensor(images), as_tensor(lesions)
    backbone, head = _guided(grader)
    with tf.GradientTape(watch_accessed_variables=False) as tape:
        tape.watch(images)
        features = backbone([images, lesions], training=training)
        value = grade_score(head(features[-1], training=False), score)
    with guided_gradients():
        gradient = ops.cast(tape.gradient(value, images), "float32")
    largest = ops.max(ops.abs(gradient), axis=-1, keepdims=True)
    evidence = ops.stop_gradient(normalize(largest * retina(images)))
    return MapWithFeatures(evidence, features)


def _guided(grader: Grader) -> tuple[keras.Model, keras.Model]:
    """The grader's halves with guided ReLUs; built once, weights shared."""
    if grader not in _guided_copies:
        with tf.init_scope():
            _guided_copies[grader] = tuple(
                keras.models.clone_model(half, clone_function=_guided_layer)
                for half in (grader.backbone, grader.head)
            )
    return _guided_copies[grader]


def _guided_layer(layer: Any) -> Any:
    """The same layer, sharing its weights, unless it is a ReLU."""
    if isinstance(layer, keras.layers.ReLU):
        return GuidedReLU(name=layer.name, dtype=layer.dtype_policy)
    if getattr(layer, "activation", None) is not keras.activations.relu:
        return layer
    if isinstance(layer, keras.layers.Activation):
        return GuidedReLU(name=layer.name, dtype=layer.dtype_policy)
    return _GuidedDense(layer)


class _GuidedDense(keras.layers.Layer):
    """A dense layer that shares its weights and guides its ReLU."""

    def __init__(self, dense: keras.layers.Dense):
        super().__init__(name=dense.name, dtype=dense.dtype_policy)
        self.dense = dense
        self.relu = GuidedReLU(dtype=dense.dtype_policy)

    def call(self, inputs: Any) -> Any:
        # The kernel as stored: the layer's call would rectify unguided.
        kernel = ops.cast(self.dense.kernel, self.compute_dtype)
        bias = ops.cast(self.dense.bias, self.compute_dtype)
        return self.relu(ops.matmul(inputs, kernel) + bias)
