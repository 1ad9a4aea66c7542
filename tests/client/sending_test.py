"""Sending through a client that answers without a server."""

import numpy as np
import pytest
from PIL import Image

from dmtdr_tf.client import ModelClient, RequestError, send_photographs
from dmtdr_tf.files.errors import UserError


class Canned(ModelClient):
    """Refuses every second request, and knows two shapes."""

    def __init__(self):
        self.inputs, self.shape_requests, self.closed = [], 0, False

    def predict(self, signature, inputs):
        self.inputs.append(inputs)
        if len(self.inputs) % 2 == 0:
            raise RequestError("busy")
        return {"grade_probabilities": np.array([[0.1, 0.2, 0.6, 0.1, 0.0]])}

    def close(self):
        self.closed = True

    def _read_shapes(self):
        self.shape_requests += 1
        shapes = {"low_res": [-1, 16, 16, 3], "super_resolution": [-1, 64] * 2}
        return {"serving_default": shapes}


@pytest.fixture
def photographs(tmp_path):
    picture = np.zeros((96, 96, 3), np.uint8)
    y, x = np.ogrid[:96, :96]
    picture[(y - 48) ** 2 + (x - 48) ** 2 < 40**2] = (180, 90, 40)
    files = [tmp_path / f"{name}.png" for name in "abc"]
    for file in files:
        Image.fromarray(picture).save(file)
    return files


def test_answers_come_in_order_and_are_observed(photographs):
    observed = []
    with Canned() as client:
        answers = send_photographs(
            client,
            photographs,
            signature="grade_only",
            observe=observed.append,
        )
    assert client.closed
    assert observed == answers
    assert [answer.file for answer in answers] == photographs
    assert [answer.error for answer in answers] == ["", "busy", ""]
    assert answers[0].grade == 2
    (content,) = client.inputs[0]["photograph_bytes"]
    assert content == photographs[0].read_bytes()


def test_numbers_are_prepared_here_and_shapes_are_asked_once(photographs):
    client = Canned()
    send_photographs(client, photographs, signature="serving_default")
    for inputs in client.inputs:
        assert inputs["low_res"].shape == (1, 16, 16, 3)
    assert client.shape_requests == 1
    with pytest.raises(RequestError, match="grade_only has no low_res"):
        client.shape("grade_only", "low_res")


def test_an_output_that_exists_is_refused(photographs, tmp_path):
    client = Canned()
    with pytest.raises(UserError, match=r"^output: .* exists") as caught:
        send_photographs(client, photographs, output=tmp_path)
    assert caught.value.argument == "output"
    assert not client.inputs


def test_answers_are_read_at_the_served_model_s_operating_point(photographs):
    class Calibrated(Canned):
        def _read_labels(self):
            point = {"referral_threshold": 0.8, "least_probability": 0.15}
            return {"calibration": point}

    answers = send_photographs(
        Calibrated(), photographs[:1], signature="grade_only"
    )
    assert not answers[0].is_referable
    assert answers[0].grade_set == (1, 2)
    plain = send_photographs(Canned(), photographs[:1], signature="grade_only")
    assert plain[0].is_referable
    assert plain[0].grade_set is None
