import numpy as np
import pytest
import tensorflow as tf

from dmtdr_tf.files.errors import UserError
from dmtdr_tf.layers.multi_scale_residual import MultiScaleResidual


def _convolve(x, kernel):
    """Plain 'same' correlation by loops."""
    size = kernel.shape[0]
    reach = size // 2
    padded = np.pad(x, ((0, 0), (reach, reach), (reach, reach), (0, 0)))
    made = np.zeros((*x.shape[:3], kernel.shape[-1]))
    for i in range(size):
        for j in range(size):
            part = padded[:, i : i + x.shape[1], j : j + x.shape[2]]
            made += part @ kernel[i, j]
    return made


def _norm(x, layer):
    scale = layer.gamma / np.sqrt(layer.moving_variance + layer.epsilon)
    return (x - layer.moving_mean) * np.asarray(scale) + layer.beta


def test_equals_numpy_on_random_weights():
    rng = np.random.default_rng(3)
    layer = MultiScaleResidual(4)
    x = rng.normal(size=(1, 6, 5, 3)).astype("float32")
    layer(x)
    for variable in layer.variables:
        positive = "variance" in variable.name
        low = 0.5 if positive else -0.5
        variable.assign(rng.uniform(low, 1.0, variable.shape))
    kernels = {
        name: np.asarray(getattr(layer, name).kernel)
        for name in ("fine", "coarse", "merge", "identity")
    }
    inner = np.concatenate(
        [_convolve(x, kernels["fine"]), _convolve(x, kernels["coarse"])], -1
    )
    inner = np.maximum(_norm(inner, layer.inner_norm), 0)
    outer = _norm(_convolve(inner, kernels["merge"]), layer.outer_norm)
    wanted = np.maximum(outer + x @ kernels["identity"][0, 0], 0)
    np.testing.assert_allclose(layer(x, training=False), wanted, rtol=1e-4)


def test_both_scales_have_half_of_the_width():
    layer = MultiScaleResidual(6)
    layer.build((None, None, None, 3))
    assert layer.fine.kernel.shape == (3, 3, 3, 3)
    assert layer.coarse.kernel.shape == (5, 5, 3, 3)


def test_training_updates_the_moving_statistics():
    layer = MultiScaleResidual(2)
    x = tf.random.stateless_normal((2, 8, 8, 3), (1, 2)) + 3.0
    layer(x, training=False)
    before = np.array(layer.inner_norm.moving_mean)
    layer(x, training=True)
    assert not np.allclose(before, layer.inner_norm.moving_mean)


@pytest.mark.parametrize("filters", [0, 3])
def test_odd_width_is_refused(filters):
    with pytest.raises(UserError, match="filters"):
        MultiScaleResidual(filters)
