import numpy as np
import pytest
import skimage.metrics
import tensorflow as tf

from dmtdr_tf.files.errors import UserError
from dmtdr_tf.metrics import SSIM, ssim_per_image


def _photographs(height, width, seed=0):
    rng = np.random.default_rng(seed)
    rows, columns = np.mgrid[:height, :width] / 9.0
    smooth = (2 + np.sin(rows) + np.cos(columns))[None, ..., None] / 4
    true = np.repeat(np.repeat(smooth, 3, 3), 2, 0)
    # An error that differs by photograph, by channel and at the border.
    noise = rng.normal(0, 0.1, true.shape) * [1.0, 0.5, 0.1]
    noise[1, :4] += 0.3
    return true.astype("float32"), np.clip(true + noise, 0, 1).astype("float32")


@pytest.mark.parametrize("size", [(40, 33), (11, 11), (11, 64)])
def test_equals_scikit_image_and_tensorflow(size):
    true, guess = _photographs(*size)
    ours = ssim_per_image(true, guess)
    expected = [
        skimage.metrics.structural_similarity(
            a.astype("float64"),
            b.astype("float64"),
            gaussian_weights=True,
            sigma=1.5,
            use_sample_covariance=False,
            data_range=1,
            channel_axis=-1,
        )
        for a, b in zip(true, guess, strict=True)
    ]
    np.testing.assert_allclose(ours, expected, atol=1e-5)
    # Its float32 differences of squares are the less exact of the two.
    np.testing.assert_allclose(ours, tf.image.ssim(true, guess, 1.0), atol=5e-5)


def test_flat_photographs_by_hand():
    """No variance: only luminance is left, `(2ab + C1) / (a^2 + b^2 + C1)`."""
    flat = np.full((1, 16, 16, 3), 0.25, "float32")
    expected = (2 * 0.25 * 0.75 + 1e-4) / (0.0625 + 0.5625 + 1e-4)
    answer = float(ssim_per_image(flat, 3 * flat)[0])
    assert answer == pytest.approx(expected, abs=1e-5)


def test_identity_and_symmetry():
    true, guess = _photographs(24, 24)
    np.testing.assert_allclose(ssim_per_image(true, true), 1.0, atol=1e-6)
    np.testing.assert_allclose(
        ssim_per_image(true, guess), ssim_per_image(guess, true), atol=1e-6
    )


def test_mean_and_mask():
    true, guess = _photographs(24, 24)
    first, second = np.asarray(ssim_per_image(true, guess))
    metric = SSIM()
    metric.update_state(true, guess)
    assert float(metric.result()) == pytest.approx((first + second) / 2)
    metric.reset_state()
    metric.update_state(true, guess, sample_weight=[0.0, 1.0])
    assert float(metric.result()) == pytest.approx(second)


def test_answers_are_clipped():
    true, guess = _photographs(16, 16)
    loud = np.where(guess == 1.0, 1.7, guess)
    np.testing.assert_allclose(
        ssim_per_image(true, loud), ssim_per_image(true, guess), atol=1e-6
    )


def test_inside_a_graph_of_unknown_size():
    true, guess = _photographs(24, 20)
    shape = tf.TensorSpec((None, None, None, 3))
    step = tf.function(ssim_per_image, input_signature=[shape, shape])
    np.testing.assert_allclose(
        step(true, guess), ssim_per_image(true, guess), atol=1e-6
    )


def test_refuses_photographs_smaller_than_the_window():
    with pytest.raises(UserError, match="at least 11 pixels.*10 x 30"):
        ssim_per_image(np.zeros((1, 10, 30, 3)), np.zeros((1, 10, 30, 3)))
