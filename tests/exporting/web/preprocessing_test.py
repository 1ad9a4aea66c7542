"""The page's preprocessing under Node equals Python's, on the same pixels."""

import dataclasses
import json

import cv2
import numpy as np
import pytest
import skimage.data
from exporting.web.node import NODE, preprocess, run_node

from dmtdr_tf.labels import LESIONS
from dmtdr_tf.prediction.lesion_area import measure_lesion
from dmtdr_tf.preprocessing.cropping import uncrop
from dmtdr_tf.preprocessing.field_of_view import (
    FieldOfView,
    NoFieldOfViewError,
    find_field_of_view,
)
from dmtdr_tf.preprocessing.prepare import prepare
from dmtdr_tf.preprocessing.reading import read_photograph

pytestmark = pytest.mark.skipif(not NODE, reason="Node.js is not installed")


def _assert_equal(photograph, low, high):
    prepared = prepare(photograph)
    expected, _ = prepared.model_input(low, high)
    answer, low_res = preprocess(photograph, low, high)
    assert answer["field_of_view"] == dataclasses.asdict(prepared.field_of_view)
    for name, value in dataclasses.asdict(prepared.quality).items():
        assert answer["quality"][name] == pytest.approx(value, abs=2e-4), name
    assert low_res.shape == expected.shape
    difference = np.abs(low_res - expected)
    # A level of 8 bits in single pixels: OpenCV sums in another order.
    assert difference.max() <= 1.001 / 255
    assert difference.mean() < 1e-5


@pytest.fixture(scope="module")
def retina():
    return skimage.data.retina()[..., :3].copy()


def _resized(photograph, side):
    return cv2.resize(photograph, (side, side), interpolation=cv2.INTER_AREA)


@pytest.mark.parametrize(("low", "high"), [(64, 256), (256, 1024)])
def test_a_large_photograph(retina, low, high):
    _assert_equal(retina, low, high)


def test_a_photograph_that_is_halved_on_the_way():
    rng = np.random.default_rng(0)
    # No dark border: the field of view is the whole frame, of 512 pixels.
    pixels = rng.integers(90, 255, (512, 512, 3), np.uint8)
    _assert_equal(pixels, 64, 256)


def test_smaller_than_the_model_s_output(retina):
    _assert_equal(_resized(retina, 500), 256, 1024)


def test_smaller_than_the_model_s_input(retina):
    _assert_equal(_resized(retina, 150), 256, 1024)


def test_cut_off_by_the_frame(retina):
    # The square reaches outside of the photograph, where it is black.
    _assert_equal(np.ascontiguousarray(retina[250:-330]), 64, 256)
    _assert_equal(np.ascontiguousarray(retina[:, 400:]), 64, 256)


def test_dark_and_noisy(retina):
    rng = np.random.default_rng(0)
    dark = _resized(retina, 700) * 0.3 + rng.normal(8, 4, (700, 700, 3))
    _assert_equal(np.clip(dark, 0, 255).astype(np.uint8), 64, 256)


def test_a_label_beside_the_disc_is_left_out(retina):
    labelled = np.zeros((600, 900, 3), np.uint8)
    labelled[50:550, 300:800] = _resized(retina, 500)
    cv2.putText(
        labelled, "OD 45", (5, 60), cv2.FONT_HERSHEY_PLAIN, 4, (255,) * 3, 4
    )
    _assert_equal(labelled, 64, 256)


@pytest.mark.parametrize(
    "photograph",
    [
        np.zeros((60, 80, 3), np.uint8),
        np.full((300, 300, 3), 255, np.uint8),
        # Paper with some print on it.
        np.tile(np.uint8([[[255] * 3] * 9 + [[120] * 3]]), (300, 30, 1)),
        # A bright spot that is too small.
        np.pad(
            np.full((40, 40, 3), 200, np.uint8), ((90, 90), (90, 90), (0, 0))
        ),
    ],
)
def test_refuses_what_python_refuses_in_the_same_words(photograph):
    with pytest.raises(NoFieldOfViewError) as refused:
        find_field_of_view(photograph)
    answer, _ = preprocess(photograph, 64, 256)
    assert answer["error"] == str(refused.value)


def test_real_photographs(idrid):
    files = sorted(idrid.rglob("*.jpg"))
    for file in files[:: len(files) // 4][:4]:
        _assert_equal(read_photograph(file), 128, 512)


@pytest.mark.parametrize(
    "view",
    [
        FieldOfView(top=-7, left=20, side=150, height=130, width=200),
        FieldOfView(top=3, left=2, side=41, height=50, width=44),
    ],
    ids=["enlarged and cut off", "reduced"],
)
def test_lesions_on_the_photograph_are_python_s(view):
    rng = np.random.default_rng(0)
    noise = rng.random((64, 64, len(LESIONS)), np.float32)
    # Blobs of a few pixels.
    maps = cv2.GaussianBlur(noise, (0, 0), 2) * 4 - 1.5
    output = run_node(
        "lesion_masks.js",
        maps.tobytes(),
        json.dumps(dataclasses.asdict(view)),
        len(LESIONS),
        0.5,
        1000,
    )
    for i, found in enumerate(json.loads(output)):
        expected = uncrop(maps[..., i], view) >= 0.5
        mask = np.zeros_like(expected)
        for row, start, end in found["runs"]:
            mask[row, start:end] = True
        assert expected.any()
        # Where a value is 0.5 up to rounding, either is right.
        assert np.mean(mask != expected) < 1e-3
        area = measure_lesion(mask, 1000)
        assert found["pixels"] == area.pixels
        assert found["regions"] == area.regions
        assert found["percent"] == pytest.approx(area.percent)
