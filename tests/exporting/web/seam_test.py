"""The page's search for the seam of a flipped bit equals Python's."""

import json

import numpy as np
import pytest
import simplejpeg
from exporting.web.node import NODE, run_node
from fixtures.photograph_files import flipped_bits, jpeg, shifted

from dmtdr_tf.exporting.saved_model.warm_up import draw_eye
from dmtdr_tf.preprocessing.decoding.exif import upright
from dmtdr_tf.preprocessing.decoding.seam import has_seam

pytestmark = pytest.mark.skipif(not NODE, reason="Node.js is not installed")


def by_the_page(pictures, orientation=1):
    """What the page says of pictures of one size, which are stored so."""
    height, width = pictures[0].shape[:2]
    content = b"".join(upright(one, orientation).tobytes() for one in pictures)
    return json.loads(run_node("seam.js", content, width, height, orientation))


@pytest.mark.parametrize("orientation", range(1, 9))
def test_an_intact_eye_has_none_and_a_shift_from_one_block_on_is_one(
    orientation,
):
    eye = draw_eye(320)[8:-27]
    shifts = [
        shifted(eye, 18, 20, height, shift)
        for height in (1, 2)
        for shift in (9, -14, (0, 40, 0), 90)
    ]
    assert by_the_page([eye, *shifts], orientation) == [False] + [True] * 8


def test_bars_straight_cuts_and_small_pictures_have_none():
    eye = draw_eye(320)
    bars = np.concatenate([np.full((64, 320, 3), 90, np.uint8), eye[64:]])
    cut = eye.copy()
    cut[:64] = 12
    assert by_the_page([bars, cut]) == [False, False]
    assert by_the_page([eye[:31]]) == [False]
    assert by_the_page([eye[:, :55]]) == [False]


def test_the_same_files_of_flipped_bits_are_noticed():
    eye = draw_eye(320)
    pictures = [
        pixels
        for subsampling in range(3)
        for pixels in flipped_bits(
            jpeg(eye, subsampling=subsampling), 80, subsampling
        )
    ]
    expected = [has_seam(pixels) for pixels in pictures]
    assert by_the_page(pictures) == expected
    assert sum(expected) >= 3


def test_real_photographs_have_none(idrid):
    files = sorted(idrid.rglob("*.jpg"))
    for file in files[:: len(files) // 6]:
        pixels = simplejpeg.decode_jpeg(file.read_bytes())
        assert by_the_page([pixels]) == [False]
