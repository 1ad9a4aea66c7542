"""Tests of the mask of the retina."""

import cv2
import numpy as np
import pytest

from dmtdr_tf.evidence import retina


def disc(size, radius, value=0.6):
    photograph = np.zeros((size, size, 3), np.float32)
    cv2.circle(
        photograph, (size // 2, size // 2), radius, (value, 0.3, 0.1), -1
    )
    return photograph


def mask_of(photograph):
    return retina(photograph[None]).numpy()[0, ..., 0]


@pytest.mark.parametrize("size", [128, 256, 512])
def test_a_disc_is_marked_to_the_pixel(size):
    photograph = disc(size, size * 45 // 100)
    np.testing.assert_array_equal(mask_of(photograph), photograph[..., 0] > 0)


def test_dark_spots_inside_belong_to_the_retina():
    photograph = disc(256, 110)
    cv2.circle(photograph, (120, 130), 6, (0.01, 0.0, 0.0), -1)
    assert mask_of(photograph)[130, 120] == 1


def test_captions_in_the_frame_do_not():
    caption = np.zeros((512, 512, 3), np.uint8)
    cv2.putText(
        caption, "OD 12", (5, 500), cv2.FONT_HERSHEY_PLAIN, 1.5, (255,) * 3
    )
    mask = mask_of(np.maximum(disc(512, 220), caption / np.float32(255)))
    np.testing.assert_array_equal(mask, disc(512, 220)[..., 0] > 0)


@pytest.mark.parametrize("value", [0.0, 0.5, 1.0])
def test_a_photograph_of_one_color_is_all_retina(value):
    assert mask_of(np.full((64, 64, 3), value, np.float32)).all()


def test_a_retina_that_the_frame_cuts_off_reaches_the_border():
    photograph = disc(256, 160)
    mask = mask_of(photograph)
    np.testing.assert_array_equal(mask, photograph[..., 0] > 0)
    assert mask[0, 128] == 1


def test_is_the_same_for_a_darker_photograph():
    bright, dark = disc(256, 110, 0.8), disc(256, 110, 0.8) * 0.2
    np.testing.assert_array_equal(mask_of(bright), mask_of(dark))
