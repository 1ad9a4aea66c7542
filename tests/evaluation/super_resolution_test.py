import numpy as np
import pytest
import skimage.metrics
import tensorflow as tf

from dmtdr_tf.evaluation.super_resolution import SuperResolutionFigures


def _photographs():
    rng = np.random.default_rng(0)
    low_res = rng.random((3, 8, 8, 3), dtype="float32")
    high_res = np.clip(np.repeat(np.repeat(low_res, 4, 1), 4, 2), 0, 1)
    restored = high_res + rng.normal(0, [[[[0.1]]], [[[0.2]]], [[[0.3]]]])
    return low_res, high_res, restored.astype("float32")


def test_equals_scikit_image_beside_bicubic():
    low_res, high_res, restored = _photographs()
    figures = SuperResolutionFigures()
    figures.update(low_res[:2], high_res[:2], restored[:2])
    figures.update(low_res[2:], high_res[2:], tf.constant(restored[2:]))
    result = figures.result()
    enlarged = tf.image.resize(low_res, (32, 32), method="bicubic").numpy()
    for answer, figure in (
        (restored, result),
        (enlarged, result["bicubic"]),
    ):
        pairs = list(zip(high_res, np.clip(answer, 0, 1), strict=True))
        psnr = [
            skimage.metrics.peak_signal_noise_ratio(*pair, data_range=1)
            for pair in pairs
        ]
        ssim = [
            skimage.metrics.structural_similarity(
                *pair,
                gaussian_weights=True,
                sigma=1.5,
                use_sample_covariance=False,
                data_range=1,
                channel_axis=-1,
            )
            for pair in pairs
        ]
        assert figure["psnr"] == pytest.approx(np.mean(psnr), abs=1e-4)
        assert figure["ssim"] == pytest.approx(np.mean(ssim), abs=1e-5)
    assert result["photographs"] == 3


def test_no_photograph_is_null():
    none = {"psnr": None, "ssim": None}
    assert SuperResolutionFigures().result() == {
        **none,
        "bicubic": none,
        "photographs": 0,
    }
