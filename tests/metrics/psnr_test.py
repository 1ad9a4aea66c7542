import numpy as np
import pytest
import skimage.metrics
import tensorflow as tf

from dmtdr_tf.metrics import PSNR, psnr_per_image


def _pair(error):
    grey = np.full((1, 8, 8, 3), 0.5, "float32")
    return grey, grey + np.float32(error)


@pytest.mark.parametrize(("error", "decibels"), [(0.1, 20.0), (0.01, 40.0)])
def test_worked_by_hand(error, decibels):
    assert float(psnr_per_image(*_pair(error))[0]) == pytest.approx(
        decibels, abs=1e-3
    )


def test_identical_photographs_are_capped():
    assert psnr_per_image(*_pair(0.0))[0] == 100.0


def test_equals_scikit_image():
    rng = np.random.default_rng(0)
    a, b = rng.random((2, 3, 16, 12, 3), dtype="float32")
    expected = [
        skimage.metrics.peak_signal_noise_ratio(x, y, data_range=1)
        for x, y in zip(a, b, strict=True)
    ]
    np.testing.assert_allclose(psnr_per_image(a, b), expected, rtol=1e-5)


def test_mean_of_photographs_not_of_errors():
    metric = PSNR()
    for error in (0.1, 0.01):
        metric.update_state(*_pair(error))
    assert float(metric.result()) == pytest.approx(30.0, abs=1e-3)


def test_masked_photographs_do_not_count():
    metric = PSNR()
    near, far = _pair(0.01), _pair(0.4)
    true, guess = (np.concatenate(pair) for pair in zip(near, far, strict=True))
    metric.update_state(true, guess, sample_weight=[1.0, 0.0])
    assert float(metric.result()) == pytest.approx(40.0, abs=1e-3)


def test_answers_are_clipped_and_computed_in_float32():
    white = np.ones((1, 8, 8, 3), "float32")
    assert psnr_per_image(white, white * 1.5)[0] == 100.0
    grey, wrong = _pair(2**-7)
    half = tf.cast(wrong, tf.bfloat16)
    assert float(psnr_per_image(grey, half)[0]) == pytest.approx(
        42.144, abs=1e-3
    )
