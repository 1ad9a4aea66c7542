import numpy as np
import pytest
import tensorflow as tf

from dmtdr_tf.files.errors import UserError
from dmtdr_tf.layers.bicubic_upsampling import BicubicUpsampling
from dmtdr_tf.models.super_resolution import SuperResolutionNetwork


def _photograph(size=8):
    return tf.random.stateless_uniform((2, size, size, 3), (1, 2))


@pytest.mark.parametrize("scale", [2, 4, 8])
def test_untrained_residual_output_is_the_bicubic_one(scale):
    model = SuperResolutionNetwork(scale, width=4, blocks=1)
    wanted = BicubicUpsampling(scale, dtype="float32")(_photograph())
    np.testing.assert_allclose(model(_photograph()), wanted, atol=1e-6)


@pytest.mark.parametrize("upscaling", ["depth_to_space", "transposed"])
def test_tanh_output_stays_in_range_and_grows_by_the_scale(upscaling):
    model = SuperResolutionNetwork(
        4, width=4, blocks=1, upscaling=upscaling, output="tanh"
    )
    made = np.array(model(100.0 * _photograph()))
    assert made.shape == (2, 32, 32, 3)
    assert made.min() >= 0
    assert made.max() <= 1


def test_weights_are_those_of_the_layers_named_in_the_paper():
    width, blocks = 8, 5
    model = SuperResolutionNetwork(4, width, blocks, "transposed")
    conv = 9 * width * width + width
    wanted = (
        (9 * 3 * width + width)  # stem
        + blocks * 2 * conv  # residual blocks
        + 2 * conv  # two x2 upscaling layers
        + (9 * width * 3 + 3)  # to RGB
    )
    assert model.count_params() == wanted


def test_every_weight_learns():
    model = SuperResolutionNetwork(2, width=4, blocks=2)
    model.get_layer("to_rgb").kernel.assign(
        tf.random.stateless_normal((3, 3, 4, 3), (3, 4))
    )
    with tf.GradientTape() as tape:
        loss = tf.reduce_mean(model(_photograph()) ** 2)
    for gradient in tape.gradient(loss, model.trainable_variables):
        assert float(tf.reduce_max(tf.abs(gradient))) > 0


@pytest.mark.parametrize("options", [{"upscaling": "x"}, {"output": "y"}])
def test_unknown_choice_is_refused(options):
    with pytest.raises(UserError, match=next(iter(options))):
        SuperResolutionNetwork(**options)
