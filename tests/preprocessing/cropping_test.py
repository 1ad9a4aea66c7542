"""Hand-worked cells, independent coverage, and round trips."""

import cv2
import numpy as np
import pytest

from dmtdr_tf.preprocessing.cropping import crop_mask, crop_photograph, uncrop
from dmtdr_tf.preprocessing.field_of_view import FieldOfView, find_field_of_view


def _disc(height, width, center, radius):
    """Draws a vignetted disc; center is (x, y) in pixels."""
    ys, xs = np.mgrid[:height, :width] + 0.5
    distance = np.hypot(xs - center[0], ys - center[1]) / radius
    level = np.where(distance <= 1, 1 - 0.5 * distance**2, 0)
    return (level[..., None] * (180, 90, 40)).round().astype(np.uint8)


def test_another_photograph_s_field_of_view_is_refused():
    with pytest.raises(ValueError, match="4 x 4"):
        crop_mask(np.zeros((5, 4)), FieldOfView(0, 0, 4, 4, 4), 2)


def test_crop_is_the_mean_over_each_cell():
    photograph = np.zeros((4, 4, 3), np.uint8)
    photograph[..., 0] = np.arange(16).reshape(4, 4)
    # Columns -1 to 2: the first is black padding.
    view = FieldOfView(top=0, left=-1, side=4, height=4, width=4)
    cropped = crop_photograph(photograph, view, 2)[..., 0]
    # (0+0+0+4)/4, (1+2+5+6)/4 = 3.5, (0+8+0+12)/4, (9+10+13+14)/4 = 11.5.
    np.testing.assert_allclose(cropped, [[1, 3.5], [5, 11.5]], atol=0.5)


def test_small_photograph_is_enlarged_without_shift():
    photograph = _disc(60, 60, (30, 30), 28)
    view = find_field_of_view(photograph)
    enlarged = crop_photograph(photograph, view, 240)
    assert enlarged.shape == (240, 240, 3)
    back = cv2.resize(
        enlarged, (view.side, view.side), interpolation=cv2.INTER_AREA
    )
    inside = photograph[view.rows, view.columns]
    assert np.abs(back.astype(int) - inside).mean() < 2


def test_mask_cell_is_set_from_half_of_it_on():
    mask = np.zeros((4, 8), np.uint8)
    mask[:2, 0] = 1  # 2 of 4 pixels: set.
    mask[:, 4:8] = 76  # Whole.
    mask[0, 2:4] = mask[1, 3] = 1  # 3 of 4: set.
    mask[2, 3] = 1  # 1 of 4, but joined to the above: not needed.
    view = FieldOfView(top=-2, left=0, side=8, height=4, width=8)
    expected = [[0, 0, 0, 0], [1, 1, 1, 1], [0, 0, 1, 1], [0, 0, 0, 0]]
    np.testing.assert_array_equal(crop_mask(mask, view, 4), expected)


def _coverage(mask, size):
    """Independent: overlap of each cell with each pixel, as a matrix."""
    side = len(mask)
    cells = np.arange(size + 1) * side / size
    low = np.maximum(cells[:-1, None], np.arange(side)[None])
    high = np.minimum(cells[1:, None], np.arange(side)[None] + 1)
    overlap = np.clip(high - low, 0, None) * size / side
    return overlap @ mask @ overlap.T


@pytest.mark.parametrize(("side", "size"), [(37, 16), (64, 16), (16, 37)])
def test_coverage_is_exact_for_any_factor(side, size):
    rng = np.random.default_rng(1)
    mask = cv2.blur(rng.random((side, side)), (5, 5)) > 0.5
    mask = cv2.erode(mask.astype(np.uint8), np.ones((2, 2), np.uint8))
    coverage = _coverage(mask.astype(float), size)
    cells = crop_mask(mask, FieldOfView(0, 0, side, side, side), size)
    clear = np.abs(coverage - 0.5) > 1e-4
    # Whatever half-covered cells there are, are set; the rest are survivors.
    assert (cells[coverage >= 0.5 + 1e-4] == 1).all()
    extra = (cells == 1) & (coverage < 0.5) & clear
    assert (coverage[extra] > 0).all()


def _cells_of(labels, label, cells):
    """Independent: set cells that hold a pixel center of a component."""
    side, size = len(labels), len(cells)
    ys, xs = np.nonzero(labels == label)
    ys = np.floor((ys + 0.5) * size / side).astype(int)
    xs = np.floor((xs + 0.5) * size / side).astype(int)
    return cells[ys, xs].sum()


@pytest.mark.parametrize(("side", "size"), [(256, 16), (250, 48)])
def test_every_component_keeps_a_cell(side, size):
    rng = np.random.default_rng(2)
    mask = (rng.random((side, side)) > 0.995).astype(np.uint8)
    mask = cv2.dilate(mask, np.ones((2, 3), np.uint8))
    cells = crop_mask(mask, FieldOfView(0, 0, side, side, side), size)
    count, labels = cv2.connectedComponents(mask, connectivity=8)
    assert count > 100
    assert all(_cells_of(labels, k, cells) > 0 for k in range(1, count))
    assert cells.sum() <= count - 1


def test_lost_component_takes_the_cell_with_most_of_its_pixels():
    mask = np.zeros((32, 32), np.uint8)
    mask[9, 5:10] = 1  # Columns 5-7 in cell (1, 0), 8-9 in cell (1, 1).
    mask[31, 31] = 1  # A single pixel.
    cells = crop_mask(mask, FieldOfView(0, 0, 32, 32, 32), 4)
    assert np.argwhere(cells).tolist() == [[1, 0], [3, 3]]


def test_empty_mask_stays_empty():
    view = FieldOfView(-4, 2, 16, 8, 20)
    assert not crop_mask(np.zeros((8, 20), np.uint8), view, 4).any()
    # Lesion outside of the square is none of its business.
    outside = np.zeros((8, 20), np.uint8)
    outside[3, 19] = 1
    assert not crop_mask(outside, view, 4).any()


def test_uncrop_puts_cells_where_they_came_from():
    # 4 x 4 square at column 3, one row above the photograph; cells of 2 x 2.
    view = FieldOfView(top=-1, left=3, side=4, height=4, width=8)
    values = np.array([[1, 2], [3, 4]], np.uint8)
    expected = [
        [0, 0, 0, 1, 1, 2, 2, 0],
        [0, 0, 0, 3, 3, 4, 4, 0],
        [0, 0, 0, 3, 3, 4, 4, 0],
        [0, 0, 0, 0, 0, 0, 0, 0],
    ]
    np.testing.assert_array_equal(uncrop(values, view, "nearest"), expected)
    flags = uncrop(values > 2, view, "nearest")
    assert flags.dtype == bool
    np.testing.assert_array_equal(flags, np.array(expected) > 2)
    one = uncrop(values[..., None], view, "nearest")
    np.testing.assert_array_equal(one[..., 0], expected)


@pytest.mark.parametrize("interpolation", ["nearest", "linear", "cubic"])
@pytest.mark.parametrize("size", [48, 96, 300])
def test_round_trip_returns_the_photograph(size, interpolation):
    photograph = _disc(150, 240, (110, 80), 85)
    view = find_field_of_view(photograph)
    square = crop_photograph(photograph, view, size)
    whole = uncrop(square, view, interpolation)
    assert whole.shape == photograph.shape
    # Away from the disc's hard edge the two differ by resampling alone.
    inside = cv2.erode(
        (photograph[..., 0] > 0).astype(np.uint8), np.ones((9, 9))
    )
    error = np.abs(whole.astype(int) - photograph)[inside > 0]
    assert error.mean() < 2.5
    # A shift by one pixel would show: the moments agree better than that.
    for axis in (0, 1):
        centers = [_center(image, axis) for image in (photograph, whole)]
        assert abs(centers[0] - centers[1]) < 0.35


def _center(image, axis):
    weights = image[..., 0].astype(float).sum(axis=1 - axis)
    return (weights * np.arange(len(weights))).sum() / weights.sum()


def test_four_lesion_maps_round_trip_as_probabilities():
    view = FieldOfView(top=-10, left=20, side=100, height=80, width=150)
    ys, xs = np.mgrid[:50, :50] / 50
    maps = np.dstack([ys, xs, ys * xs, 1 - ys]).astype(np.float32)
    whole = uncrop(maps, view)
    assert whole.shape == (80, 150, 4)
    # Row 40 is row 50 of the square: (50 + 0.5) / 2 - 0.5 = 24.75 cells.
    np.testing.assert_allclose(whole[40, 70, 0], 24.75 / 50, atol=1e-5)
    np.testing.assert_allclose(whole[40, 70, 3], 1 - 24.75 / 50, atol=1e-5)
    assert not whole[:, :20].any()
    assert not whole[:, 120:].any()


def test_uncrop_refuses_what_is_no_square():
    view = FieldOfView(0, 0, 4, 4, 4)
    with pytest.raises(ValueError, match=r"\[S, S\(, C\)\]"):
        uncrop(np.zeros((2, 3)), view)
    with pytest.raises(ValueError, match="interpolation"):
        uncrop(np.zeros((2, 2)), view, "area")
