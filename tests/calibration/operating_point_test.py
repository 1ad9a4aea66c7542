import pytest

from dmtdr_tf.calibration import OperatingPoint, most_probable
from dmtdr_tf.calibration.graph import graph_probabilities, graph_verdict
from dmtdr_tf.files.errors import UserError
from dmtdr_tf.prediction.graded import Graded


def graded(probabilities, point):
    result = Graded()
    result.probabilities, result.operating_point = probabilities, point
    return result


def test_referral_is_by_the_threshold_and_not_by_the_grade():
    point = OperatingPoint(0.25, 0.2)
    result = graded([0.5, 0.24, 0.16, 0.06, 0.04], point)
    assert result.grade == 0
    assert result.is_referable
    assert result.is_ambiguous
    assert not graded(result.probabilities, OperatingPoint(0.27)).is_referable
    # A model that is not calibrated refers from a half on.
    plain = graded(result.probabilities, None)
    assert not plain.is_referable
    assert not plain.is_calibrated
    assert plain.grade_set is None
    assert plain.referral_threshold == 0.5


@pytest.mark.parametrize(
    ("probabilities", "least", "expected", "text"),
    [
        ([0.5, 0.24, 0.16, 0.06, 0.04], 0.2, (0, 1), "0 (0 to 1)"),
        # The set has no gap, whatever is between.
        ([0.4, 0.05, 0.35, 0.15, 0.05], 0.3, (0, 2), "0 (0 to 2)"),
        # It is never empty, and never without the most probable grade.
        ([0.1, 0.1, 0.3, 0.25, 0.25], 0.9, (2, 2), "2"),
        ([0.2, 0.2, 0.2, 0.2, 0.2], 0.0, (0, 4), "0 (0 to 4)"),
        ([0.0, 0.0, 0.0, 0.0, 1.0], 0.5, (4, 4), "4"),
    ],
)
def test_the_set_of_grades(probabilities, least, expected, text):
    result = graded(probabilities, OperatingPoint(0.5, least))
    assert result.grade_set == expected
    assert result.grade_text == text


def test_exported_labels_have_the_same_point(calibration):
    labels = {"calibration": calibration.labels()}
    assert OperatingPoint.from_labels(labels) == calibration.operating_point
    assert OperatingPoint.from_labels({"calibration": None}) is None
    # Exports of earlier versions say nothing of it.
    assert OperatingPoint.from_labels({}) is None
    for damaged in ({}, [], "x", {"referral_threshold": "a"}):
        with pytest.raises(UserError, match="damaged calibration"):
            OperatingPoint.from_labels({"calibration": damaged})


@pytest.mark.parametrize("is_calibrated", [True, False])
def test_the_graph_agrees(calibration, logits, is_calibrated):
    given = calibration if is_calibrated else None
    point = given and given.operating_point
    probabilities = graph_probabilities(logits, given)
    verdict = graph_verdict(probabilities, given)
    for i, row in enumerate(probabilities.numpy()):
        result = graded(row, point)
        assert bool(verdict["referable"][i]) == result.is_referable
        # A model without a set excludes no grade.
        assert tuple(verdict["grade_set"][i].numpy()) == (
            result.grade_set or (0, 4)
        )
        assert most_probable(row) == logits[i].argmax()
    shares = verdict["referable"].numpy().mean()
    assert 0.1 < shares < 0.9
