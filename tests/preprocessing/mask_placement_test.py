"""Masks that cannot belong to their photograph."""

import cv2
import numpy as np
import pytest

from dmtdr_tf.preprocessing import FieldOfView, prepare, read_mask
from dmtdr_tf.preprocessing.mask_placement import check_placement

# A disc of radius 60 in a frame of 100 x 150, cut off above and below.
EYE = FieldOfView(top=-10, left=15, side=120, height=100, width=150)


def _disc(center, radius):
    mask = np.zeros((100, 150), np.uint8)
    return cv2.circle(mask, center, radius, 1, -1)


@pytest.mark.parametrize(
    "mask",
    [
        np.zeros((100, 150), np.uint8),
        _disc((75, 50), 20),
        # A little less than half of the field.
        _disc((75, 50), 38),
        # On the rim, with a smaller part outside.
        _disc((17, 50), 2),
    ],
)
def test_possible_mask_passes(mask):
    check_placement(mask, EYE)


@pytest.mark.parametrize(
    ("mask", "reason"),
    [
        (np.ones((100, 150), np.uint8), "covers 100 % .* inverted"),
        (1 - _disc((75, 50), 20), "covers 8. % .* inverted"),
        (_disc((75, 50), 44), "covers 5. %"),
        (_disc((5, 5), 4), "100 % of it lie outside"),
        (_disc((140, 50), 10), "[5-9]. % of it lie outside"),
        (np.zeros((150, 100), np.uint8), "100 x 150 pixels, its .* 150 x 100"),
        (np.zeros((50, 75), np.uint8), "75 x 50 pixels"),
    ],
)
def test_impossible_mask_is_refused(mask, reason):
    with pytest.raises(ValueError, match=reason):
        check_placement(mask, EYE)


def test_masks_of_idrid_pass(idrid):
    part = idrid / "A. Segmentation"
    images = part / "1. Original Images/a. Training Set"
    masks = part / "2. All Segmentation Groundtruths"
    for name in ("IDRiD_17", "IDRiD_18", "IDRiD_10"):
        eye = prepare(images / f"{name}.jpg").field_of_view
        for file in masks.rglob(f"{name}_*.tif"):
            check_placement(read_mask(file), eye)
