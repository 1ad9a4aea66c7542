"""Tests that a dtype policy reaches every layer and is saved."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from dmtdr_tf.config import ModelConfig
from dmtdr_tf.layers import MultiScaleResidual
from dmtdr_tf.models import (
    DeepMTDR,
    GradingNetwork,
    LesionSegmentationNetwork,
    SuperResolutionNetwork,
    ablations,
)

# In float32 on purpose under every policy: what leaves a network, and the
# bicubic upsampling under the residual.
FLOAT32 = {"to_float", "bicubic", "super_resolution", "rescaling"}
FLOAT32 |= {"lesions", "grade"}

NETWORKS = {
    "super_resolution": lambda **options: SuperResolutionNetwork(
        4, width=4, blocks=1, **options
    ),
    "transposed": lambda **options: SuperResolutionNetwork(
        2, 4, 1, "transposed", "tanh", **options
    ),
    "segmentation": lambda **options: LesionSegmentationNetwork(2, **options),
    "grading": lambda **options: GradingNetwork(2, 8, **options),
    "deepmt_dr": lambda **options: DeepMTDR(
        ModelConfig(
            super_resolution_width=4,
            super_resolution_blocks=1,
            segmentation_width=2,
            grading_width=2,
            grading_units=8,
        ),
        **options,
    ),
}
each_network = pytest.mark.parametrize("make", NETWORKS.values(), ids=NETWORKS)


def _layers(network):
    """Every layer, also those inside of models and of our own layers."""
    for layer in network.layers:
        # An input has the type of what is fed.
        if isinstance(layer, keras.layers.InputLayer):
            continue
        yield layer
        if isinstance(layer, keras.Model):
            yield from _layers(layer)
        elif isinstance(layer, MultiScaleResidual):
            names = ("fine", "coarse", "merge", "identity")
            yield from (getattr(layer, name) for name in names)
            yield from (layer.inner_norm, layer.outer_norm)


@pytest.fixture
def global_policy():
    """Sets the global policy for one test."""
    before = keras.config.dtype_policy()
    yield keras.config.set_dtype_policy
    keras.config.set_dtype_policy(before)


def _check(network, policy):
    assert network.dtype_policy.name == policy
    for layer in _layers(network):
        is_output = layer.name.rstrip("_0123456789") in FLOAT32
        wanted = "float32" if is_output else policy
        assert layer.dtype_policy.name == wanted, layer.name
    for variable in network.trainable_variables:
        assert variable.dtype == "float32"


@pytest.mark.parametrize("policy", ["mixed_bfloat16", "float32"])
@each_network
def test_policy_reaches_every_layer(make, policy, global_policy):
    other = {"float32": "mixed_bfloat16", "mixed_bfloat16": "float32"}
    global_policy(other[policy])
    _check(make(dtype=policy), policy)


@each_network
def test_global_policy_is_the_default(make, global_policy):
    _check(make(), "float32")
    global_policy("mixed_bfloat16")
    _check(make(), "mixed_bfloat16")


@each_network
def test_policy_is_saved(make, tmp_path):
    network = make(dtype="mixed_bfloat16", name="mine")
    config = network.get_config()
    assert {"name", "trainable", "dtype"} <= set(config)
    again = type(network).from_config(config)
    _check(again, "mixed_bfloat16")
    assert again.get_config() == config
    network.save(tmp_path / "network.keras")
    loaded = keras.saving.load_model(tmp_path / "network.keras")
    _check(loaded, "mixed_bfloat16")
    assert loaded.name == "mine"
    for one, other in zip(network.weights, loaded.weights, strict=True):
        np.testing.assert_array_equal(one, other)


def test_a_config_of_before_has_no_dtype_and_still_loads():
    config = NETWORKS["deepmt_dr"]().get_config()
    old = {key: config[key] for key in ("config", "seed", "frozen", "name")}
    _check(DeepMTDR.from_config(old), "float32")
    network = LesionSegmentationNetwork.from_config(
        {"width": 2, "name": "segmenter", "trainable": False}
    )
    _check(network, "float32")
    assert not network.trainable


def test_a_keyword_of_the_policy_equals_the_global_one(global_policy):
    keras.utils.set_random_seed(0)
    by_keyword = NETWORKS["deepmt_dr"](dtype="mixed_bfloat16")
    global_policy("mixed_bfloat16")
    keras.utils.set_random_seed(0)
    by_default = NETWORKS["deepmt_dr"]()
    low_res = tf.random.stateless_uniform((1, 16, 16, 3), (0, 0))
    one, other = by_keyword.explain(low_res), by_default.explain(low_res)
    for name, value in one.items():
        assert value.dtype == tf.float32
        np.testing.assert_array_equal(value, other[name])


def test_stand_ins_compute_in_float32(global_policy):
    global_policy("mixed_bfloat16")
    photograph = tf.random.stateless_uniform((1, 8, 8, 3), (0, 0))
    for network in (
        ablations.bicubic_network(2),
        ablations.no_lesions_network(),
    ):
        assert network(photograph).dtype == tf.float32
        assert {layer.compute_dtype for layer in network.layers[1:]} == {
            "float32"
        }


def test_model_without_subnets_takes_a_policy():
    model = DeepMTDR(
        ModelConfig(
            use_super_resolution=False,
            use_segmentation=False,
            grading_width=2,
            grading_units=8,
        ),
        dtype="mixed_bfloat16",
    )
    assert model.grader.backbone.compute_dtype == "bfloat16"
    outputs = model(tf.zeros((1, 16, 16, 3)))
    assert {value.dtype for value in outputs.values()} == {tf.float32}
