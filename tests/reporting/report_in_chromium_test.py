"""A report of 60 photographs in headless Chromium: links, paper, phone."""

import dataclasses
import re

import numpy as np
import pytest

from dmtdr_tf.prediction.finding import Finding
from dmtdr_tf.prediction.origin import Origin
from dmtdr_tf.reporting.html_report import HtmlReport

COUNT = 60
LONG = 250 * "x"
ABOUT = {"Trained on": "synthetic_fundus", "Workdir": "/srv/" + LONG}
# What remains of a sheet of A4 and of Letter within margins of 12 mm.
SHEETS = {"A4": (186, 273), "Letter": (192, 255)}
PIXELS_PER_MM = 96 / 25.4


@pytest.fixture
def report(prediction, tmp_path):
    """Every third photograph is referable; one has a very long name."""
    path = tmp_path / "index.html"
    with HtmlReport(path, ABOUT, 0.5, "Trained on drawings") as written:
        for number in range(COUNT):
            grade = 3 if number % 3 == 0 else 0
            probabilities = np.full(5, 0.02)
            probabilities[grade] = 0.9 + number / 1000
            one = dataclasses.replace(
                prediction,
                probabilities=probabilities / probabilities.sum(),
                unreliable=("MA",),
            )
            masks = one.lesion_masks()
            name = LONG if number == 7 else f"eye {number}"
            origin = Origin(f"P{COUNT - number}", "left", "2024-05-01")
            written.add(
                dataclasses.replace(
                    one.finding(f"photos/{name}.jpg", name, masks),
                    origin=origin,
                ),
                one,
                masks,
            )
        written.add_failure(
            Finding("bad.jpg", error="blurred", quality=prediction.quality)
        )
    return path.as_uri()


@pytest.fixture
def open_report(chromium, report):
    contexts = []

    def open_report(width, height=800):
        viewport = {"width": width, "height": height}
        contexts.append(chromium.new_context(viewport=viewport))
        page = contexts[-1].new_page()
        page.goto(report)
        return page

    yield open_report
    for context in contexts:
        context.close()


@pytest.mark.parametrize("width", [1280, 360])
def test_every_link_leads_to_its_photograph(open_report, width):
    page = open_report(width)
    reached = page.evaluate(
        """async () => {
            const frame = () => new Promise(requestAnimationFrame);
            const reached = [];
            for (const link of document.querySelectorAll('.summary a')) {
                scrollTo(0, 0);
                link.click();
                for (let i = 0; i < 3; i++) await frame();
                const middle = document.elementFromPoint(innerWidth / 2, 60);
                const title = middle.closest('article')?.querySelector('h2');
                reached.push([link.textContent, title?.textContent]);
            }
            return reached;
        }"""
    )
    assert len(reached) == COUNT
    assert all(name == title for name, title in reached)


def test_a_link_from_elsewhere_leads_to_its_photograph(open_report):
    page = open_report(1280)
    page.goto(page.url + "#photograph-50")
    page.reload()
    top = "e => e.getBoundingClientRect().top"
    assert 0 <= page.locator("#photograph-50").evaluate(top) < 100


@pytest.mark.parametrize("paper", SHEETS)
def test_each_photograph_is_printed_on_one_sheet(open_report, paper):
    width, height = (PIXELS_PER_MM * side for side in SHEETS[paper])
    page = open_report(round(width))
    # What a reader left behind must not spoil the sheet.
    page.locator("[data-zoom='4']").first.click()
    pages = len(re.findall(rb"/Type\s*/Page\b", page.pdf(format=paper)))
    page.emulate_media(media="print")
    articles = page.locator("article")
    heights = articles.evaluate_all("all => all.map(e => e.offsetHeight)")
    assert len(heights) == COUNT
    assert max(heights) < height
    summary = page.locator("#summary").evaluate("e => e.offsetHeight")
    # The summary and what the model is have sheets of their own.
    assert COUNT + 2 <= pages <= COUNT + 4 + summary // height
    first = articles.first
    for part in ("h2", ".evidence img", ".lesions", ".bars", ".comparison"):
        assert first.locator(part).first.is_visible(), part
    text = first.inner_text()
    assert "Trained on drawings." in text
    assert "not a medical device" in text
    assert not first.locator("button, input").first.is_visible()
    colors = page.evaluate("() => getComputedStyle(document.body).background")
    assert "255, 255, 255" in colors


def test_nothing_is_cut_off_on_a_phone(open_report):
    page = open_report(360, 740)
    beyond = page.evaluate(
        """() => [...document.querySelectorAll('body *')]
            .filter((e) => e.getBoundingClientRect().right > innerWidth + 1)
            .map((e) => e.outerHTML.slice(0, 80))"""
    )
    assert beyond == []
    scrolled = page.evaluate(
        """() => [...document.querySelectorAll('.scroll')]
            .filter((e) => e.scrollWidth > e.clientWidth + 1).length"""
    )
    assert scrolled == 0
    row = page.locator(".summary tbody tr").first
    text = " ".join(row.inner_text().split())
    for part in ("eye 0", "P60", "left", "2024-05-01", "severe", "Referable"):
        assert part in text
    assert row.locator("[data-label='HE %']").is_visible()


def test_filters_and_sorts_rows_and_photographs(open_report):
    page = open_report(1280)
    names = "all => all.filter(e => e.offsetParent).map(e => e.textContent)"

    def shown():
        rows = page.locator(".summary tbody a").evaluate_all(names)
        assert page.locator("article h2").evaluate_all(names) == rows
        count = page.locator("[data-shown]").inner_text()
        assert count == f"{len(rows)} of {COUNT} shown"
        return rows

    assert shown()[:2] == ["eye 0", "eye 1"]
    page.select_option("[name=referral]", "referable")
    assert shown() == [f"eye {number}" for number in range(0, COUNT, 3)]
    assert page.locator("#failures").is_hidden()
    page.select_option("[name=sort]", "probability")
    assert shown()[:2] == ["eye 57", "eye 54"]
    page.select_option("[name=sort]", "patient")
    assert shown()[:2] == ["eye 57", "eye 54"]
    page.select_option("[name=sort]", "name")
    assert shown()[:3] == ["eye 0", "eye 3", "eye 6"]
    page.select_option("[name=grade]", "0")
    assert shown() == []
    page.select_option("[name=referral]", "not")
    assert len(shown()) == COUNT - COUNT // 3
    page.select_option("[name=referral]", "failed")
    page.select_option("[name=grade]", "all")
    assert shown() == []
    assert "sharpness 0.87" in page.locator("#failures").inner_text()
    # A link of what is shown again leads to its photograph.
    page.select_option("[name=referral]", "all")
    page.select_option("[name=sort]", "grade")
    page.get_by_role("link", name="eye 59").click()
    top = page.locator("#photograph-60").evaluate(
        "e => e.getBoundingClientRect().top"
    )
    assert 0 <= top < 100


def test_by_keyboard_alone(open_report):
    page = open_report(1280)
    page.keyboard.press("Tab")
    assert page.evaluate("() => document.activeElement.className") == "skip"
    visited = set()
    for _ in range(6):
        page.keyboard.press("Tab")
        visited.add(page.evaluate("() => document.activeElement.tagName"))
        outline = "() => getComputedStyle(document.activeElement).outlineStyle"
        assert page.evaluate(outline) == "solid"
    assert {"SELECT", "A"} <= visited
