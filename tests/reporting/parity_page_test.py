import base64
import html.parser
import re

import cv2
import numpy as np
import pytest

from dmtdr_tf.labels import LESIONS
from dmtdr_tf.parity.differences import Photograph
from dmtdr_tf.reporting.parity_page import AMPLIFIED, ParityPage

SIDE = 32
VOID = {"meta", "img", "input", "br", "link"}


class Page(html.parser.HTMLParser):
    """Collects pictures and text; checks that tags are closed."""

    def __init__(self, text):
        super().__init__()
        self.pictures, self.open, self.text = {}, [], ""
        self.feed(text)
        assert not self.open

    def handle_starttag(self, tag, attrs):
        attrs = dict(attrs)
        if tag == "img":
            self.pictures[attrs["alt"]] = attrs["src"]
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if self.open and self.open[-1] != "style":
            self.text += data + " "


def decode(uri):
    content = np.frombuffer(base64.b64decode(uri.split(",")[1]), np.uint8)
    return cv2.imdecode(content, cv2.IMREAD_COLOR)[..., ::-1]


def answers(grey=0.5):
    return {
        "super_resolution": np.full((1, SIDE, SIDE, 3), grey, np.float32),
        "lesions": np.zeros((1, SIDE, SIDE, 4), np.float32),
        "evidence": np.zeros((1, SIDE, SIDE, 1), np.float32),
    }


def photograph(name):
    return Photograph(name, np.full((8, 8, 3), 0.25, np.float32))


@pytest.fixture
def report():
    differences = {"max_difference": 0.25, "mean_difference": 1e-5}
    precision = {"keras": 0.625, "export": 0.5, "loss": 0.125}
    cost = {
        "threads": 1,
        "load_seconds": 0.111,
        "first_seconds": 0.222,
        "median_seconds": 0.333,
        "p95_seconds": 0.444,
        "runs": 17,
        "runtime_megabytes": 55.5,
        "peak_megabytes": None,
    }
    grade = {
        "keras": {"grade": 2, "probabilities": [0.1, 0.1, 0.6, 0.1, 0.1]},
        "export": {"grade": 3, "probabilities": [0.1, 0.1, 0.3, 0.4, 0.1]},
    }
    export = {
        "name": "m<1>.tflite",
        "path": "runs/m<1>.tflite",
        "kind": "quantised",
        "size_bytes": 1_230_000,
        "outputs": {
            "super_resolution": {
                **differences,
                "psnr_to_keras": {"mean": 41.5, "min": 40.5},
                "psnr": {"keras": 31.5, "export": 30.5, "loss": 1.0},
            },
            "lesions": {
                **differences,
                "by_lesion": {
                    lesion: {**differences, "average_precision": precision}
                    for lesion in LESIONS
                },
            },
            "grade": differences,
            "grade_probabilities": differences,
        },
        "grades_kept": 0.5,
        "flips": [{"photograph": "eye<7>", **grade}],
        "missing": ["evidence"],
        "not_finite": {},
        "photographs": [
            {
                "photograph": "eye<7>",
                "grade": grade,
                "psnr_to_keras": 40.5,
                "max_difference": {"lesions": 0.25},
            }
        ],
        "checks": [
            {
                "measure": "share of grades kept",
                "value": 0.5,
                "limit": 0.95,
                "least": True,
                "failed": True,
                "text": "",
            },
            {
                "measure": "SE: average precision lost",
                "value": None,
                "limit": 0.05,
                "least": False,
                "failed": False,
                "text": "",
            },
        ],
        "cost": [cost],
    }
    return {
        "provenance": {
            "workdir": "runs/<demo>",
            "preset": "demo",
            "stage": 2,
            "low_res_size": 8,
            "high_res_size": 32,
            "dataset": "idrid",
            "split": "validation",
            "dmtdr_tf": "0",
            "processor": "abacus",
        },
        "keras": {"cost": [cost]},
        "exports": [export],
    }


@pytest.fixture
def page(report, tmp_path):
    made = ParityPage()
    for name, grey in (("good", 0.5), ("eye<7>", 0.53), ("fair", 0.51)):
        export = answers(grey)
        del export["evidence"]
        made.add("m<1>.tflite", photograph(name), answers(), export)
    made.write(tmp_path / "parity.html", report)
    assert [p.name for p in tmp_path.iterdir()] == ["parity.html"]
    return (tmp_path / "parity.html").read_text(encoding="utf-8")


def test_needs_no_other_file(page):
    found = Page(page)
    assert found.pictures
    assert all(u.startswith("data:image/") for u in found.pictures.values())
    assert not re.search(r"https?://|@import|url\(|<script|<link", page)


def test_says_what_was_measured(page):
    text = " ".join(Page(page).text.split())
    assert "1 limit broken" in text
    assert "share of grades kept 0.5 ≥ 0.95 broken" in text
    assert "SE: average precision lost – ≤ 0.05 not measured" in text
    assert "Missing outputs: evidence" in text
    assert "PSNR against Keras, worst 40.5" in text
    assert "HM: average precision, Keras 0.625" in text
    assert "0.111 0.222 0.333 0.444 17 55.5 –" in text
    assert "grade 2 (moderate, probability 0.600) became 3 (severe" in text
    assert "1 photograph of idrid, split validation" in text


def test_names_are_escaped(page):
    assert "<demo>" not in page
    assert "eye<7>" not in page
    assert "m<1>" not in page
    assert "runs/<demo>" in Page(page).text


def test_shows_the_photograph_that_differs_most(page):
    found = Page(page)
    assert "m<1>.tflite: eye<7>" in found.text
    keras = decode(found.pictures["super_resolution, Keras"])
    export = decode(found.pictures["super_resolution, export"])
    difference = decode(found.pictures["super_resolution, difference"])
    assert np.abs(keras - 127.5).max() <= 2
    assert np.abs(export - 0.53 * 255).max() <= 2
    times = AMPLIFIED["super_resolution"]
    assert np.abs(difference - 0.03 * times * 255).max() <= 3
    assert f"{times} times as bright" in found.text
    assert "evidence, Keras" not in found.pictures


def test_files_of_one_s_own(report, tmp_path):
    about = report["provenance"]
    del about["dataset"], about["split"]
    about["files"] = 1
    ParityPage().write(tmp_path / "parity.html", report)
    text = " ".join(Page((tmp_path / "parity.html").read_text()).text.split())
    assert "1 photograph given as files" in text
