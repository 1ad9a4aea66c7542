"""The golden answers against independent facts, and Python against them."""

import dataclasses
import math

import numpy as np
import pytest
from preprocessing.golden import photographs as golden
from preprocessing.golden.photographs import (
    ANSWERS,
    DISCS,
    LOCATED,
    PHOTOGRAPHS,
    REFUSED,
    SIZES,
)
from scipy import ndimage

from dmtdr_tf.config import QualityConfig
from dmtdr_tf.preprocessing import (
    NoFieldOfViewError,
    UngradablePhotographError,
    prepare,
)

LEVEL = 1 / 255


@pytest.mark.parametrize("name", PHOTOGRAPHS)
def test_the_photograph_is_the_one_that_was_answered(name):
    assert golden.checksum(PHOTOGRAPHS[name]()) == ANSWERS[name]["sha256"]


@pytest.mark.parametrize("name", LOCATED)
def test_python_gives_the_answer(name):
    prepared = prepare(PHOTOGRAPHS[name]())
    answer = ANSWERS[name]
    view = dataclasses.asdict(prepared.field_of_view)
    assert view == answer["field_of_view"]
    # The same code; other processors sum floats in another order.
    for measure, value in dataclasses.asdict(prepared.quality).items():
        assert value == pytest.approx(answer["quality"][measure], abs=1e-5)
    low_res, _ = prepared.model_input(*SIZES)
    golden.assert_input(low_res, answer["model_input"], 1e-4, 1e-5)


@pytest.mark.parametrize("name", LOCATED)
def test_the_default_thresholds_decide_as_answered(name):
    refused = ""
    try:
        prepare(PHOTOGRAPHS[name](), QualityConfig())
    except UngradablePhotographError as error:
        refused = str(error)
    assert refused == ANSWERS[name]["ungradable"]


@pytest.mark.parametrize("name", REFUSED)
def test_no_field_of_view_has_the_answered_message(name):
    with pytest.raises(NoFieldOfViewError) as refused:
        prepare(PHOTOGRAPHS[name]())
    assert str(refused.value) == ANSWERS[name]["error"]


# --- Facts that do not come from our code ---


def test_each_photograph_is_refused_for_the_fault_it_was_drawn_with():
    faults = {
        "blurred": "it is blurred",
        "dark": "it is too dark",
        "overexposed": "it is overexposed",
        "strip": "too little of the field of view",
        "tiny": "its field of view is too small",
    }
    for name in LOCATED:
        message = ANSWERS[name]["ungradable"]
        assert faults.get(name, "") in message
        assert bool(message) == (name in faults)
        assert " and " not in message
    assert set(REFUSED) == {"black", "flat", "paper", "specks"}


@pytest.mark.parametrize("name", DISCS)
def test_the_square_lies_where_the_disc_was_drawn(name):
    disc, view = DISCS[name], ANSWERS[name]["field_of_view"]
    # The search has a pixel of 512 a side, its blur reaches two further, and
    # a blurred photograph has no edge to be exact about.
    step = max(1, max(disc.height, disc.width) / 512)
    tolerance = 2 * step + 2 * (name == "blurred")
    left, top = disc.x - disc.radius, disc.y - disc.radius
    assert view["left"] == pytest.approx(left, abs=tolerance)
    assert view["top"] == pytest.approx(top, abs=tolerance)
    assert view["side"] == pytest.approx(2 * disc.radius, abs=2 * tolerance)
    assert (view["height"], view["width"]) == (disc.height, disc.width)


def test_a_retina_that_fills_the_frame_is_kept_whole():
    whole = {"top": 0, "left": 0, "side": 512, "height": 512, "width": 512}
    assert ANSWERS["filled"]["field_of_view"] == whole


# The dark disc's edge is not lit, and blur lights pixels outside of the disc.
@pytest.mark.parametrize("name", sorted({*DISCS} - {"tiny", "dark", "blurred"}))
def test_brightness_is_the_mean_of_the_drawn_disc(name):
    disc = DISCS[name]
    inside = PHOTOGRAPHS[name]().max(-1)[disc.inside()]
    # The square's reduction darkens the disc's very edge.
    assert ANSWERS[name]["quality"]["brightness"] == pytest.approx(
        inside.mean() / 255, abs=0.02
    )


def test_half_of_the_overexposed_disc_is_saturated():
    for name in LOCATED:
        expected = 0.5 if name == "overexposed" else 0.0
        measure = ANSWERS[name]["quality"]["overexposed"]
        assert measure == pytest.approx(expected, abs=0.01), name


@pytest.mark.parametrize(("name", "half"), [("strip", 65), ("cut off", 130)])
def test_the_share_in_the_frame_is_that_of_a_cut_circle(name, half):
    # The frame keeps the disc up to `half` rows from its center.
    cosine = half / DISCS[name].radius
    kept = math.asin(cosine) + cosine * math.sqrt(1 - cosine**2)
    measure = ANSWERS[name]["quality"]["field"]
    assert measure == pytest.approx(2 / math.pi * kept, abs=0.015)


@pytest.mark.parametrize("name", sorted({*LOCATED} - {"tiny"}))
def test_sharpness_is_that_of_scipy_s_blurs(name):
    side = min(256, ANSWERS[name]["field_of_view"]["side"])
    square = np.round(_resized(_square(name), _overlaps, side))
    lit = np.pad(square.max(-1) >= 16, 12)
    kept = ndimage.binary_erosion(lit, np.ones((25, 25)))[12:-12, 12:-12]
    one, two, three = (
        ndimage.gaussian_filter(square[..., 1], sigma, mode="mirror")
        for sigma in (1, 2, 4)
    )
    ratio = (one - two)[kept].std() / (two - three)[kept].std()
    # OpenCV cuts its kernels off earlier.
    assert ANSWERS[name]["quality"]["sharpness"] == pytest.approx(
        ratio, rel=0.02
    )


@pytest.mark.parametrize("name", LOCATED)
def test_the_model_s_input_is_that_of_matrices(name):
    low, high = SIZES
    square = _square(name)
    if len(square) >= high:
        high_res = np.round(_resized(square, _overlaps, high))
        low_res = _resized(high_res, _antialiased, low)
    else:
        matrix = _overlaps if len(square) >= low else _enlarging
        low_res = np.round(_resized(square, matrix, low))
    low_res = (np.clip(low_res, 0, 255) / 255).astype(np.float32)
    # OpenCV rounds a value halfway up or down.
    golden.assert_input(
        low_res, ANSWERS[name]["model_input"], 1.01 * LEVEL, 1e-4
    )


def _square(name):
    """The answered square, black outside of the photograph."""
    view = ANSWERS[name]["field_of_view"]
    side = view["side"]
    padded = np.pad(
        PHOTOGRAPHS[name]().astype(float), ((side, side), (side, side), (0, 0))
    )
    top, left = view["top"] + side, view["left"] + side
    return padded[top : top + side, left : left + side]


def _resized(square, matrix, size):
    weights = matrix(len(square), size)
    return np.einsum("ij,kl,jlc->ikc", weights, weights, square, optimize=True)


def _overlaps(side, size):
    """Area averaging: the overlap of each cell with each pixel."""
    edges = np.arange(size + 1) * side / size
    low = np.maximum(edges[:-1, None], np.arange(side))
    high = np.minimum(edges[1:, None], np.arange(side) + 1)
    return np.clip(high - low, 0, None) * size / side


def _antialiased(side, size):
    """Keys' kernel of -0.5, stretched by the scale, weights summing to 1."""
    weights = _keys(_distances(side, size) * size / side, -0.5)
    return weights / weights.sum(1, keepdims=True)


def _enlarging(side, size):
    """Keys' kernel of -0.75 over a border that is repeated."""
    margin = 2
    weights = _keys(_distances(side, size, margin), -0.75)
    weights[:, margin] += weights[:, :margin].sum(1)
    weights[:, -margin - 1] += weights[:, -margin:].sum(1)
    return weights[:, margin:-margin]


def _distances(side, size, margin=0):
    """From each cell's center to each pixel's, in pixels: `[size, side]`."""
    centers = (np.arange(size) + 0.5) * side / size
    return centers[:, None] - (np.arange(-margin, side + margin) + 0.5)


def _keys(distance, a):
    x = np.abs(distance)
    near = (a + 2) * x**3 - (a + 3) * x**2 + 1
    far = a * (x**3 - 5 * x**2 + 8 * x - 4)
    return np.where(x < 1, near, np.where(x < 2, far, 0))
