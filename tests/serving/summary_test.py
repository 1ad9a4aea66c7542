import json

import numpy as np

from dmtdr_tf.serving.summary import summaries


def _summary(calibration):
    outputs = {"grade_probabilities": np.array([[0.5, 0.2, 0.2, 0.06, 0.04]])}
    (answer,) = summaries(outputs, {"calibration": calibration})
    assert json.loads(json.dumps(answer)) == answer
    return answer


def test_referral_and_set_are_the_calibrated_model_s(calibration):
    labels = calibration.labels() | {"referral_threshold": 0.25}
    answer = _summary(labels)
    assert answer["grade"] == 0
    assert answer["referable"] is True
    assert answer["referral_threshold"] == 0.25
    assert answer["calibrated"] is True
    assert answer["grade_set"] == [0, 2]


def test_a_model_that_is_not_calibrated_says_so():
    answer = _summary(None)
    assert answer["referable"] is False
    assert answer["referral_threshold"] == 0.5
    assert answer["calibrated"] is False
    assert answer["grade_set"] is None
