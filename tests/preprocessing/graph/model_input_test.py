"""The graph against our Python, on drawn and on real photographs."""

import cv2
import numpy as np
import pytest
import skimage.data
import tensorflow as tf
from scipy import ndimage

from dmtdr_tf.preprocessing.field_of_view import (
    NoFieldOfViewError,
    find_field_of_view,
)
from dmtdr_tf.preprocessing.graph.field_of_view import _connected, _ellipse
from dmtdr_tf.preprocessing.graph.field_of_view import (
    find_field_of_view as find_in_graph,
)
from dmtdr_tf.preprocessing.graph.model_input import model_input_from_bytes
from dmtdr_tf.preprocessing.model_input import model_input
from dmtdr_tf.preprocessing.reading import read_photograph

# OpenCV rounds to 8 bits; a value halfway may go the other way.
STEP = 1.01 / 255

find = tf.function(
    find_in_graph,
    input_signature=[tf.TensorSpec((None, None, 3), tf.uint8)],
)


def disc(height, width, center, radius, brightness=1.0, background=0):
    """A disc, dark towards its edge, with noise; center is (x, y)."""
    ys, xs = np.mgrid[:height, :width] + 0.5
    distance = np.hypot(xs - center[0], ys - center[1]) / radius
    level = np.where(distance <= 1, 1 - 0.5 * distance**2, 0)
    drawn = level[..., None] * np.array((180, 90, 40)) * brightness
    noise = np.random.default_rng(0).normal(0, 3, drawn.shape)
    return np.clip(np.maximum(drawn, background) + noise, 0, 255).astype(
        np.uint8
    )


def labelled():
    """A disc with a label, a line that touches it, and specks."""
    photograph = disc(400, 600, (300, 200), 150)
    photograph[10:40, 10:90] = 255
    photograph[195:200, 450:600] = 255
    photograph[300:340, 20:60] = 200
    return photograph


def filled():
    photograph = np.full((120, 160, 3), (180, 90, 40), np.uint8)
    photograph[40:60] = (90, 40, 20)
    return photograph


def specks():
    """Enough that is bright, but no part a tenth of the whole."""
    photograph = np.zeros((200, 300, 3), np.uint8)
    for left in (20, 120, 220):
        photograph[60:120, left : left + 60] = (180, 90, 40)
    return photograph


def paper():
    photograph = np.zeros((200, 300, 3), np.uint8)
    photograph[20:180, 20:280] = 250
    return photograph


PHOTOGRAPHS = {
    "whole": lambda: disc(200, 300, (110, 95), 80),
    "cut at top and bottom": lambda: disc(700, 1000, (500, 350), 420),
    "tall": lambda: disc(1500, 900, (450, 750), 400),
    "dark": lambda: disc(400, 600, (300, 200), 180, 0.3, 9),
    "labelled": labelled,
    "filled": filled,
    "square of 512": lambda: disc(512, 512, (256, 256), 250),
    "one more than 512": lambda: disc(513, 513, (250, 256), 230),
    "tiny": lambda: disc(40, 50, (25, 20), 18),
    "real": skimage.data.retina,
    "a part of a real one": lambda: skimage.data.retina()[400:1000, 400:1000],
}


@pytest.mark.parametrize("name", PHOTOGRAPHS)
def test_the_square_is_python_s(name):
    photograph = PHOTOGRAPHS[name]()
    view = find_field_of_view(photograph)
    found = find(photograph).numpy().tolist()
    assert found == [view.top, view.left, view.side]


def small_disc():
    ys, xs = np.mgrid[:60, :60] - 29.5
    disc = (np.hypot(ys, xs) < 29)[..., None]
    return (disc * np.array([180, 90, 40])).astype(np.uint8)


@pytest.mark.parametrize(
    ("photograph", "message"),
    [
        (np.zeros((60, 80, 3), np.uint8), "black or flat"),
        (np.full((60, 80, 3), 255, np.uint8), "black or flat"),
        (np.full((60, 80, 3), (180, 90, 40), np.uint8), "black or flat"),
        (specks(), "no bright disc"),
        (np.pad(small_disc(), [(90, 90)] * 2 + [(0, 0)]), "mostly black"),
        (paper(), "mostly white"),
    ],
)
def test_no_field_of_view_is_python_s_message(photograph, message):
    with pytest.raises(NoFieldOfViewError, match=message):
        find_field_of_view(photograph)
    with pytest.raises(tf.errors.InvalidArgumentError, match=message):
        find(photograph)


def test_a_strip_of_pixels_is_refused():
    with pytest.raises(tf.errors.InvalidArgumentError, match="3 x 3"):
        find(np.zeros((1, 80, 3), np.uint8))


@pytest.mark.parametrize("density", [0.1, 0.4, 0.6])
def test_components_are_scipy_s(density):
    # Dense noise makes components that wind through the whole picture.
    mask = np.random.default_rng(3).random((60, 83)) < density
    expected, count = ndimage.label(mask, np.ones((3, 3)))
    labels = _connected(tf.constant(mask)).numpy()
    assert len(np.unique(labels[mask])) == count
    pairs = np.unique(np.stack([labels[mask], expected[mask]]), axis=1)
    assert pairs.shape[1] == count
    assert not labels[~mask].any()


def test_a_spiral_is_one_component():
    spiral = np.zeros((41, 41), bool)
    y = x = 20
    spiral[y, x] = True
    for turn in range(18):
        dy, dx = ((0, 1), (1, 0), (0, -1), (-1, 0))[turn % 4]
        for _ in range(2 * (turn // 2 + 1)):
            y, x = y + dy, x + dx
            spiral[y, x] = True
    labels = _connected(tf.constant(spiral)).numpy()
    assert set(np.unique(labels)) == {0, labels[20, 20]}


@pytest.mark.parametrize("shortest", [10, 60, 130, 333, 512])
def test_the_opening_s_ellipse_is_opencv_s(shortest):
    reach = max(1, round(shortest / 50))
    size = (2 * reach + 1, 2 * reach + 1)
    expected = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, size)
    kernel = _ellipse(tf.constant([shortest, 600])).numpy()
    inner = slice(10 - reach, 11 + reach)
    np.testing.assert_array_equal(kernel[inner, inner], expected)
    assert kernel.sum() == expected.sum()


@pytest.mark.parametrize("sizes", [(16, 64), (64, 256), (128, 1024)])
@pytest.mark.parametrize("name", ["tiny", "whole", "tall", "real"])
def test_the_model_s_input_is_python_s(name, sizes):
    photograph = PHOTOGRAPHS[name]()
    content = cv2.imencode(".png", photograph[..., ::-1])[1].tobytes()
    low_res, view = model_input_from_bytes(tf.constant(content), *sizes)
    expected = find_field_of_view(photograph)
    assert view.numpy().tolist() == [
        expected.top,
        expected.left,
        expected.side,
        *photograph.shape[:2],
    ]
    np.testing.assert_allclose(
        low_res, model_input(photograph, expected, *sizes)[0], atol=STEP
    )


def test_real_photographs_have_python_s_square_and_input(idrid):
    paths = sorted(idrid.glob("B. Disease Grading/1. Original Images/*/*.jpg"))
    assert len(paths) > 300
    for path in paths[::40]:
        photograph = read_photograph(path)
        view = find_field_of_view(photograph)
        low_res, found = model_input_from_bytes(
            tf.constant(path.read_bytes()), 256, 1024
        )
        assert found.numpy()[:3].tolist() == [view.top, view.left, view.side]
        expected, _ = model_input(photograph, view, 256, 1024)
        np.testing.assert_allclose(low_res, expected, atol=STEP)
