import numpy as np
import tensorflow as tf

from dmtdr_tf.layers.multi_scale_residual import MultiScaleResidual
from dmtdr_tf.models.lesion_segmentation import LesionSegmentationNetwork


def _model():
    return LesionSegmentationNetwork(2)


def test_nine_feature_mapping_tuples_of_doubling_width():
    widths = [
        layer.filters
        for layer in _model().layers
        if isinstance(layer, MultiScaleResidual)
    ]
    assert widths == [2, 4, 8, 16, 32, 16, 8, 4, 2]


def test_untrained_probability_is_near_the_prior():
    photograph = tf.zeros((1, 32, 32, 3))
    made = np.array(_model()(photograph))
    np.testing.assert_allclose(made, np.full((1, 32, 32, 4), 0.01), rtol=1e-3)


def test_all_five_intermediate_maps_reach_the_output():
    model = _model()
    photograph = tf.random.stateless_uniform((1, 32, 32, 3), (5, 6))
    with tf.GradientTape() as tape:
        total = tf.reduce_sum(model(photograph))
    heads = [v for v in model.trainable_variables if "head" in v.path]
    assert len(heads) == 5
    for gradient in tape.gradient(total, heads):
        assert float(tf.reduce_max(tf.abs(gradient))) > 0


def test_lesions_are_float32_under_mixed_precision():
    import keras

    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy("mixed_bfloat16")
    try:
        made = _model()(tf.zeros((1, 16, 16, 3)))
    finally:
        keras.config.set_dtype_policy(before)
    assert made.dtype == tf.float32
