import json

import numpy as np
import pytest
from scipy.stats import pearsonr
from sklearn.metrics import average_precision_score

from dmtdr_tf.files.errors import UserError
from dmtdr_tf.parity.differences import Parity, correlation
from dmtdr_tf.parity.photograph import Photograph

SIDE = 8


@pytest.fixture
def keras():
    rng = np.random.default_rng(0)
    return {
        "super_resolution": np.full((1, SIDE, SIDE, 3), 0.5, np.float32),
        "lesions": rng.random((1, SIDE, SIDE, 4)).astype(np.float32),
        "grade": np.float32([[1, 2, 3, 0, 0]]),
        "grade_probabilities": np.float32([[0.1, 0.2, 0.5, 0.1, 0.1]]),
        "evidence": rng.random((1, SIDE, SIDE, 1)).astype(np.float32),
    }


def photograph(**known):
    return Photograph("eye", np.zeros((2, 2, 3), np.float32), **known)


def compare(keras, export, **known):
    parity = Parity("model.tflite")
    parity.update(photograph(**known), keras, {**keras, **export})
    result = parity.result()
    json.dumps(result, allow_nan=False)
    return result


def test_the_same_answers_differ_in_nothing(keras):
    result = compare(keras, {}, high_res=keras["super_resolution"][0])
    assert len(result["outputs"]) == 5
    for output in result["outputs"].values():
        assert output["max_difference"] == output["mean_difference"] == 0
    assert result["grades_kept"] == 1.0
    assert result["outputs"]["super_resolution"]["psnr_to_keras"]["min"] == 100
    assert result["outputs"]["evidence"]["correlation"]["min"] == 1.0
    assert not result["flips"]
    assert not result["missing"]
    assert not result["not_finite"]


def test_psnr_by_hand(keras):
    # Keras is 0.1 from the photograph (20 dB); the export 0.2 (13.98 dB).
    truth = np.full((SIDE, SIDE, 3), 0.6, np.float32)
    worse = {"super_resolution": keras["super_resolution"] - 0.1}
    found = compare(keras, worse, high_res=truth)["outputs"]["super_resolution"]
    assert found["psnr"]["keras"] == pytest.approx(20.0, abs=1e-3)
    assert found["psnr"]["export"] == pytest.approx(13.979, abs=1e-3)
    assert found["psnr"]["loss"] == pytest.approx(6.021, abs=1e-3)
    assert found["psnr_to_keras"]["mean"] == pytest.approx(20.0, abs=1e-3)
    assert found["max_difference"] == pytest.approx(0.1)


def test_without_the_original_there_is_no_psnr_loss(keras):
    found = compare(keras, {})["outputs"]["super_resolution"]
    assert found["psnr"] == {"keras": None, "export": None, "loss": None}


def test_average_precision_is_scikit_learn_s(keras):
    rng = np.random.default_rng(1)
    masks = (rng.random((SIDE, SIDE, 4)) < 0.3).astype(np.uint8)
    masks[..., 2] = 0
    export = {"lesions": rng.random((1, SIDE, SIDE, 4)).astype(np.float32)}
    found = compare(keras, export, lesions=masks)["outputs"]["lesions"]
    for i, lesion in enumerate(("MA", "HM", "SE", "HE")):
        precision = found["by_lesion"][lesion]["average_precision"]
        if lesion == "SE":
            assert precision == {"keras": None, "export": None, "loss": None}
            continue
        expected = [
            average_precision_score(
                masks[..., i].ravel(), side["lesions"][0, ..., i].ravel()
            )
            for side in (keras, export)
        ]
        assert precision["keras"] == pytest.approx(expected[0], abs=1e-6)
        assert precision["export"] == pytest.approx(expected[1], abs=1e-6)
        assert precision["loss"] == pytest.approx(
            expected[0] - expected[1], abs=1e-6
        )
        difference = np.abs(keras["lesions"] - export["lesions"])[..., i]
        largest = found["by_lesion"][lesion]["max_difference"]
        assert largest == pytest.approx(difference.max())


def test_a_changed_grade_is_named(keras):
    parity = Parity("x")
    flipped = np.float32([[0.1, 0.5, 0.2, 0.1, 0.1]])
    other = Photograph("other eye", np.zeros((2, 2, 3), np.float32))
    for one in (photograph(), photograph(), photograph()):
        parity.update(one, keras, keras)
    parity.update(other, keras, {**keras, "grade_probabilities": flipped})
    result = parity.result()
    assert result["grades_kept"] == 0.75
    (flip,) = result["flips"]
    assert flip["photograph"] == "other eye"
    assert (flip["keras"]["grade"], flip["export"]["grade"]) == (2, 1)
    found = result["outputs"]["grade_probabilities"]["max_difference"]
    assert found == pytest.approx(0.3)


def test_nan_is_no_small_difference(keras):
    broken = keras["evidence"].copy()
    broken[0, 0, 0] = np.nan
    result = compare(keras, {"evidence": broken})
    assert result["not_finite"] == {"evidence": 1}


def test_a_missing_output_is_told(keras):
    parity = Parity("x")
    export = {k: v for k, v in keras.items() if k != "evidence"}
    parity.update(photograph(), keras, export)
    result = parity.result()
    assert result["missing"] == ["evidence"]
    assert "evidence" not in result["outputs"]


def test_refuses_what_cannot_be_compared(keras):
    parity = Parity("other.tflite")
    small = {**keras, "lesions": keras["lesions"][:, :4]}
    with pytest.raises(UserError, match="other.tflite: lesions has the shape"):
        parity.update(photograph(), keras, small)
    bad = {**keras, "grade": keras["grade"] * np.nan}
    with pytest.raises(UserError, match="Keras model's grade is not finite"):
        parity.update(photograph(), bad, keras)


def test_correlation_is_pearson_s():
    first, second = np.random.default_rng(0).random((2, 5, 5, 1))
    expected = pearsonr(first.ravel(), second.ravel())[0]
    assert correlation(first, second) == pytest.approx(expected)
    assert correlation(first, 3 - 2 * first) == pytest.approx(-1.0)


def test_correlation_of_maps_without_evidence():
    zeros, ones = np.zeros((1, 4, 4, 1)), np.eye(4)[None, ..., None]
    assert correlation(zeros, zeros) == 1.0
    assert correlation(zeros, ones) == 0.0
