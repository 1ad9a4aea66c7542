import cv2
import numpy as np
import pytest
import tensorflow as tf
from scipy.special import softmax

from dmtdr_tf.exporting.signatures import (
    bytes_signature,
    decode_photograph,
    float_signature,
)


def png(picture):
    order = cv2.COLOR_RGB2BGR
    picture = cv2.cvtColor(picture, order) if picture.ndim == 3 else picture
    return cv2.imencode(".png", picture)[1].tobytes()


@pytest.fixture
def photographs():
    rng = np.random.default_rng(0)
    return rng.integers(0, 256, (2, 16, 16, 3)).astype(np.uint8)


def test_a_photograph_of_the_input_s_size_is_not_changed(photographs):
    decoded = decode_photograph(tf.constant(png(photographs[0])), 16)
    np.testing.assert_allclose(decoded, photographs[0] / 255.0, atol=1e-6)


def test_grey_is_repeated(photographs):
    grey = photographs[0, ..., 0]
    decoded = decode_photograph(tf.constant(png(grey)), 16)
    expected = np.repeat(grey[..., None] / 255.0, 3, -1)
    np.testing.assert_allclose(decoded, expected, atol=1e-6)


def test_jpeg_is_decoded_as_opencv_decodes_it():
    picture = np.full((16, 16, 3), (30, 90, 200), np.uint8)
    content = cv2.imencode(".jpg", picture)[1]
    decoded = decode_photograph(tf.constant(content.tobytes()), 16)
    expected = cv2.imdecode(content, cv2.IMREAD_COLOR)[..., ::-1] / 255.0
    np.testing.assert_allclose(decoded, expected, atol=2 / 255)


def test_larger_is_antialiased_and_stays_round():
    # A checkerboard of pixels is grey after an antialiased reduction.
    board = np.indices((64, 64)).sum(0) % 2 * 255
    board = np.repeat(board[..., None], 3, -1).astype(np.uint8)
    decoded = decode_photograph(tf.constant(png(board)), 16).numpy()
    np.testing.assert_allclose(decoded[2:-2, 2:-2], 0.5, atol=0.02)
    # Twice as wide as high: black bars of a quarter above and below.
    wide = np.full((32, 64, 3), 255, np.uint8)
    decoded = decode_photograph(tf.constant(png(wide)), 16).numpy()
    assert (decoded[:4] == 0).all()
    assert (decoded[12:] == 0).all()
    np.testing.assert_allclose(decoded[4:12], 1.0, atol=1e-6)


def test_outputs_are_the_model_s_with_probabilities(model, photographs):
    low_res = tf.constant(photographs / 255.0, tf.float32)
    outputs = float_signature(model)(low_res)
    explained = model.explain(low_res)
    assert set(outputs) == {*explained, "grade_probabilities"}
    np.testing.assert_allclose(
        outputs["grade_probabilities"],
        softmax(explained["grade"].numpy(), axis=-1),
        atol=1e-6,
    )


def test_bytes_equal_numbers(model, photographs):
    contents = tf.constant([png(photograph) for photograph in photographs])
    serve = float_signature(model)
    from_bytes = bytes_signature(serve, 16)(contents)
    expected = serve(tf.constant(photographs / 255.0, tf.float32))
    for name, value in expected.items():
        np.testing.assert_allclose(from_bytes[name], value, atol=1e-5)
