"""The exported page in headless Chromium, beside Python's LiteRT."""

import dataclasses
import importlib.util
import json
import re
import shutil

import numpy as np
import pytest

from dmtdr_tf.drawing.pictures import to_uint8
from dmtdr_tf.exporting.web.writer import built_page, export_web
from dmtdr_tf.files.errors import UserError
from dmtdr_tf.files.names import printable
from dmtdr_tf.labels import LESIONS
from dmtdr_tf.prediction.finding import NO_EVIDENCE
from dmtdr_tf.prediction.lesion_area import NOT_RELIABLE
from dmtdr_tf.prediction.prediction import Prediction
from dmtdr_tf.preprocessing import prepare

CHROMIUM = shutil.which("chromium") or shutil.which("google-chrome")


def _missing():
    if not CHROMIUM:
        return "Chromium is not installed"
    for module in ("playwright", "ai_edge_litert"):
        if not importlib.util.find_spec(module):
            return f"{module} is not installed"
    try:
        built_page()
    except UserError:
        return "the page is not built (`make page`)"
    return ""


pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(bool(_missing()), reason=_missing()),
]


def by_python(file, tflite, config):
    """Python's way, with the same file of the model."""
    from ai_edge_litert.interpreter import Interpreter

    prepared = prepare(file)
    sizes = config.low_res_size, config.data.high_res_size
    low_res, _ = prepared.model_input(*sizes)
    run = Interpreter(model_content=tflite).get_signature_runner()
    outputs = {k: v[0] for k, v in run(low_res=low_res[None]).items()}
    return Prediction(
        photograph=prepared.photograph,
        field_of_view=prepared.field_of_view,
        quality=prepared.quality,
        low_res=low_res,
        super_resolution=outputs["super_resolution"],
        lesions=outputs["lesions"],
        probabilities=outputs["grade_probabilities"],
        evidence=outputs["evidence"],
    )


@pytest.mark.parametrize(
    "name", ["eye.png", "cut.png", "eye.webp", "turned.webp", "eye.bmp"]
)
def test_answers_as_python_does(tab, photographs, tflite, config, name):
    prediction = by_python(photographs / name, tflite, config)
    masks = prediction.lesion_masks()
    finding = prediction.finding(name, "", masks)
    tab.grade(photographs / name)
    assert tab.texts("#error:visible") == []
    assert tab.texts(".verdict .grade b") == [f"Grade {finding.grade}"]
    shown = [float(text.rstrip("%")) for text in tab.texts(".bars .number")]
    expected = 100 * prediction.probabilities
    np.testing.assert_allclose(shown, expected, atol=0.0501)
    rows = tab.texts("[data-lesions] tr")
    for i, (row, area) in enumerate(zip(rows, finding.areas, strict=True)):
        percent, pixels, regions = row.split("\t")[1:]
        digits = "".join(filter(str.isdigit, pixels))
        assert int(digits) == pytest.approx(area.pixels, rel=1e-3), LESIONS[i]
        assert int(regions) == area.regions
        assert percent == area.percent_text
    quality = prediction.quality
    measures = tab.texts(".quality .value")
    assert measures[:2] == [
        f"{quality.sharpness:.2f}",
        f"{quality.brightness:.2f}",
    ]


def test_pictures_are_the_model_s(tab, photographs, tflite, config):
    prediction = by_python(photographs / "eye.png", tflite, config)
    tab.grade(photographs / "eye.png")
    # XNNPACK's builds for WebAssembly and for this processor round apart.
    found = tab.pixels("[data-comparison] .after")[..., :3].astype(int)
    expected = to_uint8(prediction.super_resolution)
    assert np.abs(found - expected).max() <= 1
    alpha = tab.pixels("[data-layer='evidence']")[..., 3].astype(int)
    assert np.abs(alpha - to_uint8(prediction.evidence[..., 0])).max() <= 1
    given = tab.pixels("[data-photograph] canvas:first-child")[..., :3]
    np.testing.assert_array_equal(given, prediction.photograph)


def test_a_turned_jpeg_is_upright(tab, photographs):
    tab.grade(photographs / "turned.jpg")
    given = tab.pixels("[data-photograph] canvas:first-child")[..., :3]
    expected = prepare(photographs / "turned.jpg").photograph
    assert given.shape == expected.shape
    # The browser has its own decoder.
    assert np.abs(given.astype(int) - expected).mean() < 2


def test_works_without_the_network_once_it_was_loaded(
    open_tab, folder, photographs
):
    tab = open_tab(folder)
    tab.page.locator("#offline:has-text('offline')").wait_for()
    tab.grade(photographs / "eye.png")
    before = tab.texts(".bars .number")
    # The very server is gone: nothing can come from it.
    tab.stop_server()
    tab.open()
    assert tab.page.evaluate("() => crossOriginIsolated")
    tab.grade(photographs / "eye.png")
    assert tab.texts(".bars .number") == before != []


def test_another_export_replaces_what_was_kept(
    open_tab, tflite, config, tmp_path
):
    page = export_web(tflite, "first", tmp_path / "page", config)
    tab = open_tab(page)
    tab.page.locator("#offline:has-text('offline')").wait_for()
    assert "first" in tab.page.inner_text("#about")
    export_web(tflite, "second", page, config, overwrite=True)
    tab.open()
    tab.page.locator("#offline:has-text('reload')").wait_for()
    tab.open()
    assert "second" in tab.page.inner_text("#about")


def test_nothing_leaves_the_device(tab, photographs):
    tab.grade(photographs / "eye.jpg")
    tab.page.locator("#offline:has-text('offline')").wait_for()
    assert len(tab.requests) > 5
    for request in tab.requests:
        assert request.url.startswith(tab.address)
        assert request.method == "GET"
        assert request.post_data is None
    # Not even a script of the page's own could send it elsewhere.
    refused = tab.page.evaluate(
        """() => new Promise((tell) => {
            addEventListener('securitypolicyviolation',
              (event) => tell(event.effectiveDirective), {once: true});
            fetch('http://127.0.0.2/').catch(() => {});
        })"""
    )
    assert refused == "connect-src"


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("words.png", "not a JPEG, PNG, WebP or BMP"),
        ("empty.jpg", "the file is empty"),
        ("short.jpg", "cut short"),
        ("bomb.png", "100 megapixels"),
        ("bomb.bmp", "100 megapixels"),
        ("short.webp", "the WebP file is cut short"),
        ("short.bmp", "the BMP file is cut short"),
        ("seam.jpg", "brightness or color is shifted"),
        ("turned_seam.jpg", "brightness or color is shifted"),
        ("black.png", "no field of view"),
        ("coffee.png", "this is not a fundus photograph: "),
        ("blurred.png", "cannot be graded, because it is blurred"),
    ],
)
def test_bad_photographs_are_told_in_a_line(tab, photographs, name, message):
    line = tab.error(photographs / name)
    assert message in line
    assert "\n" not in line
    # The next one is graded all the same.
    tab.grade(photographs / "eye.jpg")
    assert tab.texts(".verdict .grade b")


def test_a_poor_photograph_has_its_quality_and_no_grade(tab, photographs):
    tab.grade(photographs / "eye.png")
    tab.error(photographs / "blurred.png")
    assert len(tab.texts(".quality .poor:visible")) >= 1
    assert "it is blurred" in tab.page.inner_text("[data-refused]")
    assert tab.texts(".verdict:visible, .bars:visible") == []


def test_a_result_is_never_shown_for_another_photograph(tab, photographs):
    tab.grade(photographs / "eye.png")
    assert tab.page.locator("#result").is_visible()
    tab.error(photographs / "words.png")
    assert tab.page.locator("#result").is_hidden()


@pytest.mark.parametrize(
    ("file", "content", "message"),
    [
        ("model.tflite", None, "model.tflite is missing"),
        ("model.json", None, "model.json is missing"),
        ("model.tflite", b"TFL3 no more", "model.tflite is damaged"),
    ],
)
def test_a_folder_that_lacks_the_model_says_so(
    open_tab, folder, tmp_path, file, content, message
):
    broken = tmp_path / "page"
    shutil.copytree(folder, broken)
    (broken / file).unlink()
    if content:
        (broken / file).write_bytes(content)
    tab = open_tab(broken)
    assert message in tab.page.inner_text("#error")


def test_a_browser_without_webassembly_is_told(open_tab, folder, tmp_path):
    old = tmp_path / "page"
    shutil.copytree(folder, old)
    script = (old / "worker.js").read_text()
    (old / "worker.js").write_text("delete self.WebAssembly;" + script)
    tab = open_tab(old)
    assert "has no WebAssembly" in tab.page.inner_text("#error")


def test_a_photograph_may_be_chosen_while_the_model_loads(
    shared_tab, photographs
):
    shared_tab.page.goto(shared_tab.address)
    shared_tab.grade(photographs / "eye.png")
    assert shared_tab.texts(".verdict .grade b")


def test_by_keyboard_alone(tab, photographs):
    page, keyboard = tab.page, tab.page.keyboard
    focus = "() => document.activeElement.id"
    keyboard.press("Tab")
    assert page.evaluate("() => document.activeElement.className") == "skip"
    keyboard.press("Enter")
    keyboard.press("Tab")
    assert page.evaluate(focus) == "file"
    with page.expect_file_chooser() as chooser:
        keyboard.press("Enter")
    chooser.value.set_files(photographs / "eye.png")
    page.locator("#result-title:focus").wait_for()
    visited = []
    while "split" not in visited and len(visited) < 30:
        keyboard.press("Tab")
        data = page.evaluate("() => ({...document.activeElement.dataset})")
        visited += data or ["other"]
        if data.get("toggle") == "HM":
            keyboard.press("Space")
        if "split" in data:
            keyboard.press("Home")
    assert {"print", "zoom", "toggle", "opacity", "split"} <= set(visited)
    assert page.locator("[data-layer='HM']").is_hidden()
    assert page.locator("[data-layer='MA']").is_visible()
    after = page.locator("[data-comparison] .after")
    clip = after.evaluate("(element) => getComputedStyle(element).clipPath")
    assert clip == "inset(0px 0px 0px 0%)"


def test_parts_have_names_for_screen_readers(tab, photographs):
    tab.grade(photographs / "eye.png")
    page = tab.page
    for role, name in (
        ("status", None),
        ("img", "Super-resolved view"),
        ("img", "Predicted haemorrhages"),
        ("checkbox", "Evidence"),
        ("slider", "Position of the border"),
        ("slider", "Opacity of the overlays"),
        ("button", "Print"),
        ("table", "Probability of each grade"),
        ("region", "Photograph with overlays"),
    ):
        found = page.get_by_role(role, name=name, include_hidden=False)
        assert found.first.is_visible(), (role, name)
    nameless = page.locator("input:visible, button:visible").evaluate_all(
        """(all) => all.filter((one) => !one.labels?.length &&
            !one.textContent.trim() && !one.ariaLabel).length"""
    )
    assert nameless == 0


def test_the_quality_gate_can_be_off(
    open_tab, tflite, config, tmp_path, photographs
):
    quality = dataclasses.replace(config.quality, gate=False)
    open_config = dataclasses.replace(config, quality=quality)
    page = export_web(tflite, "float32", tmp_path / "page", open_config)
    tab = open_tab(page)
    tab.grade(photographs / "blurred.png")
    assert tab.texts(".verdict .grade b")
    assert tab.texts(".quality .poor:visible")


def with_limits(folder, target, **limits):
    """A copy of the page whose model has limits."""
    shutil.copytree(folder, target)
    info = json.loads((target / "model.json").read_text())
    (target / "model.json").write_text(json.dumps(info | limits))
    return target


def test_says_what_the_model_is_not_for_and_cannot_find(
    open_tab, folder, photographs, tmp_path
):
    tab = open_tab(
        with_limits(
            folder,
            tmp_path / "page",
            warning="Trained on <b>drawings</b>",
            not_reliably_detected=["HM"],
        )
    )
    warning = "Trained on <b>drawings</b>."
    assert tab.texts(".warning:visible") == [warning]
    tab.grade(photographs / "eye.png")
    rows = [text.split("\t")[1:] for text in tab.texts("[data-lesions] tr")]
    assert rows[1] == [NOT_RELIABLE]
    assert [len(row) for row in rows] == [3, 1, 3, 3]
    assert tab.page.locator("[data-layer='HM']").is_hidden()
    assert not tab.page.locator("[data-toggle='HM']").is_checked()
    tab.page.emulate_media(media="print")
    assert warning in tab.page.inner_text("#result")


def test_a_model_without_limits_claims_nothing(
    open_tab, folder, photographs, tmp_path
):
    page = with_limits(
        folder, tmp_path / "page", warning="", not_reliably_detected=None
    )
    tab = open_tab(page)
    assert tab.texts(".warning:visible") == []
    tab.grade(photographs / "eye.png")
    assert NOT_RELIABLE not in tab.page.inner_text("#result")


def test_an_empty_map_is_told_and_not_drawn(
    open_tab, folder, photographs, tmp_path
):
    page = tmp_path / "page"
    shutil.copytree(folder, page)
    script = (page / "worker.js").read_text()
    zero = "Float32Array.prototype.every = () => true;"
    (page / "worker.js").write_text(zero + script)
    tab = open_tab(page)
    tab.grade(photographs / "eye.png")
    assert NO_EVIDENCE in tab.page.inner_text(".lesions")
    assert tab.page.locator("[data-layer='evidence']").count() == 0
    assert tab.page.locator("[data-toggle='evidence']").is_hidden()
    tab.page.emulate_media(media="print")
    words = tab.page.inner_text(".printed.evidence")
    assert NO_EVIDENCE.capitalize() in words
    # The next photograph has a map again only if it has one.
    assert tab.page.locator(".printed.evidence canvas").count() == 0


def test_prints_one_sheet_with_name_and_evidence(tab, photographs):
    tab.grade(photographs / "eye.png")
    for paper in ("A4", "Letter"):
        pages = re.findall(rb"/Type\s*/Page\b", tab.page.pdf(format=paper))
        assert len(pages) == 1, paper
    tab.page.emulate_media(media="print")
    for part in ("#result-title", ".printed.evidence canvas", ".bars"):
        assert tab.page.locator(part).is_visible(), part
    assert tab.page.locator("#choose").is_hidden()
    tab.page.emulate_media(media="screen")


def test_nothing_is_cut_off_on_a_phone(tab, photographs):
    tab.page.set_viewport_size({"width": 360, "height": 740})
    tab.grade(photographs / "eye.png")
    beyond = tab.page.evaluate(
        """() => [...document.querySelectorAll('body *')]
            .filter((e) => e.getBoundingClientRect().right > innerWidth + 1)
            .map((e) => e.outerHTML.slice(0, 80))"""
    )
    assert beyond == []
    scroll = tab.page.locator("#result .scroll")
    assert scroll.evaluate("e => e.scrollWidth <= e.clientWidth + 1")
    tab.page.set_viewport_size({"width": 1280, "height": 720})


@pytest.mark.parametrize(
    "name",
    [
        "<img src=x onerror=alert(1)>.png",
        "\x1b[31mred.png",
        "photo\u202egnp.exe.png",
        "\u05e2\u05d9\u05df \U0001f468\u200d\u2695\ufe0f.png",
        245 * "x" + ".png",
    ],
)
def test_any_name_is_shown_safely(tab, photographs, name):
    content = (photographs / "eye.png").read_bytes()
    file = {"name": name, "mimeType": "image/png", "buffer": content}
    tab.page.set_input_files("#file", file)
    tab.page.locator("#result-title:focus").wait_for()
    assert tab.texts("#result-title") == [printable(name)]
    assert tab.page.locator("#result-title *").count() == 0
    width = tab.page.evaluate("() => document.documentElement.scrollWidth")
    assert width <= 1280
    tab.page.set_input_files("#file", file | {"buffer": b"nothing"})
    line = tab.page.locator("#error:visible")
    line.wait_for()
    assert line.inner_text().startswith(f"{printable(name)}: the file is not")
