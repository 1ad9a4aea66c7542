import numpy as np
import pytest
import tensorflow as tf

from dmtdr_tf.layers.map_combination import MapCombination


def test_one_map_is_scaled_and_shifted():
    layer = MapCombination(prior=0.5)  # the logit of 0.5 is 0
    x = np.ones((1, 2, 2, 4), "float32")
    layer([x])
    layer.scales.assign([[1.0, 2.0, 3.0, 4.0]])
    layer.bias.assign([0.5, 0.0, 0.0, -1.0])
    np.testing.assert_allclose(layer([x])[0, 0, 0], [1.5, 2.0, 3.0, 3.0])


def test_bias_starts_at_the_logit_of_the_prior():
    layer = MapCombination(prior=0.01)
    zeros = [np.zeros((1, 2, 2, 1)), np.zeros((1, 4, 4, 1))]
    probability = tf.sigmoid(layer(zeros))
    np.testing.assert_allclose(
        probability, np.full((1, 4, 4, 1), 0.01), rtol=1e-4
    )


def test_constant_maps_add_up():
    layer = MapCombination(prior=0.5)
    maps = [
        np.full((1, 2**k, 2**k, 1), 10.0**k, "float32") for k in range(1, 4)
    ]
    layer(maps)
    layer.scales.assign([[1.0], [2.0], [3.0]])
    np.testing.assert_allclose(layer(maps), np.full((1, 8, 8, 1), 3210.0))


def test_every_map_has_a_gradient():
    maps = [
        tf.random.stateless_normal((1, 2**k, 2**k, 4), (k, 0))
        for k in (1, 2, 3)
    ]
    layer = MapCombination()
    with tf.GradientTape() as tape:
        tape.watch(maps)
        total = tf.reduce_sum(layer(maps) ** 2)
    for gradient in tape.gradient(total, maps):
        assert np.abs(gradient).min() > 0


def test_mixed_precision_maps_give_float32_logits():
    layer = MapCombination(dtype="mixed_bfloat16")
    maps = [
        tf.ones((1, 2, 2, 4), "bfloat16"),
        tf.ones((1, 4, 4, 4), "bfloat16"),
    ]
    assert layer(maps).dtype == "float32"
    assert float(layer(maps)[0, 0, 0, 0]) == pytest.approx(
        2 + np.log(0.01 / 0.99)
    )
