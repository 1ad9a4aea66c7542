"""The page of an evaluation, of photographs made for the test."""

import html.parser

import numpy as np
import pytest

from dmtdr_tf.data.identities import Identities
from dmtdr_tf.evaluation import Bootstrap
from dmtdr_tf.evaluation.protocols import measure, summarize
from dmtdr_tf.reporting.evaluation_page import EvaluationPage

COUNT, SIDE = 12, 64


class Elements(html.parser.HTMLParser):
    """What a page consists of."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.links, self.ids = [], [], []
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        self.tags.append(tag)
        for name, value in attributes:
            if name in ("src", "href", "xlink:href"):
                self.links.append(value)
            if name == "id":
                self.ids.append(value)


def _page(tmp_path, labeled=True, name="eye"):
    rng = np.random.default_rng(0)
    order = np.arange(COUNT)
    high_res = rng.random((COUNT, SIDE, SIDE, 3)).astype("float32")
    masks = rng.random((COUNT, SIDE, SIDE, 4)) < 0.05
    batch = {
        "low_res": high_res[:, ::2, ::2],
        "high_res": high_res,
        "lesions": masks.astype("float32"),
        "has_lesions": labeled * (order % 2).astype("float32"),
        "has_grade": labeled * np.ones(COUNT, "float32"),
        "grade": np.where(labeled, order % 5, -1),
    }
    outputs = {
        "super_resolution": high_res,
        "lesions": rng.random(masks.shape).astype("float32"),
        "grade": 3 * np.eye(5)[order % 5] * (order < 9)[:, None],
    }
    names = tuple(f"{name}-{number:02}" for number in order)
    identities = Identities(names, order // 2, "eye")
    page = EvaluationPage()
    measurement = measure(
        lambda _: outputs,
        [batch],
        segment=lambda photographs: np.zeros((*photographs.shape[:3], 4)),
        observe=page.observer(identities),
    )
    figures = summarize(measurement, Bootstrap(samples=20), identities)
    figures["provenance"] = {
        "dataset": "idrid",
        "split": "validation",
        "workdir": "runs/<i>x",
        "preset": "small",
        "stage": 1,
        "symmetries": 8,
        "high_res_size": SIDE,
        "scale": 2,
        "dmtdr_tf": "0.1.0",
        "tensorflow": "2.21",
    }
    page.write(tmp_path / "page.html", figures)
    return (tmp_path / "page.html").read_text()


def test_the_page_needs_no_network(tmp_path):
    elements = Elements(_page(tmp_path))
    assert not {"script", "link", "iframe"} & set(elements.tags)
    assert all(link.startswith(("data:", "#")) for link in elements.links)


def test_every_plot_is_there_and_ids_of_references_are_unique(tmp_path):
    page = _page(tmp_path)
    assert page.count('<svg role="img"') == 5
    for title in (
        "ROC curve",
        "Precision-recall curve of referable",
        "Reliability",
        "Confusion matrix",
        "Precision-recall curves of the lesions",
    ):
        assert f'aria-label="{title}' in page
    elements = Elements(page)
    used = {link[1:] for link in elements.links if link.startswith("#")}
    assert used <= set(elements.ids)
    assert all(elements.ids.count(name) == 1 for name in used)
    assert "currentColor" in page
    assert "#010203" not in page


def test_best_and_worst_photographs_are_those(tmp_path):
    page = _page(tmp_path)
    worst = page[page.index("Grade: worst") : page.index("Grade: best")]
    # From number 9 on all grades are equally probable.
    for number in (9, 10, 11):
        assert f"eye-{number:02}" in worst
    assert "probability of the true grade 0.20" in worst
    assert worst.count("<img") == 6
    assert "averaged over 8 symmetries" in page


def test_names_are_text(tmp_path):
    page = _page(tmp_path, name="<script>alert(1)</script>\x1b")
    assert "script" not in Elements(page).tags
    assert "i" not in Elements(page).tags
    assert "&lt;script&gt;" in page
    assert "\x1b" not in page


def test_without_labels_there_are_still_pictures(tmp_path):
    page = _page(tmp_path, labeled=False)
    assert "Nothing was annotated." in page
    assert "Super-resolution: worst" in page
    assert "Grade: worst" not in page
    assert ">nan" not in page


@pytest.mark.parametrize("width", [360, 1200])
def test_the_page_is_not_wider_than_the_screen(tmp_path, chromium, width):
    _page(tmp_path)
    page = chromium.new_page(viewport={"width": width, "height": 800})
    page.goto((tmp_path / "page.html").as_uri())
    script = "document.documentElement.scrollWidth"
    assert page.evaluate(script) <= width
    page.close()
