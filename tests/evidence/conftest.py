"""Small graders and photographs for the evidence maps."""

import dataclasses
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf

from dmtdr_tf.models.grading import GradingNetwork


def random_grader(seed, width=16, dtype=None):
    """A narrow grading network, whose weights all differ.

    TensorFlow 2.21 with oneDNN writes outside its memory in the gradient of a
    strided 1x1 convolution by its kernel, in float32 and bfloat16, unless its
    input's channels are a multiple of 16.
    """
    keras.utils.set_random_seed(seed)
    policy, floatx = keras.config.dtype_policy(), keras.config.floatx()
    keras.config.set_dtype_policy(dtype or policy)
    if dtype == "float64":  # inputs would be rounded to float32
        keras.config.set_floatx(dtype)
    grader = GradingNetwork(width=width, units=8)
    keras.config.set_dtype_policy(policy)
    keras.config.set_floatx(floatx)
    rng = np.random.default_rng(seed)
    for variable in grader.weights:
        if len(variable.shape) == 1 and "seed" not in variable.path:
            factor = rng.uniform(0.7, 1.3, variable.shape)
            shift = rng.uniform(0, 0.1, variable.shape)
            variable.assign(factor * variable.numpy() + shift)
    # As large as it is once trained: it starts almost at zero.
    last = grader.head.get_layer("grade")
    larger = keras.initializers.GlorotUniform(last.kernel_initializer.seed)
    last.kernel.assign(larger(last.kernel.shape))
    return grader


@dataclasses.dataclass(eq=False)
class StandIn:
    """A grader in two halves, as the maps ask for."""

    backbone: Any
    head: Any


def stand_in(make_features, make_head, shape=(2, 2, 3)):
    """A grader of two functions, for values that are worked out by hand."""
    photograph = keras.Input(shape)
    lesions = keras.Input((*shape[:2], 4))
    features = make_features(photograph)
    top = keras.Input(features[-1].shape[1:])
    return StandIn(
        backbone=keras.Model([photograph, lesions], features),
        head=keras.Model(top, make_head(top)),
    )


@pytest.fixture(name="make_grader", scope="session")
def fixture_make_grader():
    return random_grader


@pytest.fixture(name="make_stand_in", scope="session")
def fixture_make_stand_in():
    return stand_in


@pytest.fixture(name="grader", scope="session")
def fixture_grader():
    return random_grader(0)


@pytest.fixture(name="photographs", scope="session")
def fixture_photographs():
    """Three photographs and their lesion maps."""
    rng = np.random.default_rng(0)
    images = rng.random((3, 64, 64, 3), "float32")
    lesions = rng.random((3, 64, 64, 4), "float32")
    return tf.constant(images), tf.constant(lesions)
