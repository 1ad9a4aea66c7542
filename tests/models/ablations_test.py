import keras
import numpy as np
import pytest

from dmtdr_tf.models import ablations
from dmtdr_tf.preprocessing.degradation import bicubic


@pytest.mark.parametrize("policy", ["float32", "mixed_bfloat16"])
@pytest.mark.parametrize("scale", [2, 4, 8])
def test_the_bicubic_network_is_the_baseline_inside(scale, policy):
    keras.config.set_dtype_policy(policy)
    low_res = np.random.default_rng(scale).random((2, 6, 9, 3), np.float32)
    network = ablations.bicubic_network(scale)
    enlarged = np.clip(network(low_res), 0.0, 1.0)
    expected = bicubic(low_res, scale)
    # The layer mirrors the border, which reaches two pixels inside.
    inside = np.s_[:, 2 * scale : -2 * scale, 2 * scale : -2 * scale]
    np.testing.assert_allclose(enlarged[inside], expected[inside], atol=1e-6)
    assert not network.weights


@pytest.mark.parametrize("policy", ["float32", "mixed_bfloat16"])
def test_no_lesions_are_zeros_that_never_learn(policy):
    keras.config.set_dtype_policy(policy)
    photograph = np.random.default_rng(0).random((2, 5, 7, 3), np.float32)
    network = ablations.no_lesions_network()
    lesions = network(photograph)
    np.testing.assert_array_equal(lesions, np.zeros((2, 5, 7, 4), np.float32))
    assert keras.backend.standardize_dtype(lesions.dtype) == "float32"
    assert not network.trainable_variables
