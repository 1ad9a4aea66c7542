import dataclasses

import cv2
import numpy as np
import pytest
import tensorflow as tf
from skimage.transform import resize

from dmtdr_tf.config import DataConfig, presets
from dmtdr_tf.config.quality import QualityConfig
from dmtdr_tf.files.errors import UserError
from dmtdr_tf.models.deepmt_dr import DeepMTDR
from dmtdr_tf.prediction.predictor import Predictor
from dmtdr_tf.preprocessing.field_of_view import (
    FieldOfView,
    NoFieldOfViewError,
    find_field_of_view,
)
from dmtdr_tf.preprocessing.quality import UngradablePhotographError


class Echo:
    """Stands in for the model: every output tells what came in."""

    def __init__(self, scale):
        self.scale = scale
        self.traces = 0

    def explain(self, low_res):
        self.traces += 1
        grown = tf.repeat(tf.repeat(low_res, self.scale, 1), self.scale, 2)
        return {
            "super_resolution": grown,
            "lesions": tf.concat([grown, grown[..., :1]], -1),
            "grade": tf.math.log([[0.1, 0.2, 0.4, 0.2, 0.1]]),
            "evidence": grown[..., :1],
        }


@pytest.fixture
def config():
    return dataclasses.replace(
        presets.preset("demo"),
        data=DataConfig(high_res_size=64),
        # The eyes below are drawn without any detail.
        quality=QualityConfig(gate=False),
    )


def eye(height, width, radius):
    """A disc with a bright square in it."""
    picture = np.zeros((height, width, 3), np.uint8)
    centre = (width // 2, height // 2)
    cv2.circle(picture, centre, radius, (180, 90, 40), -1)
    picture[centre[1] - 8 : centre[1], centre[0] : centre[0] + 8] = 255
    return picture


def test_large_photographs_go_the_training_data_s_way(config):
    photograph = eye(300, 400, 128)
    view = FieldOfView(top=22, left=72, side=256, height=300, width=400)
    low_res = Predictor(Echo(4), config).low_resolution(photograph, view)
    square = photograph[22:278, 72:328] / 255.0
    high_res = square.reshape(64, 4, 64, 4, 3).mean(axis=(1, 3))
    expected = tf.image.resize(
        high_res.astype("float32"), (16, 16), "bicubic", antialias=True
    )
    assert low_res.dtype == np.float32
    np.testing.assert_allclose(low_res, np.clip(expected, 0, 1), atol=1.5 / 255)


def test_small_photographs_go_to_the_input_s_size_at_once(config):
    photograph = eye(60, 80, 24)
    view = FieldOfView(top=6, left=16, side=48, height=60, width=80)
    low_res = Predictor(Echo(4), config).low_resolution(photograph, view)
    square = photograph[6:54, 16:64] / 255.0
    expected = square.reshape(16, 3, 16, 3, 3).mean(axis=(1, 3))
    np.testing.assert_allclose(low_res, expected, atol=0.6 / 255)
    tiny = eye(12, 12, 5)
    view = FieldOfView(top=0, left=0, side=12, height=12, width=12)
    low_res = Predictor(Echo(4), config).low_resolution(tiny, view)
    assert (
        np.abs(low_res - resize(tiny / 255.0, (16, 16), order=3)).mean() < 0.05
    )


def test_predicts_in_one_trace(config):
    model = Echo(4)
    predictor = Predictor(model, config)
    first = predictor(eye(300, 400, 128))
    photograph = eye(60, 80, 24)
    second = predictor(photograph)
    assert model.traces == 1
    np.testing.assert_allclose(
        first.probabilities, [0.1, 0.2, 0.4, 0.2, 0.1], atol=1e-6
    )
    assert second.photograph is photograph
    assert second.field_of_view == find_field_of_view(photograph)
    grown = np.kron(second.low_res, np.ones((4, 4, 1)))
    np.testing.assert_allclose(second.super_resolution, grown, atol=1e-6)
    # The bright square is found again where it was.
    found = second.lesion_masks(0.6)[..., 2]
    assert found[26, 44]
    assert not found[34, 44]
    assert not found[26, 36]


def test_refuses_no_retina_and_values_that_are_not_finite(config):
    predictor = Predictor(Echo(4), config)
    with pytest.raises(NoFieldOfViewError):
        predictor(np.zeros((50, 50, 3), np.uint8))

    class Broken(Echo):
        def explain(self, low_res):
            outputs = super().explain(low_res)
            return outputs | {"evidence": outputs["evidence"] / 0.0 * 0.0}

    with pytest.raises(UserError, match="evidence is not finite"):
        Predictor(Broken(4), config)(eye(60, 80, 24))


def test_refuses_a_photograph_that_is_too_poor(config):
    gated = dataclasses.replace(config, quality=QualityConfig())
    with pytest.raises(UngradablePhotographError, match="it is too dark"):
        Predictor(Echo(4), gated)(eye(60, 80, 24) // 10)


def test_the_model_s_own_outputs(config, tiny):
    config = dataclasses.replace(config, model=tiny)
    model = DeepMTDR(tiny)
    prediction = Predictor(model, config)(eye(60, 80, 24))
    expected = model.explain(tf.constant(prediction.low_res[None]))
    for name in ("super_resolution", "lesions", "evidence"):
        np.testing.assert_allclose(
            getattr(prediction, name), expected[name][0], atol=1e-5
        )
    assert prediction.probabilities.argmax() == np.argmax(expected["grade"])
