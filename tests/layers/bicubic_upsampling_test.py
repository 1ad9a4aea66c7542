import numpy as np
import pytest
import tensorflow as tf

from dmtdr_tf.files.errors import UserError
from dmtdr_tf.layers.bicubic_upsampling import (
    BicubicUpsampling,
    bicubic_kernel,
)


@pytest.mark.parametrize("scale", [2, 4, 8])
def test_interior_equals_tensorflows_bicubic_resize(scale):
    low_res = tf.random.stateless_uniform((2, 9, 11, 3), (1, scale))
    made = BicubicUpsampling(scale, dtype="float32")(low_res)
    wanted = tf.image.resize(low_res, (9 * scale, 11 * scale), "bicubic")
    inside = slice(2 * scale, -2 * scale)
    np.testing.assert_allclose(
        made[:, inside, inside], wanted[:, inside, inside], atol=1e-6
    )


@pytest.mark.parametrize("scale", [2, 4, 8])
def test_kernel_keeps_constants_and_channels_apart(scale):
    kernel = bicubic_kernel(scale)
    sums = kernel.sum(axis=(0, 1)).reshape(3, scale * scale, 3)
    for phase in range(scale * scale):
        np.testing.assert_allclose(sums[:, phase], np.eye(3), atol=1e-6)


def test_constant_photograph_stays_constant_up_to_its_border():
    made = BicubicUpsampling(4, dtype="float32")(tf.fill((1, 5, 5, 3), 0.3))
    np.testing.assert_allclose(made, np.full((1, 20, 20, 3), 0.3), atol=1e-6)


def test_first_phase_of_scale_two_has_keys_weights():
    # Phase -1/4 of a pixel: taps at distance 1.75, 0.75, 0.25, 1.25 (a=-0.5).
    row = bicubic_kernel(2)[:, :, 0, 0].sum(axis=1)
    wanted = [-0.0234375, 0.2265625, 0.8671875, -0.0703125, 0.0]
    np.testing.assert_allclose(row, wanted, atol=1e-6)


def test_other_scales_are_refused():
    with pytest.raises(UserError, match="scale: must be 2, 4 or 8, not 3"):
        BicubicUpsampling(3)
