import itertools

import numpy as np
import pytest
from scipy import ndimage
from skimage.color import deltaE_ciede2000, rgb2lab

from dmtdr_tf.drawing.overlays import (
    LESION_COLORS,
    color_map,
    draw_lesions,
    outline,
    overlay_evidence,
    overlay_lesions,
)
from dmtdr_tf.files.errors import UserError

# Machado, Oliveira & Fernandes 2009, severity 1.0; on linear RGB.
VISION = {
    "full": np.eye(3),
    "protanopia": [
        [0.152286, 1.052583, -0.204868],
        [0.114503, 0.786281, 0.099216],
        [-0.003882, -0.048116, 1.051998],
    ],
    "deuteranopia": [
        [0.367322, 0.860646, -0.227968],
        [0.280085, 0.672501, 0.047413],
        [-0.011820, 0.042940, 0.968881],
    ],
    "tritanopia": [
        [1.255528, -0.076749, -0.178779],
        [-0.078411, 0.930809, 0.147602],
        [0.004733, 0.691367, 0.303900],
    ],
}
RETINA = np.array([[168, 80, 42], [200, 120, 60], [122, 46, 24]])


def perceived(colors, vision):
    """CIELAB of 8-bit sRGB colors as an eye sees them."""
    c = np.asarray(colors) / 255.0
    linear = np.where(c <= 0.04045, c / 12.92, ((c + 0.055) / 1.055) ** 2.4)
    linear = np.clip(linear @ np.transpose(vision), 0, 1)
    low = linear <= 0.0031308
    c = np.where(low, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055)
    return rgb2lab(c[None])[0]


@pytest.mark.parametrize("vision", VISION)
def test_colors_differ_to_every_eye(vision):
    lesions = perceived(LESION_COLORS, VISION[vision])
    retina = perceived(RETINA, VISION[vision])
    for one, other in itertools.combinations(lesions, 2):
        assert deltaE_ciede2000(one, other) > 15
    for lesion, background in itertools.product(lesions, retina):
        assert deltaE_ciede2000(lesion, background) > 9


def test_soft_overlay_by_hand():
    photograph = np.full((1, 1, 3), 0.2, np.float32)
    lesions = np.array([[[0.5, 0, 0, 0.25]]], np.float32)
    after_first = 0.7 * 0.2 + 0.3 * LESION_COLORS[0] / 255.0
    expected = 0.85 * after_first + 0.15 * LESION_COLORS[3] / 255.0
    drawn = overlay_lesions(photograph, lesions, opacity=0.6)
    np.testing.assert_allclose(drawn[0, 0], expected, atol=1e-6)


def test_threshold_draws_the_mask_and_includes_equality():
    photograph = np.zeros((1, 3, 3), np.uint8)
    lesions = np.zeros((1, 3, 4), np.float32)
    lesions[0, :, 1] = (0.49, 0.5, 0.9)
    drawn = overlay_lesions(photograph, lesions, threshold=0.5, opacity=1.0)
    assert drawn.dtype == np.uint8
    np.testing.assert_array_equal(drawn[0, 0], 0)
    np.testing.assert_array_equal(drawn[0, 1], LESION_COLORS[1])
    np.testing.assert_array_equal(drawn[0, 2], LESION_COLORS[1])


@pytest.mark.parametrize("dtype", ["uint8", "float32"])
def test_batch_equals_its_photographs_and_no_lesion_changes_nothing(dtype):
    rng = np.random.default_rng(0)
    batch = rng.random((2, 5, 6, 3))
    batch = (batch * 255 if dtype == "uint8" else batch).astype(dtype)
    lesions = rng.random((2, 5, 6, 4)).astype("float32")
    drawn = overlay_lesions(batch, lesions)
    assert drawn.dtype == batch.dtype
    for one, photograph, maps in zip(drawn, batch, lesions, strict=True):
        np.testing.assert_array_equal(one, overlay_lesions(photograph, maps))
    np.testing.assert_array_equal(overlay_lesions(batch, 0 * lesions), batch)
    none = np.zeros((2, 5, 6, 1))
    np.testing.assert_array_equal(overlay_evidence(batch, none), batch)


def test_color_map_is_viridis():
    # Its ends and middle, as published with it.
    values = np.array([0.0, 0.5, 1.0, -3.0, 7.0]).reshape(1, 5, 1)
    ends = [(68, 1, 84), (33, 145, 140), (253, 231, 37)]
    mapped = color_map(values)[0].astype(int)
    np.testing.assert_allclose(mapped[:3], ends, atol=2)
    np.testing.assert_array_equal(mapped[3:], mapped[[0, 2]])
    ramp = color_map(np.linspace(0, 1, 64).reshape(1, 64, 1))
    assert (np.diff(rgb2lab(ramp)[0, :, 0]) > 0).all()


def test_evidence_overlay_by_hand():
    photograph = np.full((1, 2, 3), 1.0, np.float32)
    evidence = np.array([1.0, 0.5]).reshape(1, 2, 1)
    drawn = overlay_evidence(photograph, evidence, opacity=0.8)
    full, half = color_map(evidence)[0] / 255.0
    np.testing.assert_allclose(drawn[0, 0], 0.2 + 0.8 * full, atol=1e-6)
    np.testing.assert_allclose(drawn[0, 1], 0.6 + 0.4 * half, atol=1e-6)


def test_outline_is_the_pixels_near_but_outside():
    rng = np.random.default_rng(1)
    mask = rng.random((40, 40)) < 0.02
    distance = ndimage.distance_transform_edt(~mask)
    np.testing.assert_array_equal(outline(mask, 1), (distance == 1))
    # OpenCV's ellipse lies between the disc and the square.
    band = outline(mask, 3)
    assert band[(distance > 0) & (distance <= 3)].mean() > 0.85
    assert not band[distance > 4.25].any()
    assert not band[mask].any()


def test_draw_lesions_keeps_what_is_elsewhere():
    photograph = np.full((20, 30, 3), 100, np.uint8)
    masks = np.zeros((20, 30, 4), bool)
    masks[8:11, 8:11, 2] = True
    drawn = draw_lesions(photograph, masks, opacity=0.5)
    expected = np.rint(0.5 * 100 + 0.5 * LESION_COLORS[2])
    np.testing.assert_allclose(drawn[9, 9], expected, atol=1)
    np.testing.assert_array_equal(drawn[9, 7], LESION_COLORS[2])
    np.testing.assert_array_equal(drawn[:, 15:], photograph[:, 15:])
    assert (photograph == 100).all()


def test_refuses_what_does_not_fit():
    photograph = np.zeros((4, 4, 3), np.float32)
    lesions = np.zeros((4, 4, 4), np.float32)
    with pytest.raises(UserError, match="lesions: must be"):
        overlay_lesions(photograph, lesions[..., :3])
    with pytest.raises(UserError, match="photograph: must be"):
        overlay_lesions(photograph[..., :1], lesions)
    with pytest.raises(UserError, match="opacity: "):
        overlay_lesions(photograph, lesions, opacity=1.5)
    with pytest.raises(UserError, match="evidence: must be"):
        overlay_evidence(photograph, lesions)
    with pytest.raises(UserError, match="masks: must be"):
        draw_lesions(photograph.astype("uint8"), lesions[:2])
