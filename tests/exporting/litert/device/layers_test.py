import keras
import numpy as np
import pytest

from dmtdr_tf.exporting.litert.device.convolution import DeviceConvolution
from dmtdr_tf.exporting.litert.device.multi_scale_residual import (
    DeviceMultiScaleResidual,
)
from dmtdr_tf.exporting.litert.device.upsampling import DeviceUpsampling
from dmtdr_tf.layers.multi_scale_residual import MultiScaleResidual


@pytest.fixture
def rng():
    return np.random.default_rng(0)


def randomised(layer, shape, rng):
    """Builds a layer, and gives normalisation and bias values of their own."""
    layer.build(shape)
    for weight in layer.weights:
        if not weight.path.endswith("kernel"):
            weight.assign(rng.uniform(0.5, 2.0, weight.shape))
    return layer


def agrees(layer, device, shape, rng):
    x = rng.normal(size=shape).astype("float32")
    expected = layer(x, training=False)
    answer = device(x)
    assert answer.shape == expected.shape
    assert tuple(device.compute_output_shape(shape)) == expected.shape
    np.testing.assert_allclose(answer, expected, atol=1e-4, rtol=1e-4)


@pytest.mark.parametrize("filters", [2, 3, 8, 24])
@pytest.mark.parametrize("strides", [1, 2])
@pytest.mark.parametrize("bias", [True, False])
def test_convolution(filters, strides, bias, rng):
    shape = (2, 16, 24, 5)
    layer = keras.layers.Conv2D(
        filters, 3, strides, padding="same", use_bias=bias
    )
    randomised(layer, shape, rng)
    agrees(layer, DeviceConvolution(layer), shape, rng)


@pytest.mark.parametrize("filters", [2, 8, 16, 32, 64])
def test_multi_scale_residual(filters, rng):
    shape = (2, 8, 12, 6)
    layer = randomised(MultiScaleResidual(filters), shape, rng)
    agrees(layer, DeviceMultiScaleResidual(layer), shape, rng)


def test_wide_modules_keep_two_convolutions(rng):
    wide = randomised(MultiScaleResidual(32), (1, 8, 8, 6), rng)
    narrow = randomised(MultiScaleResidual(16), (1, 8, 8, 6), rng)
    assert len(DeviceMultiScaleResidual(wide).inner) == 2
    assert len(DeviceMultiScaleResidual(narrow).inner) == 1


@pytest.mark.parametrize("stride", [2, 3])
def test_upsampling(stride, rng):
    shape = (2, 6, 5, 7)
    layer = keras.layers.Conv2DTranspose(4, stride, strides=stride)
    randomised(layer, shape, rng)
    agrees(layer, DeviceUpsampling(layer), shape, rng)
