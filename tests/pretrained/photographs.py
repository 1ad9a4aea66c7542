"""Photographs that every shipped model is asked about."""

import pathlib

import cv2
import skimage.data

# Drawn once, and kept: what `synthetic_fundus` draws may change.
DRAWN = pathlib.Path(__file__).with_name("drawn_eye.png")


def photographs():
    """One real, healthy eye and one drawn one: uint8 `[H, W, 3]`."""
    return {
        "scikit_image_retina": skimage.data.retina(),
        "drawn_eye": cv2.imread(str(DRAWN))[..., ::-1].copy(),
    }
