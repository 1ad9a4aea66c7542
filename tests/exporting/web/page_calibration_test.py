"""Referral and set of grades on the exported page, in headless Chromium."""

import dataclasses
import re

from exporting.web.page_test import (  # noqa: F401
    by_python,
    pytestmark,
    with_limits,
)


def test_a_calibrated_model_refers_by_its_threshold(
    open_tab, folder, photographs, tmp_path, tflite, config, calibration
):
    prediction = by_python(photographs / "eye.png", tflite, config)
    probability = prediction.referable_probability
    best = prediction.grade
    for referred in (True, False):
        given = dataclasses.replace(
            calibration,
            referral_threshold=probability + (-0.01 if referred else 0.01),
            least_probability=0.0 if referred else 1.0,
        )
        page = with_limits(
            folder, tmp_path / f"{referred}", calibration=given.labels()
        )
        tab = open_tab(page)
        tab.grade(photographs / "eye.png")
        chip = "Referable" if referred else "Not referable"
        assert tab.texts(".verdict .chip") == [chip]
        shown = " (0 to 4)" if referred else ""
        assert tab.texts(".verdict .grade")[0].endswith(shown)
        assert tab.texts(".verdict .grade b") == [f"Grade {best}"]
        assert ("(" in tab.texts(".verdict .grade")[0]) == referred
        assert "of 45 referable photographs" in tab.page.inner_text("#result")
        assert "not calibrated" not in tab.page.inner_text("#result")


def test_a_model_that_is_not_calibrated_says_so(tab, photographs):
    tab.grade(photographs / "eye.png")
    assert tab.texts(".verdict .probability")[0].endswith("not calibrated")
    assert "This model is not calibrated" in tab.page.inner_text("#result")


def test_prints_what_the_referral_means_on_the_same_sheet(
    open_tab, folder, photographs, tmp_path, calibration
):
    page = with_limits(
        folder,
        tmp_path / "page",
        warning="Trained on drawn photographs, not for any use on patients",
        calibration=calibration.labels(),
    )
    tab = open_tab(page)
    tab.grade(photographs / "eye.png")
    for paper in ("A4", "Letter"):
        pages = re.findall(rb"/Type\s*/Page\b", tab.page.pdf(format=paper))
        assert len(pages) == 1, paper
    tab.page.emulate_media(media="print")
    words = "of 45 referable photographs"
    assert tab.page.inner_text("#result").count(words) == 1
