"""Python, the SavedModel's graph and the page read the same logits alike."""

import dataclasses
import json

import numpy as np
import pytest
import tensorflow as tf
from exporting.web.node import NODE, run_node

from dmtdr_tf.calibration.graph import graph_verdict
from dmtdr_tf.calibration.temperature import probabilities_of
from dmtdr_tf.exporting.signatures import float_signature
from dmtdr_tf.prediction.graded import Graded
from dmtdr_tf.reporting.templates import template

pytestmark = pytest.mark.skipif(not NODE, reason="Node.js is not installed")


class _Answers:
    """A model whose answer is given."""

    def __init__(self, logits):
        self.logits = tf.constant(logits)

    def explain(self, low_res, subnets=None):
        return {"grade": self.logits}


def _by_page(probabilities, calibration):
    given = {
        "probabilities": np.asarray(probabilities).tolist(),
        "calibration": calibration and calibration.labels(),
    }
    return json.loads(run_node("verdict.js", json.dumps(given).encode()))


def _without_set(calibration):
    fields = dataclasses.fields(calibration)
    optional = [f.name for f in fields if f.default is None]
    return dataclasses.replace(calibration, **dict.fromkeys(optional))


@pytest.mark.parametrize("kind", ["calibrated", "without set", "not"])
def test_all_three_agree_on_the_same_logits(calibration, logits, kind):
    given = {
        "calibrated": calibration,
        "without set": _without_set(calibration),
        "not": None,
    }[kind]
    answer = float_signature(_Answers(logits), calibration=given)(None)
    # What the raw output is does not change.
    np.testing.assert_array_equal(answer["grade"], logits)
    probabilities = answer["grade_probabilities"].numpy()
    temperature = given.temperature if given else 1.0
    np.testing.assert_allclose(
        probabilities, probabilities_of(logits, temperature), atol=1e-6
    )
    graph = graph_verdict(answer["grade_probabilities"], given)
    page = _by_page(probabilities, given)
    for i, row in enumerate(probabilities):
        python = Graded()
        python.probabilities = row
        python.operating_point = given and given.operating_point
        shown = page["verdicts"][i]
        assert shown["grade"] == python.grade
        assert shown["isReferable"] == python.is_referable
        assert shown["isReferable"] == bool(graph["referable"][i])
        assert shown["isAmbiguous"] == python.is_ambiguous
        assert shown["isCalibrated"] == python.is_calibrated
        assert shown["threshold"] == python.referral_threshold
        assert (shown["gradeSet"] and tuple(shown["gradeSet"])) == (
            python.grade_set
        )
        low, high = python.grade_set or (0, 4)
        assert graph["grade_set"][i].numpy().tolist() == [low, high]
        assert f"{python.grade}{page['sets'][i]}" == python.grade_text


@pytest.mark.parametrize("kind", ["calibrated", "without set", "not"])
def test_report_and_page_say_it_in_the_same_words(calibration, kind):
    given = {
        "calibrated": calibration,
        "without set": _without_set(calibration),
        "not": None,
    }[kind]
    report = template("calibration.html").render(calibration=given)
    words = report.replace("<strong>", "").replace("</strong>", "")
    assert _by_page([], given)["text"].split() == words.split()
