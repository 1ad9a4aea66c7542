"""Tests that calling, explaining, predicting and validating are one way."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from dmtdr_tf.config import LossConfig


@pytest.fixture(params=["float32", "mixed_bfloat16"])
def model(request, make_model):
    """A model of noisy weights, whose super-resolution leaves [0, 1]."""
    made = make_model(dtype=request.param)
    rng = np.random.default_rng(0)
    for variable in made.trainable_variables:
        noise = rng.normal(0.0, 0.05, variable.shape)
        variable.assign_add(noise.astype("float32"))
    kernel = made.super_resolver.get_layer("to_rgb").kernel
    kernel.assign(rng.normal(0.0, 0.5, kernel.shape))
    return made


@pytest.fixture
def low_res():
    rng = np.random.default_rng(1)
    return rng.uniform(size=(2, 16, 16, 3)).astype("float32")


def _assert_equal(one, other, names, atol=0.0):
    for name in names:
        np.testing.assert_allclose(
            one[name], other[name], atol=atol, rtol=atol, err_msg=name
        )


SHARED = ("super_resolution", "lesions", "grade")


def test_the_test_s_model_leaves_the_range(model, low_res):
    outputs = np.array(model.super_resolver(low_res))
    assert outputs.min() < -0.05
    assert outputs.max() > 1.05


def test_call_equals_explain_and_restore(model, low_res):
    called = model(low_res)
    _assert_equal(called, model.explain(low_res), SHARED, 1e-6)
    _assert_equal(called, model.restore(low_res), SHARED[:2], 1e-6)
    assert np.min(called["super_resolution"]) == 0
    assert np.max(called["super_resolution"]) == 1


@pytest.mark.parametrize("as_tensor", [True, False])
def test_call_equals_predict(model, low_res, as_tensor):
    inputs = tf.constant(low_res) if as_tensor else low_res
    # In a function, as `predict` is: TensorFlow's graphs round bfloat16
    # elsewhere than its single operations do.
    called = tf.function(model)(inputs)
    _assert_equal(called, model.predict(inputs, verbose=0), SHARED, 1e-5)
    if model.compute_dtype == "float32":
        _assert_equal(model(inputs), called, SHARED, 1e-4)


@pytest.mark.parametrize("dtype", ["float64", "bfloat16"])
def test_photographs_of_other_types_are_taken(model, low_res, dtype):
    inputs = tf.cast(low_res, dtype)
    outputs = model(inputs)
    assert {value.dtype for value in outputs.values()} == {tf.float32}
    wanted = model(tf.cast(inputs, "float32"))
    _assert_equal(outputs, wanted, SHARED, 1e-6)


@pytest.mark.parametrize("phase", ["restoration", "joint"])
def test_validation_sees_what_is_predicted(model, make_batch, phase):
    model.compile(keras.optimizers.SGD(), LossConfig(), phase)
    batch = {k: tf.constant(v) for k, v in make_batch().items()}
    validated = model.forward(batch, training=False)
    names = SHARED[:2] if phase == "restoration" else (*SHARED, "evidence")
    _assert_equal(validated, model.explain(batch["low_res"]), names, 1e-6)


def test_training_is_not_clipped(model, make_batch):
    model.freeze(["batch_norm"])
    model.compile(keras.optimizers.SGD(), LossConfig(), "restoration")
    batch = {k: tf.constant(v) for k, v in make_batch().items()}
    with tf.GradientTape() as tape:
        outputs = model.forward(batch, training=True)
        photograph = outputs["super_resolution"]
        tape.watch(photograph)
    assert np.max(photograph) > 1
    called = model(batch["low_res"], training=True)
    _assert_equal(called, outputs, SHARED[:2], 1e-6)
    np.testing.assert_allclose(
        outputs["lesions"], model.segmenter(photograph), atol=1e-6
    )
