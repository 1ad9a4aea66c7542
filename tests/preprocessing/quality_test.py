import dataclasses

import cv2
import numpy as np
import pytest
import skimage.data
from scipy import ndimage

from dmtdr_tf.config.quality import QualityConfig
from dmtdr_tf.files.errors import UserError
from dmtdr_tf.preprocessing.field_of_view import FieldOfView, find_field_of_view
from dmtdr_tf.preprocessing.quality import (
    Quality,
    UngradablePhotographError,
    check_quality,
    measure_quality,
)

GOOD = Quality(sharpness=0.9, brightness=0.6, overexposed=0.0, field=0.9)


@pytest.fixture(scope="module")
def retina():
    """A real, sharp photograph of a healthy eye."""
    return skimage.data.retina()


def _measured(photograph):
    return measure_quality(photograph, find_field_of_view(photograph))


def _whole(photograph):
    side = len(photograph)
    return measure_quality(photograph, FieldOfView(0, 0, side, side, side))


def test_sharpness_agrees_with_an_independent_computation():
    rng = np.random.default_rng(0)
    gray = ndimage.gaussian_filter(rng.normal(size=(200, 200)), 1.5)
    gray = np.clip(120 + 60 * gray / gray.std(), 20, 255).astype(np.uint8)
    blurs = [
        ndimage.gaussian_filter(gray.astype(float), s, mode="mirror")
        for s in (1, 2, 4)
    ]
    # 12 pixels from the frame's edge; OpenCV's kernels are cut off earlier.
    fine, coarse = (
        (blurs[i] - blurs[i + 1])[12:-12, 12:-12].std() for i in (0, 1)
    )
    measured = _whole(np.repeat(gray[..., None], 3, -1)).sharpness
    assert measured == pytest.approx(fine / coarse, rel=0.02)


def test_a_real_photograph_is_sharp_until_it_is_blurred(retina):
    sharp = _measured(retina)
    assert sharp.sharpness > 0.7
    # Three pixels of 256, in the photograph's own pixels.
    blurred = cv2.GaussianBlur(retina, (0, 0), 3 * len(retina) / 256)
    assert _measured(blurred).sharpness < 0.43
    # Exposure does not move it.
    dim = (retina * 0.6).astype(np.uint8)
    assert _measured(dim).sharpness == pytest.approx(sharp.sharpness, rel=0.1)


def test_a_small_photograph_is_not_blurred_by_enlarging(retina):
    small = cv2.resize(retina, (128, 128), interpolation=cv2.INTER_AREA)
    assert _measured(small).sharpness > 0.5


def test_brightness_exposure_and_field_by_hand():
    image = np.zeros((200, 200, 3), np.uint8)
    image[:100, :] = (100, 50, 20)
    image[:25, :] = (255, 255, 255)
    found = _whole(image)
    assert found.brightness == pytest.approx((75 * 100 + 25 * 255) / 25500)
    assert found.overexposed == pytest.approx(0.25)
    assert found.field == pytest.approx(0.5, abs=0.01)
    assert found.sharpness > 0


def test_nothing_to_measure():
    black = np.zeros((64, 64, 3), np.uint8)
    nothing = Quality(0.0, 0.0, 0.0, 0.0, 64.0, 1.0, 0.0, 0.0, 0.0, 0.0)
    assert _whole(black) == nothing
    assert _whole(black + 90).sharpness == 0.0
    assert _whole(black[:16, :16] + 90).sharpness == 0.0


@pytest.mark.parametrize(
    ("measure", "value", "reason"),
    [
        ("sharpness", 0.3, r"it is blurred \(sharpness 0.30, at least 0.43\)"),
        ("brightness", 0.05, "it is too dark"),
        ("overexposed", 0.4, r"it is overexposed \(40% of it, at most 25%\)"),
        ("field", 0.2, "too little of the field of view is in it"),
    ],
)
def test_gate_says_why(measure, value, reason):
    check_quality(GOOD, QualityConfig())
    poor = dataclasses.replace(GOOD, **{measure: value})
    with pytest.raises(UngradablePhotographError, match=reason):
        check_quality(poor, QualityConfig())
    check_quality(poor, QualityConfig(gate=False))


def test_gate_names_every_reason():
    with pytest.raises(UngradablePhotographError, match="blurred.*dark"):
        check_quality(Quality(0.1, 0.05, 0.0, 0.9), QualityConfig())


def test_thresholds_out_of_range_are_refused():
    with pytest.raises(UserError, match=r"quality\.max_overexposed"):
        QualityConfig(max_overexposed=1.5)
    with pytest.raises(UserError, match=r"quality\.min_sharpness"):
        QualityConfig(min_sharpness=-0.1)
