import dataclasses

import keras
import numpy as np
import pytest
import tensorflow as tf

from dmtdr_tf.config.presets import preset
from dmtdr_tf.exporting.litert.device.convolution import DeviceConvolution
from dmtdr_tf.exporting.litert.device.model import DeviceModel
from dmtdr_tf.exporting.litert.device.multi_scale_residual import (
    DeviceMultiScaleResidual,
)
from dmtdr_tf.exporting.litert.device.upsampling import DeviceUpsampling
from dmtdr_tf.models.deepmt_dr import DeepMTDR


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"upscaling": "transposed"},
        {"super_resolution_output": "tanh"},
        {"use_super_resolution": False},
        {"use_segmentation": False},
        {"segmentation_width": 2},
    ],
    ids=str,
)
def test_gives_the_same_answer(changes):
    keras.utils.set_random_seed(0)
    model = DeepMTDR(dataclasses.replace(preset("demo").model, **changes))
    rng = np.random.default_rng(0)
    for weight in model.trainable_weights:
        # Away from where training starts: to_rgb is zero there.
        weight.assign_add(rng.normal(0, 0.02, weight.shape))
    low_res = tf.constant(rng.random((1, 16, 16, 3)), tf.float32)
    expected = model.explain(low_res)
    answer = model.explain(low_res, DeviceModel.of(model))
    assert set(answer) == set(expected)
    for name, value in expected.items():
        size = np.abs(value).max()
        np.testing.assert_allclose(
            answer[name], value, atol=1e-4 * max(1.0, size), err_msg=name
        )


def test_what_takes_the_time_is_in_another_form(model):
    device = DeviceModel.of(model)
    kinds = {
        type(layer)
        for subnet in (device.super_resolver, device.segmenter)
        for layer in subnet.layers
    }
    assert kinds >= {
        DeviceConvolution,
        DeviceMultiScaleResidual,
        DeviceUpsampling,
    }


def test_computes_in_float32_under_a_mixed_policy(model):
    low_res = tf.random.stateless_uniform((1, 16, 16, 3), (1, 2))
    expected = model.restore(low_res)["lesions"]
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy("mixed_bfloat16")
    try:
        answer = model.restore(low_res, DeviceModel.of(model))["lesions"]
    finally:
        keras.config.set_dtype_policy(before)
    np.testing.assert_allclose(answer, expected, atol=1e-4)
