import cv2
import numpy as np
import pytest
import tensorflow as tf
from scipy.special import softmax

from dmtdr_tf.exporting import signatures
from dmtdr_tf.exporting.saved_model.warm_up import draw_eye
from dmtdr_tf.exporting.signatures import (
    bytes_signature,
    checked_signature,
    float_signature,
    grade_signature,
)
from dmtdr_tf.prediction.lesion_area import retina_share
from dmtdr_tf.preprocessing.field_of_view import find_field_of_view
from dmtdr_tf.preprocessing.model_input import model_input

HALF_A_STEP = 0.51 / 255


@pytest.fixture(scope="module")
def photographs():
    """A drawn eye, and a larger one upside down beside the middle."""
    other = np.zeros((150, 200, 3), np.uint8)
    other[10:140, 40:170] = draw_eye(130)[::-1]
    return [draw_eye(120), other]


@pytest.fixture(scope="module")
def contents(photographs):
    return tf.constant(
        [cv2.imencode(".png", p[..., ::-1])[1].tobytes() for p in photographs]
    )


@pytest.fixture(scope="module")
def low_res(photographs):
    inputs = [
        model_input(p, find_field_of_view(p), 16, 64)[0] for p in photographs
    ]
    return tf.constant(np.stack(inputs))


@pytest.fixture(scope="module")
def expected(model, low_res):
    return float_signature(model)(low_res)


def picture(content):
    found = cv2.imdecode(np.frombuffer(content, np.uint8), cv2.IMREAD_UNCHANGED)
    return found[..., ::-1] / 255 if found.ndim == 3 else found / 255


def test_outputs_are_the_model_s_with_probabilities(model, low_res, expected):
    explained = model.explain(low_res)
    assert set(expected) == {*explained, "grade_probabilities"}
    np.testing.assert_allclose(
        expected["grade_probabilities"],
        softmax(explained["grade"].numpy(), axis=-1),
        atol=1e-6,
    )


def test_files_are_answered_by_pictures(model, config, contents, expected):
    answer = bytes_signature(float_signature(model), config)(contents)
    for name in ("grade", "grade_probabilities"):
        np.testing.assert_allclose(answer[name], expected[name], atol=1e-3)
    for i in range(2):
        restored = picture(answer["super_resolution_bytes"][i].numpy())
        np.testing.assert_allclose(
            restored, expected["super_resolution"][i], atol=2 * HALF_A_STEP
        )
        for lesion, content in enumerate(answer["lesions_bytes"][i].numpy()):
            np.testing.assert_allclose(
                picture(content),
                expected["lesions"][i, ..., lesion],
                atol=2 * HALF_A_STEP,
            )
        shown = picture(answer["evidence_bytes"][i].numpy())
        assert shown.max() == 1.0
        assert np.abs(shown - expected["evidence"][i, ..., 0]).max() < 0.02


def test_the_square_lets_maps_be_put_back(model, config, contents, photographs):
    answer = bytes_signature(float_signature(model), config)(contents)
    for found, photograph in zip(
        answer["field_of_view"].numpy(), photographs, strict=True
    ):
        view = find_field_of_view(photograph)
        assert found.tolist() == [
            view.top,
            view.left,
            view.side,
            view.height,
            view.width,
        ]


def test_the_small_answer_agrees(
    model, config, contents, low_res, expected, monkeypatch
):
    # Random weights find little: a threshold that splits what there is.
    threshold = float(np.median(expected["lesions"]))
    monkeypatch.setattr(signatures, "LESION_THRESHOLD", threshold)
    answer = grade_signature(model, config)(contents)
    assert set(answer) == {
        "grade",
        "grade_probabilities",
        "grade_set",
        "referable",
        "lesion_shares",
        "quality",
    }
    np.testing.assert_allclose(answer["grade"], expected["grade"], atol=1e-3)
    for i in range(2):
        found = expected["lesions"][i].numpy() >= threshold
        assert 0 < found.mean() < 1
        shares = found.mean(axis=(0, 1)) / retina_share(low_res[i].numpy())
        np.testing.assert_allclose(
            answer["lesion_shares"][i], shares, atol=2e-3
        )


def test_numbers_that_are_no_photograph_are_refused(model, low_res, expected):
    serve = tf.function(checked_signature(float_signature(model)))
    np.testing.assert_allclose(
        serve(low_res)["grade"], expected["grade"], atol=1e-5
    )
    for bad in (np.nan, np.inf, -0.5, 255.0):
        wrong = low_res.numpy()
        wrong[1, 3, 4, 1] = bad
        with pytest.raises(
            tf.errors.InvalidArgumentError, match="between 0 and 1"
        ):
            serve(tf.constant(wrong))


def test_calibrated_probabilities_referral_and_set(
    model, config, contents, low_res, expected, calibration
):
    serve = float_signature(model, calibration=calibration)
    logits = expected["grade"].numpy()
    probabilities = softmax(logits / calibration.temperature, axis=-1)
    numbers = serve(low_res)
    for answer in (
        numbers,
        bytes_signature(serve, config, calibration)(contents),
        grade_signature(model, config, calibration)(contents),
    ):
        np.testing.assert_allclose(answer["grade"], logits, atol=2e-3)
        np.testing.assert_allclose(
            answer["grade_probabilities"], probabilities, atol=2e-3
        )
        if answer is numbers:
            continue
        point = calibration.operating_point
        for i, row in enumerate(answer["grade_probabilities"].numpy()):
            assert bool(answer["referable"][i]) == point.is_referable(row)
            found = tuple(answer["grade_set"][i].numpy())
            assert found == point.grade_set(row)
