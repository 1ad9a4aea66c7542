import keras
import numpy as np
import pytest
import tensorflow as tf

from dmtdr_tf.evidence import (
    gmsv,
    gmsv_with_features,
    grad_cam_with_features,
)
from dmtdr_tf.exporting.litert.device.grader import DeviceGrader

# Gradients that LiteRT has no equivalent of.
LACKING = {"ReluGrad", "MaxPoolGrad", "StridedSliceGrad"}


@pytest.fixture(scope="module")
def given():
    rng = np.random.default_rng(0)
    return (
        tf.constant(rng.random((2, 64, 96, 3)), tf.float32),
        tf.constant(rng.random((2, 64, 96, 4)), tf.float32),
    )


@pytest.mark.parametrize(
    "evidence", [gmsv_with_features, grad_cam_with_features]
)
def test_evidence_and_grade_equal_the_grader_s(model, given, evidence):
    device = DeviceGrader.of(model.grader)
    expected, features = evidence(model.grader, *given)
    shown, device_features = evidence(device, *given)
    assert expected.numpy().max() > 0.9
    np.testing.assert_allclose(shown, expected, atol=1e-5)
    np.testing.assert_allclose(
        device.head(device_features[-1]),
        model.grader.head(features[-1]),
        atol=1e-5,
    )


def operators(grader, given):
    function = tf.function(
        lambda photographs, lesions: gmsv(grader, photographs, lesions)
    )
    graph = function.get_concrete_function(*given).graph
    return {operation.type for operation in graph.get_operations()}


def test_no_gradient_that_a_device_lacks(model, given):
    assert operators(model.grader, given) >= LACKING
    assert not operators(DeviceGrader.of(model.grader), given) & LACKING


def test_weights_are_shared(model, given):
    device = DeviceGrader.of(model.grader)
    hidden = model.grader.head.get_layer("hidden")
    before = device.head(tf.ones((1, 2, 2, 32))).numpy()
    kernel = keras.ops.convert_to_numpy(hidden.kernel)
    try:
        hidden.kernel.assign(kernel + 0.5)
        after = device.head(tf.ones((1, 2, 2, 32))).numpy()
    finally:
        hidden.kernel.assign(kernel)
    assert np.abs(after - before).max() > 0.1
