"""What is one whole fundus photograph in color, and what is not."""

import cv2
import numpy as np
import pytest
from preprocessing.pictures import FUNDUS, NO_FUNDUS, drawn, retina

from dmtdr_tf.config import QualityConfig
from dmtdr_tf.files.errors import UserError
from dmtdr_tf.preprocessing import (
    NoFundusPhotographError,
    find_field_of_view,
    measure_quality,
    prepare,
    read_photograph,
)
from dmtdr_tf.preprocessing.outline import measure_outline


@pytest.mark.parametrize("name", FUNDUS)
def test_fundus_photographs_pass(name):
    prepare(FUNDUS[name](), QualityConfig())


@pytest.mark.parametrize("name", NO_FUNDUS)
def test_other_pictures_are_refused(name):
    with pytest.raises(UserError):
        prepare(NO_FUNDUS[name](), QualityConfig())


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("gray", r"it has no color \(saturation 0.00, at least 0.15\)"),
        ("white frame", "there is no round field on a dark background"),
        ("two eyes", "there is something beside the field of view"),
        ("cat", "its colors and texture are not those of a retina"),
        ("long", r"it is too long \(aspect ratio 6.00, at most 4\)"),
    ],
)
def test_the_reason_is_told(name, reason):
    with pytest.raises(
        NoFundusPhotographError, match=f"not a fundus photograph: .*{reason}"
    ):
        prepare(NO_FUNDUS[name](), QualityConfig())
    prepare(NO_FUNDUS[name](), QualityConfig(gate=False))


def test_a_field_too_small_for_the_model_is_refused():
    with pytest.raises(UserError, match="its field of view is too small"):
        prepare(retina(40), QualityConfig())


def test_all_drawn_eyes_pass():
    for index in range(12):
        prepare(drawn(128, index), QualityConfig())


def test_all_of_idrid_passes(idrid):
    files = sorted(idrid.glob("*/1. Original Images/**/*.jpg"))
    for file in files[::10]:
        prepare(str(file), QualityConfig())
        photograph = read_photograph(str(file))
        with pytest.raises(NoFundusPhotographError):
            prepare(photograph[..., ::-1].copy(), QualityConfig())


def _disc(x, y, radius, height=200, width=240):
    ys, xs = np.mgrid[:height, :width] + 0.5
    inside = np.hypot(xs - x, ys - y) <= radius
    return (inside[..., None] * np.array([180, 90, 40])).astype(np.uint8)


def _outline(photograph):
    return measure_outline(photograph, find_field_of_view(photograph), 0.7)


@pytest.mark.parametrize(
    ("x", "y", "radius"), [(120, 100, 80), (120, 100, 115), (90, 90, 110)]
)
def test_a_disc_is_round_wherever_the_frame_cuts_it(x, y, radius):
    roundness, outside = _outline(_disc(x, y, radius))
    assert roundness > 0.97
    assert outside == pytest.approx(0, abs=0.03)


def test_a_square_is_not_round():
    square = _disc(0, 0, 0)
    square[30:170, 50:190] = (180, 90, 40)
    assert _outline(square)[0] < 0.5


def test_what_lies_beside_the_disc_is_measured():
    photograph = _disc(80, 100, 60)
    photograph[60:100, 180:220] = 200
    share = 40 * 40 / (np.pi * 60**2)
    assert _outline(photograph)[1] == pytest.approx(share, rel=0.05)
    cv2.rectangle(photograph, (70, 80), (239, 120), (200, 200, 200), -1)
    assert _outline(photograph)[1] > 0.3


def test_saturation_by_hand():
    photograph = np.full((100, 100, 3), (200, 100, 50), np.uint8)
    photograph[:50] = 90
    square = find_field_of_view(photograph)
    measured = measure_quality(photograph, square)
    assert measured.saturation == pytest.approx(0.75 / 2)
    assert measured.side == 100
    assert measured.aspect == 1
