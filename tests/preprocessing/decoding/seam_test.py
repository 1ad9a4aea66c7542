"""Tests of the seam that an unnoticed flipped bit leaves."""

import numpy as np
import pytest
import simplejpeg
import tensorflow as tf
from fixtures.photograph_files import flipped_bits, jpeg, shifted

from dmtdr_tf.exporting.saved_model.warm_up import draw_eye
from dmtdr_tf.preprocessing.decoding.jpeg import decode_jpeg
from dmtdr_tf.preprocessing.decoding.seam import has_seam
from dmtdr_tf.preprocessing.graph.decoding import decode_photograph
from dmtdr_tf.preprocessing.graph.seam import has_seam as has_seam_in_graph


@pytest.mark.parametrize("size", [256, 333, 520])
def test_an_intact_eye_has_none(size):
    eye = draw_eye(size)
    assert not has_seam(eye)
    assert not has_seam_in_graph(eye)


@pytest.mark.parametrize("height", [1, 2])
@pytest.mark.parametrize("shift", [9, -14, (0, 40, 0), 90])
def test_a_shift_from_one_block_on_is_one(height, shift):
    eye = draw_eye(320)
    broken = shifted(eye, 18, 20, height, shift)
    assert has_seam(broken)
    assert has_seam_in_graph(broken)


def test_bars_and_straight_cuts_are_none():
    eye = draw_eye(320)
    bars = np.concatenate([np.full((64, 320, 3), 90, np.uint8), eye])
    cut = eye.copy()
    cut[:64] = 12
    for picture in (bars, cut):
        assert not has_seam(picture)
        assert not has_seam_in_graph(picture)


def test_flipped_bits_that_no_decoder_notices():
    eye = draw_eye(320)
    large, caught = 0, 0
    for subsampling in range(3):
        content = jpeg(eye, subsampling=subsampling)
        intact = simplejpeg.decode_jpeg(content)
        assert not has_seam(intact)
        for pixels in flipped_bits(content, 80, subsampling):
            changed = np.abs(pixels - intact.astype(int)).max(axis=-1) > 4
            if changed.mean() < 0.2:
                continue
            large += 1
            in_python = has_seam(pixels)
            assert in_python == bool(has_seam_in_graph(pixels))
            caught += in_python
    assert large >= 15
    # A part of them: where the eye is black, a darker shift does not show.
    assert caught >= large / 5


def test_a_file_with_a_seam_is_refused_everywhere():
    broken = shifted(draw_eye(320), 18, 20, 2, 24)
    content = jpeg(broken, quality=95, subsampling=0)
    with pytest.raises(ValueError, match="damaged .* is shifted"):
        decode_jpeg(content)
    with pytest.raises(
        tf.errors.InvalidArgumentError, match="damaged .* is shifted"
    ):
        decode_photograph(tf.constant(content))
