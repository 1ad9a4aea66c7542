import numpy as np
import pytest
import skimage.metrics
import tensorflow as tf

from dmtdr_tf.evaluation.regions import RegionFigures

SIDE = 256


@pytest.fixture
def data():
    """Two eyes with a black frame; the first has lesions of two kinds."""
    rng = np.random.default_rng(0)
    rows, columns = np.mgrid[:SIDE, :SIDE] - (SIDE - 1) / 2
    eye = (rows**2 + columns**2 < 112**2)[..., None]
    high_res = (0.3 + 0.5 * rng.random((2, SIDE, SIDE, 3))) * eye
    restored = high_res + rng.normal(0, 0.05, high_res.shape)
    masks = np.zeros((2, SIDE, SIDE, 4))
    masks[:, 40:50, 40:50, 0] = masks[:, 70:75, 70:75, 3] = 1.0
    low_res = tf.image.resize(high_res, (SIDE // 4,) * 2, method="area")
    return low_res, high_res.astype("float32"), restored, masks, eye[..., 0]


def _psnr(high_res, other, region):
    return skimage.metrics.peak_signal_noise_ratio(
        high_res[region], np.clip(other, 0, 1)[region], data_range=1
    )


def test_equals_scikit_image_inside_each_region(data):
    low_res, high_res, restored, masks, eye = data
    figures = RegionFigures()
    figures.update(low_res, high_res, restored, masks, [1.0, 0.0])
    result = figures.result()
    bicubic = tf.image.resize(low_res, (SIDE,) * 2, method="bicubic").numpy()
    regions = {
        "MA": masks[0, ..., 0] > 0,
        "HE": masks[0, ..., 3] > 0,
        "lesions": masks[0].any(axis=-1),
    }
    for name, region in regions.items():
        assert result[name]["photographs"] == 1
        for figure, picture in (("psnr", restored), ("bicubic", bicubic)):
            expected = _psnr(high_res[0], picture[0], region)
            assert result[name][figure] == pytest.approx(expected, abs=1e-3)
    assert result["SE"] == {"psnr": None, "bicubic": None, "photographs": 0}
    # The field of view is the eye without its edge, within a pixel or two.
    assert result["field_of_view"]["photographs"] == 2
    rows, columns = np.mgrid[:SIDE, :SIDE] - (SIDE - 1) / 2
    inside = rows**2 + columns**2 < 109**2
    for figure, picture in (("psnr", restored), ("bicubic", bicubic)):
        expected = np.mean(
            [
                _psnr(*pair, inside)
                for pair in zip(high_res, picture, strict=True)
            ]
        )
        assert result["field_of_view"][figure] == pytest.approx(
            expected, abs=0.1
        )


def test_the_edge_of_the_field_of_view_does_not_count(data):
    low_res, high_res, _, masks, eye = data
    rows, columns = np.mgrid[:SIDE, :SIDE] - (SIDE - 1) / 2
    edge = np.abs(np.hypot(rows, columns) - 112) < 1.5
    wrong = np.where(edge[..., None], 1.0 - high_res, high_res)
    figures = RegionFigures()
    figures.update(low_res, high_res, wrong, masks, [0.0, 0.0])
    result = figures.result()
    assert result["field_of_view"]["psnr"] == 100.0
    assert result["lesions"]["photographs"] == 0
    assert not eye.all()
