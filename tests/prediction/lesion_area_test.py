import numpy as np
import pytest
from skimage.measure import label

from dmtdr_tf.prediction.lesion_area import (
    LesionArea,
    measure_lesion,
    retina_share,
)


def test_measures_by_hand():
    mask = np.zeros((6, 8), bool)
    mask[0, 0] = mask[1, 1] = True  # Touch at a corner: one region.
    mask[4, 4:7] = True
    assert measure_lesion(mask, 40.0) == LesionArea(5, 12.5, 2)
    assert measure_lesion(np.zeros((6, 8)), 40.0) == LesionArea(0, 0.0, 0)


def test_regions_agree_with_scikit_image():
    mask = np.random.default_rng(0).random((60, 60)) < 0.2
    _, count = label(mask, connectivity=2, return_num=True)
    area = measure_lesion(mask, 3600.0)
    assert area.regions == count
    assert area.percent == pytest.approx(100 * mask.mean())


def test_share_of_a_disc_and_of_a_filled_frame():
    side = 201
    ys, xs = np.mgrid[:side, :side] - side // 2
    disc = ys**2 + xs**2 <= (side / 2) ** 2
    square = np.where(disc[..., None], [0.7, 0.3, 0.1], 0.02)
    assert retina_share(square) == pytest.approx(np.pi / 4, abs=0.005)
    # The camera cut the disc off at top and bottom.
    square[:30] = square[-30:] = 0.0
    assert retina_share(square) == pytest.approx(
        disc[30:-30].sum() / side**2, abs=1e-6
    )
    assert retina_share(np.full((9, 9, 3), 0.4)) == 1.0


@pytest.mark.parametrize(
    ("pixels", "percent", "text"),
    [
        (0, 0.0, "0"),
        (3, 0.0004, "< 0.01"),
        (50, 1.234, "1.23"),
        (900, 12.34, "12.3"),
    ],
)
def test_percentage_as_text(pixels, percent, text):
    assert LesionArea(pixels, percent, 1).percent_text == text
