import dataclasses

import pytest

from dmtdr_tf.calibration import OperatingPoint
from dmtdr_tf.prediction.finding import Finding, table_header, table_row
from dmtdr_tf.prediction.lesion_area import LesionArea
from dmtdr_tf.prediction.origin import Origin
from dmtdr_tf.preprocessing.quality import Quality

AREAS = (
    LesionArea(3, 0.015, 2),
    LesionArea(0, 0.0, 0),
    LesionArea(7, 0.035, 1),
    LesionArea(900, 4.5, 11),
)

QUALITY = Quality(sharpness=0.87, brightness=0.65, overexposed=0.01, field=0.93)


def finding(*probabilities):
    return Finding("a/eye.jpg", "eye", probabilities, AREAS, QUALITY)


def test_grade_and_referral():
    clear = finding(0.1, 0.1, 0.5, 0.2, 0.1)
    assert (clear.grade, clear.grade_name) == (2, "moderate")
    assert clear.referable_probability == pytest.approx(0.8)
    assert clear.is_referable
    assert not clear.is_ambiguous


def test_referral_goes_by_probability_and_says_when_the_grade_disagrees():
    unsure = finding(0.4, 0.05, 0.2, 0.2, 0.15)
    assert unsure.grade == 0
    assert unsure.is_referable
    assert unsure.is_ambiguous
    half = finding(0.25, 0.25, 0.25, 0.25, 0.0)
    assert half.is_referable


def test_rows_have_the_header_s_columns():
    made = dict(
        zip(table_header(), table_row(finding(0, 0, 1, 0, 0)), strict=True)
    )
    assert made["status"] == "ok"
    assert made["grade"] == "2"
    assert made["p2"] == "1.000000"
    assert made["referable_probability"] == "1.000000"
    assert float(made["HE_percent"]) == 4.5
    assert made["SE_pixels"] == "7"
    assert made["MA_regions"] == "2"
    assert made["sharpness"] == "0.8700"
    assert made["field"] == "0.9300"
    assert made["folder"] == "eye"
    failed = table_row(Finding("b.jpg", error="no such file"))
    made = dict(zip(table_header(), failed, strict=True))
    assert made["file"] == "b.jpg"
    assert made["status"] == "failed"
    assert made["error"] == "no such file"
    assert set(made.values()) == {"b.jpg", "failed", "no such file", ""}


def test_has_results_or_an_error():
    with pytest.raises(ValueError, match="eye.jpg"):
        Finding("eye.jpg")
    with pytest.raises(ValueError, match="eye.jpg"):
        Finding("eye.jpg", probabilities=(0.5, 0.5), areas=AREAS)
    with pytest.raises(ValueError, match="eye.jpg"):
        Finding("eye.jpg", areas=AREAS, error="no such file")
    with pytest.raises(ValueError, match="eye.jpg"):
        Finding("eye.jpg", probabilities=(1, 0, 0, 0, 0), areas=AREAS)


def test_says_what_the_model_cannot_find_instead_of_zero():
    areas = (dataclasses.replace(AREAS[0], is_reliable=False), *AREAS[1:])
    unsure = dataclasses.replace(finding(0, 0, 1, 0, 0), areas=areas)
    cells = dict(zip(table_header(), table_row(unsure), strict=True))
    assert cells["MA_percent"] == "not reliably detected by this model"
    assert cells["MA_pixels"] == cells["MA_regions"] == ""
    assert cells["HM_percent"] == "0"


def test_says_that_nothing_raised_the_score():
    words = "no part of the photograph raised the score"
    plain = finding(0, 0, 1, 0, 0)
    empty = dataclasses.replace(plain, has_evidence=False)
    for one, expected in ((plain, ""), (empty, words)):
        cells = dict(zip(table_header(), table_row(one), strict=True))
        assert cells["evidence"] == expected
    assert plain.summary == (
        "grade 2 (moderate), probability of referable 1.00"
    )
    assert empty.summary == f"{plain.summary}; {words}"
    assert Finding("b.jpg", error="no such file").summary == "no such file"


def test_rows_say_whose_eye_it_is():
    origin = Origin("P1", "left", "2024-05-01")
    graded = dataclasses.replace(finding(0, 0, 1, 0, 0), origin=origin)
    failed = Finding("b.jpg", error="no such file", origin=origin)
    for one in (graded, failed):
        cells = dict(zip(table_header(), table_row(one), strict=True))
        assert cells["patient"] == "P1"
        assert (cells["eye"], cells["date"]) == ("left", "2024-05-01")


def test_rows_say_referral_and_set_of_grades():
    plain = finding(0.5, 0.2, 0.2, 0.06, 0.04)
    cells = dict(zip(table_header(), table_row(plain), strict=True))
    names = ("referable", "lowest_grade", "highest_grade", "calibrated")
    assert [cells[name] for name in names] == ["no", "", "", "no"]
    point = OperatingPoint(0.25, 0.2)
    calibrated = dataclasses.replace(plain, operating_point=point)
    cells = dict(zip(table_header(), table_row(calibrated), strict=True))
    assert [cells[name] for name in names] == ["yes", "0", "2", "yes"]
    assert calibrated.summary == (
        "referable, grade 0 (0 to 2), none, probability of referable 0.30"
    )
