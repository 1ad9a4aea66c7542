import numpy as np
import pytest
import tensorflow as tf

from dmtdr_tf.exporting.onnx.gradients import GRADIENTS

tf2onnx = pytest.importorskip(
    "tf2onnx", reason="the extra onnx is not installed"
)
onnxruntime = pytest.importorskip(
    "onnxruntime", reason="the extra onnx is not installed"
)


def gradients(forward, x):
    """The gradient of a weighted sum of squares: TensorFlow's, and ONNX's."""
    shape = forward(tf.constant(x)).shape
    weights = np.random.default_rng(1).normal(size=shape).astype("float32")

    @tf.function(input_signature=[tf.TensorSpec(x.shape, tf.float32, "x")])
    def gradient(x):
        with tf.GradientTape() as tape:
            tape.watch(x)
            # Squared: a gradient that is a constant would be folded away.
            value = tf.reduce_sum(tf.square(forward(x)) * weights)
        return {"gradient": tape.gradient(value, x)}

    proto, _ = tf2onnx.convert.from_function(
        gradient,
        input_signature=gradient.input_signature,
        opset=18,
        custom_op_handlers=dict(GRADIENTS),
    )
    session = onnxruntime.InferenceSession(
        proto.SerializeToString(), providers=["CPUExecutionProvider"]
    )
    expected = gradient(tf.constant(x))["gradient"].numpy()
    return expected, session.run(["gradient"], {"x": x})[0]


def normal(*shape):
    return np.random.default_rng(0).normal(size=shape).astype("float32")


@pytest.mark.parametrize(
    ("side", "size", "strides", "padding"),
    # The stem's, one with padding on one side only, and windows apart.
    [(8, 3, 2, "SAME"), (7, 3, 2, "SAME"), (8, 2, 2, "VALID")],
)
def test_max_pool(side, size, strides, padding):
    expected, found = gradients(
        lambda x: tf.nn.max_pool2d(x * 2.0, size, strides, padding),
        normal(1, side, side, 3),
    )
    assert np.count_nonzero(expected) > 10
    np.testing.assert_allclose(found, expected, atol=1e-6)


def test_max_pool_of_equal_values_as_after_a_relu():
    x = np.maximum(normal(1, 8, 8, 3) - 1.0, 0.0)
    assert (x == 0).mean() > 0.5
    expected, found = gradients(
        lambda x: tf.nn.max_pool2d(x * 2.0, 3, 2, "SAME"), x
    )
    np.testing.assert_allclose(found, expected, atol=1e-6)


def test_relu():
    expected, found = gradients(
        lambda x: tf.nn.relu(x * 2.0), np.float32([[-1.0, 0.0, 2.0, 3.0]])
    )
    assert (expected[0, :2] == 0).all()
    np.testing.assert_allclose(found, expected)


@pytest.mark.parametrize(
    "taken",
    [
        np.s_[:, ::2, ::2, :],
        np.s_[:, 1::2, ::3, :],
        np.s_[:, 2:5, 1:4, :],
        np.s_[:, -3:-1, :, 1:2],
    ],
)
@pytest.mark.parametrize("side", [6, 7])
def test_strided_slice(taken, side):
    expected, found = gradients(
        lambda x: (x * 2.0)[taken], normal(1, side, side, 3)
    )
    np.testing.assert_allclose(found, expected, atol=1e-6)


def test_a_slice_that_is_not_converted_is_no_valid_model():
    with pytest.raises(
        Exception, match="No Op registered for StridedSliceGrad"
    ):
        gradients(lambda x: (x * 2.0)[:, 0], normal(1, 4, 4, 3))
