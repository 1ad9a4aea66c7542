import numpy as np
import pytest
import tensorflow as tf

from dmtdr_tf.models.grading import GradingNetwork


def _inputs(size):
    photograph = tf.random.stateless_uniform((2, size, size, 3), (1, 2))
    lesions = tf.random.stateless_uniform((2, size, size, 4), (3, 4))
    return [photograph, lesions]


def test_full_width_is_resnet_18_with_seven_channels_and_our_head():
    model = GradingNetwork()
    convolutions = 11_176_512  # ResNet-18 without its 1000-way layer
    moving_statistics = 2 * 4800  # as many channels as its 20 norms have
    more_stem = 7 * 7 * 4 * 64  # four lesion channels
    hidden = 21 * 512 * 512 + 512
    logits = 512 * 5 + 5
    wanted = convolutions + moving_statistics + more_stem + hidden + logits
    assert model.count_params() == wanted


@pytest.mark.parametrize("size", [64, 96])
def test_feature_maps_have_strides_2_to_32(size):
    model = GradingNetwork(4, 8)
    features = model.backbone(_inputs(size))
    made = [(f.shape[1], f.shape[3]) for f in features]
    assert made == [
        (size // 2, 4),
        (size // 4, 4),
        (size // 8, 8),
        (size // 16, 16),
        (size // 32, 32),
    ]


def test_grade_is_the_head_of_the_last_feature_map():
    model = GradingNetwork(4, 8)
    inputs = _inputs(64)
    wanted = model.head(model.backbone(inputs)[-1])
    np.testing.assert_allclose(model(inputs), wanted, atol=1e-6)


def test_lesion_maps_change_the_grade():
    model = GradingNetwork(4, 8)
    photograph, lesions = _inputs(64)
    one = model([photograph, lesions])
    other = model([photograph, tf.zeros_like(lesions)])
    assert np.abs(np.array(one - other)).max() > 1e-4


def test_dropout_only_in_training_and_by_its_seed():
    inputs = _inputs(64)
    one, same = GradingNetwork(4, 8, seed=3), GradingNetwork(4, 8, seed=3)
    same.set_weights(one.get_weights())
    top = one.backbone(inputs)[-1]
    still = one.head(top, training=False)
    drawn = one.head(top, training=True)
    np.testing.assert_allclose(drawn, same.head(top, training=True), atol=1e-6)
    assert np.abs(np.array(still - drawn)).max() > 0


def test_logits_start_small():
    # Max-pooled features are large (logits of 25 to 50 with Keras's own
    # start): the last layer must not be, or it may kill the hidden one.
    model = GradingNetwork(16, 128)
    assert np.abs(model(_inputs(256))).max() < 8
