import dataclasses

import cv2
import numpy as np
import pytest
import tensorflow as tf

from dmtdr_tf.config import DataConfig, presets
from dmtdr_tf.config.quality import QualityConfig
from dmtdr_tf.files.errors import UserError
from dmtdr_tf.models.deepmt_dr import DeepMTDR
from dmtdr_tf.models.presets import write_preset
from dmtdr_tf.prediction.predictor import Predictor
from dmtdr_tf.preprocessing import prepare
from dmtdr_tf.preprocessing.degradation import low_resolution
from dmtdr_tf.preprocessing.field_of_view import (
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
def ungated():
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


def test_the_input_goes_the_training_data_s_way(ungated):
    photograph = eye(300, 400, 128)
    prediction = Predictor(Echo(4), ungated)(photograph)
    square = prepare(photograph).crop(64).astype("float32") / 255.0
    expected = low_resolution(tf.constant(square), 4)
    np.testing.assert_allclose(prediction.low_res, expected, atol=1e-6)


def test_a_small_photograph_goes_to_the_input_s_size_at_once(ungated):
    photograph = eye(60, 80, 24)
    prediction = Predictor(Echo(4), ungated)(photograph)
    expected = prepare(photograph).crop(16) / 255.0
    np.testing.assert_allclose(prediction.low_res, expected, atol=1e-6)


def test_files_arrays_and_lists_of_them_give_the_same(ungated, tmp_path):
    photograph = eye(60, 80, 24)
    path = tmp_path / "eye.png"
    cv2.imwrite(str(path), photograph[..., ::-1])
    predictor = Predictor(Echo(4), ungated)
    expected = predictor(photograph)
    for given in (path, str(path)):
        np.testing.assert_array_equal(
            predictor(given).lesions, expected.lesions
        )
    first, second = predictor([path, photograph])
    np.testing.assert_array_equal(first.evidence, second.evidence)
    assert predictor([]) == []


def test_one_bad_photograph_of_a_list_need_not_cost_the_others(
    ungated, tmp_path
):
    predictor = Predictor(Echo(4), ungated)
    photographs = [eye(60, 80, 24), tmp_path / "gone.jpg", eye(60, 80, 24)]
    with pytest.raises(UserError, match=r"gone\.jpg: no such file"):
        predictor(photographs)
    first, bad, last = predictor(photographs, errors="return")
    assert isinstance(bad, UserError)
    assert first.grade == last.grade == 2
    assert bad.__notes__ == ["This is photograph 1 of the list."]
    with pytest.raises(UserError, match="errors: must be 'raise' or"):
        predictor(photographs, errors="ignore")


def test_arrays_that_are_no_photograph_are_refused(ungated):
    predictor = Predictor(Echo(4), ungated)
    with pytest.raises(UserError, match="looks like BGR"):
        predictor(eye(60, 80, 24)[..., ::-1])
    with pytest.raises(ValueError, match="photograph: must be uint8"):
        predictor(eye(60, 80, 24) / 255.0)
    with pytest.raises(UserError, match="pass a list"):
        predictor(eye(60, 80, 24)[None])


def test_a_workdir_s_predictor(workdir):
    photograph = eye(60, 80, 24) // 10
    with pytest.raises(UngradablePhotographError, match="it is too dark"):
        Predictor.from_workdir(workdir.path)(photograph)
    predictor = Predictor.from_workdir(workdir.path, 2, quality_gate=False)
    prediction = predictor(photograph)
    expected = workdir.load_model().explain(
        tf.constant(prediction.low_res[None])
    )
    np.testing.assert_allclose(
        prediction.lesions, expected["lesions"][0], atol=1e-5
    )
    with pytest.raises(ValueError, match="stage: must be 1 or 2, not 3"):
        Predictor.from_workdir(workdir.path, 3)


def test_a_preset_s_predictor_is_its_model_s(model, config, tmp_path):
    config = dataclasses.replace(
        config, model=model.config, quality=QualityConfig()
    )
    preset = write_preset(model, tmp_path / "preset", config)
    photograph = eye(60, 80, 24) // 10
    with pytest.raises(UngradablePhotographError):
        Predictor.from_preset(preset)(photograph)
    prediction = Predictor.from_preset(preset, quality_gate=False)(photograph)
    expected = model.explain(tf.constant(prediction.low_res[None]))
    np.testing.assert_allclose(
        prediction.evidence, expected["evidence"][0], atol=1e-5
    )
    with pytest.raises(UserError, match="no trained model 'small'"):
        Predictor.from_preset("small")


def test_predicts_in_one_trace(ungated):
    model = Echo(4)
    predictor = Predictor(model, ungated)
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


def test_refuses_no_retina_and_values_that_are_not_finite(ungated):
    predictor = Predictor(Echo(4), ungated)
    with pytest.raises(NoFieldOfViewError):
        predictor(np.zeros((50, 50, 3), np.uint8))

    class Broken(Echo):
        def explain(self, low_res):
            outputs = super().explain(low_res)
            return outputs | {"evidence": outputs["evidence"] / 0.0 * 0.0}

    predictor = Predictor(Broken(4), ungated)
    with pytest.raises(UserError, match="evidence is not finite"):
        predictor(eye(60, 80, 24))
    # No photograph's fault: not to be taken for a poor one.
    with pytest.raises(UserError, match="evidence is not finite"):
        predictor([eye(60, 80, 24)], errors="return")


def test_refuses_a_photograph_that_is_too_poor(ungated):
    gated = dataclasses.replace(ungated, quality=QualityConfig())
    with pytest.raises(UngradablePhotographError, match="it is too dark"):
        Predictor(Echo(4), gated)(eye(60, 80, 24) // 10)


def test_the_model_s_own_outputs(ungated, tiny):
    config = dataclasses.replace(ungated, model=tiny)
    model = DeepMTDR(tiny)
    prediction = Predictor(model, config)(eye(60, 80, 24))
    expected = model.explain(tf.constant(prediction.low_res[None]))
    for name in ("super_resolution", "lesions", "evidence"):
        np.testing.assert_allclose(
            getattr(prediction, name), expected[name][0], atol=1e-5
        )
    assert prediction.probabilities.argmax() == np.argmax(expected["grade"])


def test_symmetries_turn_what_has_no_direction_into_the_same(ungated):
    photograph = eye(200, 240, 90)
    alone = Predictor(Echo(4), ungated)(photograph)
    averaged = Predictor(Echo(4), ungated, symmetries=8)(photograph)
    for name in ("super_resolution", "lesions", "probabilities"):
        np.testing.assert_allclose(
            getattr(averaged, name), getattr(alone, name), atol=1e-5
        )
    # The map is scaled to its maximum.
    assert averaged.evidence.max() == 1.0
    with pytest.raises(UserError, match="^symmetries: "):
        Predictor(Echo(4), ungated, symmetries=2)
