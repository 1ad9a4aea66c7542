"""Drawn discs of known center and radius, hand-worked cells, round trips."""

import numpy as np
import pytest
import skimage.data

from dmtdr_tf.files.errors import UserError
from dmtdr_tf.preprocessing.cropping import crop_photograph
from dmtdr_tf.preprocessing.field_of_view import (
    FieldOfView,
    NoFieldOfViewError,
    find_field_of_view,
)
from dmtdr_tf.preprocessing.reading import read_photograph

RETINA_COLOR = np.array((180, 90, 40))


def _disc(height, width, center, radius, brightness=1.0, background=0):
    """Draws a vignetted disc; center is (x, y) in pixels."""
    ys, xs = np.mgrid[:height, :width] + 0.5
    distance = np.hypot(xs - center[0], ys - center[1]) / radius
    level = np.where(distance <= 1, 1 - 0.5 * distance**2, 0)
    drawn = level[..., None] * RETINA_COLOR * brightness
    return np.maximum(drawn, background).round().astype(np.uint8)


def _noisy(photograph, deviation=6.0):
    noise = np.random.default_rng(0).normal(0, deviation, photograph.shape)
    return np.clip(photograph + noise, 0, 255).astype(np.uint8)


def _assert_square(found, left, top, side, tolerance):
    got = np.array((found.left, found.top, found.side))
    np.testing.assert_allclose(got, (left, top, side), atol=tolerance)


@pytest.mark.parametrize("scale", [1, 4])
@pytest.mark.parametrize("center", [(150, 100), (110, 95), (205, 110)])
def test_whole_disc_is_found_where_it_was_drawn(center, scale):
    x, y = (scale * value for value in center)
    found = find_field_of_view(
        _disc(200 * scale, 300 * scale, (x, y), 80 * scale)
    )
    _assert_square(
        found, x - 80 * scale, y - 80 * scale, 160 * scale, 2 * scale
    )
    assert (found.height, found.width) == (200 * scale, 300 * scale)


def test_disc_cut_off_at_top_and_bottom_is_padded():
    # As in IDRiD: 200 rows of a disc 240 across; 20 rows of black each side.
    found = find_field_of_view(_disc(200, 300, (150, 100), 120))
    _assert_square(found, 30, -20, 240, 2)
    square = crop_photograph(_disc(200, 300, (150, 100), 120), found, 120)
    assert (square[:9] == 0).all()
    assert (square[-9:] == 0).all()
    assert (square[12:-12, 60] > 0).all()


@pytest.mark.parametrize(
    ("brightness", "background"),
    [(1.0, 0), (1.0, 15), (0.3, 0), (0.3, 9), (0.12, 0)],
)
def test_dark_and_noisy_photographs_give_the_same_square(
    brightness, background
):
    photograph = _disc(400, 600, (300, 200), 180, brightness, background)
    found = find_field_of_view(_noisy(photograph, 2.0 + 4 * brightness))
    _assert_square(found, 120, 20, 360, 12)


def test_small_bright_things_beside_the_disc_are_left_out():
    photograph = _disc(400, 600, (300, 200), 150)
    photograph[10:40, 10:90] = 255  # A label.
    photograph[195:200, 450:600] = 255  # A line that touches the disc.
    _assert_square(find_field_of_view(photograph), 150, 50, 300, 4)


def test_photograph_filled_by_the_retina_is_kept_whole():
    rng = np.random.default_rng(0)
    photograph = np.full((120, 160, 3), RETINA_COLOR, np.uint8)
    photograph[40:60] = (90, 40, 20)  # A vessel.
    photograph = np.clip(
        photograph + rng.normal(0, 5, photograph.shape), 0, 255
    )
    found = find_field_of_view(photograph.astype(np.uint8))
    assert found == FieldOfView(-20, 0, 160, 120, 160)


def test_real_retina_is_found_whole_and_cropped():
    photograph = skimage.data.retina()
    found = find_field_of_view(photograph)
    # Its disc touches all four sides of its 1411 x 1411 pixels.
    assert found.side > 1340
    assert min(found.top, found.left) > -35
    cropped = photograph[400:1000, 400:1000]
    assert find_field_of_view(cropped) == FieldOfView(0, 0, 600, 600, 600)


@pytest.mark.parametrize(
    "photograph",
    [
        np.zeros((60, 80, 3), np.uint8),
        np.full((60, 80, 3), 255, np.uint8),
        np.full((60, 80, 3), (180, 90, 40), np.uint8),
        _noisy(np.zeros((300, 400, 3), np.uint8), 5.0),
        _noisy(np.full((60, 80, 3), 250, np.uint8), 20.0),
        _disc(200, 300, (150, 100), 20),
        np.zeros((1, 1, 3), np.uint8),
    ],
    ids=["black", "white", "flat", "noise", "paper", "spot", "pixel"],
)
def test_no_field_of_view_is_an_error(photograph):
    with pytest.raises(NoFieldOfViewError, match="no field of view") as caught:
        find_field_of_view(photograph)
    assert isinstance(caught.value, UserError)


def test_square_outside_the_photograph_is_refused():
    with pytest.raises(ValueError, match="does not meet"):
        FieldOfView(top=50, left=0, side=10, height=50, width=50)


def test_idrid_photographs_have_one_camera(idrid):
    paths = sorted(idrid.glob("B. Disease Grading/1. Original Images/*/*.jpg"))
    photographs = [read_photograph(path) for path in paths[::40]]
    assert len(photographs) > 5
    for photograph in photographs:
        view = find_field_of_view(photograph)
        # One camera: a disc of 1200 of 1500 pixels, cut to 996 rows.
        _assert_square(view, 94, -102, 1199, 12)
        dark = (photograph * 0.2).astype(np.uint8)
        again = find_field_of_view(_noisy(dark, 4.0))
        _assert_square(again, view.left, view.top, view.side, 12)
