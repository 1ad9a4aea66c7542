import base64
import dataclasses
import html.parser
import re

import cv2
import numpy as np
import pytest

from dmtdr_tf.files.names import printable
from dmtdr_tf.labels import LESIONS
from dmtdr_tf.prediction.finding import Finding
from dmtdr_tf.prediction.origin import Origin
from dmtdr_tf.reporting.html_report import HtmlReport

ABOUT = {"Trained on": "idrid", "Workdir": "runs/<a>"}
VOID = {"meta", "img", "input", "br", "link"}


class Page(html.parser.HTMLParser):
    """Collects tags with attributes and text; checks that tags are closed."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.open, self.text = [], [], ""
        self.feed(text)
        assert not self.open

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if self.open and self.open[-1] not in ("style", "script"):
            self.text += data + " "

    def all(self, tag, **wanted):
        wanted = {k.replace("_", "-"): v for k, v in wanted.items()}
        return [
            attrs
            for name, attrs in self.tags
            if name == tag and wanted.items() <= attrs.items()
        ]


@pytest.fixture
def written(prediction, tmp_path):
    masks = prediction.lesion_masks()
    path = tmp_path / "index.html"
    with HtmlReport(path, ABOUT, 0.5) as report:
        for name in ("one", "two <b>"):
            finding = prediction.finding(f"photos/{name}.jpg", name, masks)
            report.add(finding, prediction, masks)
        report.add_failure(Finding("bad<i>.jpg", error="no such file"))
    assert [p.name for p in tmp_path.iterdir()] == ["index.html"]
    return path.read_text(encoding="utf-8")


def picture(uri):
    content = base64.b64decode(uri.split(",")[1])
    return cv2.imdecode(np.frombuffer(content, np.uint8), cv2.IMREAD_UNCHANGED)


def test_needs_no_other_file(written):
    page = Page(written)
    sources = [attrs["src"] for attrs in page.all("img")]
    assert sources
    assert all(source.startswith("data:image/") for source in sources)
    assert not page.all("link")
    assert not [a for a in page.all("script") if "src" in a]
    assert not re.search(r"https?://|@import|url\(", written)


def test_links_lead_somewhere(written):
    page = Page(written)
    ids = [attrs["id"] for _, attrs in page.tags if "id" in attrs]
    assert len(ids) == len(set(ids))
    links = {attrs["href"] for attrs in page.all("a")}
    assert {"#photograph-1", "#photograph-2", "#model"} <= links
    assert links <= {f"#{name}" for name in ids}
    labelled = {
        attrs["aria-labelledby"]
        for _, attrs in page.tags
        if "aria-labelledby" in attrs
    }
    assert labelled <= set(ids)


def test_says_what_was_found(written):
    page = Page(written)
    text = " ".join(page.text.split())
    assert "Grade 2 moderate" in text
    assert "probability of grade 2 or higher: 70%" in text
    assert "Referable" in text
    for value in ("10.0%", "20.0%", "40.0%", "1.56", "16"):
        assert value in text
    widths = re.findall(r'style="width:([\d.]+)%"', written)
    assert widths == 2 * ["10.0", "20.0", "40.0", "20.0", "10.0"]
    assert "not a medical device" in text
    assert "Trained on idrid" in text
    assert "Photographs graded 2" in text
    assert "Without a result 1" in text


def test_names_are_escaped(written):
    text = Page(written).text
    assert "two <b>" in text
    assert "bad<i>.jpg" in text
    assert "runs/<a>" in text
    assert "no such file" in text
    assert "two <b>" not in written


def test_each_overlay_has_a_labelled_switch(written):
    page = Page(written)
    for layer in (*LESIONS, "evidence"):
        assert len(page.all("input", data_toggle=layer, type="checkbox")) == 2
        shown = page.all("img", data_layer=layer)
        assert len(shown) == 2
        # What is not ticked at first is hidden at first.
        (switch, _) = page.all("input", data_toggle=layer)
        assert ("checked" in switch) == ("hidden" not in shown[0])
    assert len(page.all("input", type="range")) == 4
    labels = re.findall(r"<label.*?</label>", written, re.DOTALL)
    assert sum("<input" in label for label in labels) == 2 * (5 + 2)


def test_pictures_are_the_prediction_s(written, prediction):
    page = Page(written)
    layer = picture(page.all("img", data_layer="HM")[0]["src"])
    filled = layer[..., 3] == 102
    np.testing.assert_array_equal(filled, prediction.lesion_masks()[..., 1])
    low_res = picture(page.all("img", alt="Low-resolution input")[0]["src"])
    assert low_res.shape == (8, 8, 3)
    assert np.abs(low_res.astype(int) - 128).max() <= 1


def test_large_photographs_are_reduced(prediction, tmp_path):
    large = dataclasses.replace(
        prediction,
        photograph=np.zeros((40, 3000, 3), np.uint8),
        field_of_view=dataclasses.replace(prediction.field_of_view, width=3000),
    )
    masks = large.lesion_masks()
    path = tmp_path / "index.html"
    with HtmlReport(path, ABOUT) as report:
        report.add(large.finding("a", "a", masks), large, masks)
    sides = [
        max(picture(a["src"]).shape) for a in Page(path.read_text()).all("img")
    ]
    assert max(sides) == 1024


def test_an_error_leaves_no_page(prediction, tmp_path):
    masks = prediction.lesion_masks()
    with (
        pytest.raises(KeyError),
        HtmlReport(tmp_path / "index.html", ABOUT) as report,
    ):
        report.add(prediction.finding("a", "a", masks), prediction, masks)
        raise KeyError
    assert not list(tmp_path.iterdir())


def test_a_report_of_failures_only(tmp_path):
    path = tmp_path / "index.html"
    with HtmlReport(path, ABOUT) as report:
        report.add_failure(Finding("bad.jpg", error="no such file"))
    page = Page(path.read_text())
    assert "bad.jpg" in page.text
    assert not page.all("article")
    assert not page.all("tbody")


def write_one(prediction, path, warning="", **changes):
    """The report of one photograph whose finding was changed."""
    masks = prediction.lesion_masks()
    with HtmlReport(path, ABOUT, 0.5, warning) as report:
        finding = prediction.finding("eye.jpg", "eye", masks)
        changed = dataclasses.replace(finding, **changes)
        report.add(changed, prediction, masks)
    return path.read_text(encoding="utf-8")


def test_a_warning_comes_first(prediction, tmp_path):
    text = write_one(prediction, tmp_path / "a.html", "Trained on <drawings>")
    words = " ".join(Page(text).text.split())
    assert words.index("Trained on <drawings>.") < words.index("Research")
    assert "<drawings>" not in text
    without = write_one(prediction, tmp_path / "b.html")
    assert not Page(without).all("p", **{"class": "notice warning"})


def test_an_empty_map_is_told_and_not_drawn(prediction, tmp_path):
    empty = dataclasses.replace(
        prediction, evidence=np.zeros_like(prediction.evidence)
    )
    page = Page(write_one(empty, tmp_path / "index.html"))
    words = "no part of the photograph raised the score"
    # In the table, and on paper.
    assert page.text.lower().count(words) == 2
    assert not page.all("img", data_layer="evidence")
    assert not page.all("img", alt="Evidence over the photograph")
    assert not page.all("input", data_toggle="evidence")


def test_evidence_is_drawn_for_paper(written, prediction):
    drawn = Page(written).all("img", alt="Evidence over the photograph")
    assert len(drawn) == 2
    pixels = picture(drawn[0]["src"]).astype(int)
    assert pixels.shape == prediction.photograph.shape
    # The map's yellow, which no other part of the photograph has.
    red, blue = pixels[14:18, 26:30, 2], pixels[14:18, 26:30, 0]
    assert (red - blue).mean() > 80
    assert abs((pixels[:4, :10, 2] - pixels[:4, :10, 0]).mean()) < 40


def test_a_lesion_that_the_model_cannot_find(prediction, tmp_path):
    unsure = dataclasses.replace(prediction, unreliable=("MA",))
    text = write_one(unsure, tmp_path / "index.html")
    page = Page(text)
    words = " ".join(page.text.split())
    assert "Microaneurysms MA not reliably detected by this model" in words
    assert "microaneurysms are not reliably detected by this model" in words
    (switch,) = page.all("input", data_toggle="MA")
    assert "checked" not in switch
    assert "hidden" in page.all("img", data_layer="MA")[0]
    # All others have their numbers.
    assert "Haemorrhages HM 1.56 16 2" in words


def test_patient_eye_and_date(prediction, tmp_path):
    origin = Origin("P<1>", "left", "")
    page = Page(write_one(prediction, tmp_path / "a.html", origin=origin))
    words = " ".join(page.text.split())
    assert "Photograph Patient Eye Grade" in words
    assert "eye P<1> left 2 moderate" in words
    without = Page(write_one(prediction, tmp_path / "b.html"))
    assert "Patient" not in without.text


NAMES = (
    "<img src=x onerror=alert(1)>",
    "</title></style></script><script>alert(1)</script>",
    "a&quot;\"' onload=alert(1)",
    "{{ 7 * 7 }}",
    "\x1b[31mred\x07\n",
    "photo\u202egpj.exe",
    "\u2066hidden\u2069\ufeff",
    "\u05e2\u05d9\u05df",
    "\U0001f441\ufe0f \U0001f468\u200d\u2695\ufe0f",
    250 * "x",
)


@pytest.mark.parametrize("name", NAMES)
def test_any_name_is_shown_safely(prediction, tmp_path, name):
    masks = prediction.lesion_masks()
    path = tmp_path / "index.html"
    with HtmlReport(path, {"Workdir": name}, 0.5) as report:
        finding = prediction.finding(f"{name}.jpg", name, masks)
        report.add(finding, prediction, masks)
        report.add_failure(Finding(f"{name}.png", error=f"{name}: no file"))
    text = path.read_text(encoding="utf-8")
    page = Page(text)
    shown = printable(name)
    assert page.text.count(shown) >= 6
    plain = Page(write_one(prediction, tmp_path / "plain.html"))
    tags = [tag for tag, _ in page.tags]
    assert tags.count("script") == [t for t, _ in plain.tags].count("script")
    handlers = {k for _, attrs in page.tags for k in attrs if k[:2] == "on"}
    assert handlers == set()
    images = page.all("img")
    assert all(image["src"].startswith("data:") for image in images)
    for character in "\x1b\x07\u202e\u2066\u2069\ufeff":
        assert character not in text
    # A name that is written from right to left turns nothing else around.
    assert text.count("<bdi>") == text.count("</bdi>") >= 6


def test_a_refused_photograph_has_its_measures(prediction, tmp_path):
    path = tmp_path / "index.html"
    with HtmlReport(path, ABOUT) as report:
        report.add_failure(
            Finding("bad.jpg", error="blurred", quality=prediction.quality)
        )
    words = " ".join(Page(path.read_text()).text.split())
    assert "bad.jpg blurred Measured: sharpness 0.87" in words
    assert "93% of the field of view inside the frame" in words


def test_a_calibrated_model_says_referral_and_range(
    prediction, calibration, tmp_path
):
    """Grade 2 at 0.4, and 1 and 3 at 0.2; 0.7 of grade 2 or more."""
    point = dataclasses.replace(
        calibration, referral_threshold=0.705, least_probability=0.15
    )
    given = dataclasses.replace(
        prediction, operating_point=point.operating_point
    )
    masks = given.lesion_masks()
    path = tmp_path / "index.html"
    with HtmlReport(path, ABOUT, calibration=point) as report:
        report.add(given.finding("eye.jpg", "eye", masks), given, masks)
    text = " ".join(Page(path.read_text(encoding="utf-8")).text.split())
    assert "Grade 2 moderate (1 to 3)" in text
    assert "Referable 0 Not referable 1" in text
    assert "70%, referred from 70.5% on" in text
    assert "91% of 45 referable photographs and 19% of 31 others" in text
    assert "the true grade of 90% of photographs" in text
    assert "undecided" in text
    assert "not calibrated" not in text


def test_a_model_that_is_not_calibrated_says_so(written):
    text = " ".join(Page(written).text.split())
    assert "This model is not calibrated" in text
    assert "70%, referred from 50.0% on; not calibrated" in text
    assert " to 3)" not in text
