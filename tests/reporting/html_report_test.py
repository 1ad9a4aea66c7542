import base64
import dataclasses
import html.parser
import re

import cv2
import numpy as np
import pytest

from dmtdr_tf.labels import LESIONS
from dmtdr_tf.prediction.finding import Finding
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
