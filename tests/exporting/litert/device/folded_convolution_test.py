import itertools

import numpy as np
import pytest
import tensorflow as tf

from dmtdr_tf.exporting.litert.device.folded_convolution import (
    convolve,
    fold,
    fold_of,
    folded_kernel,
    unfold,
)


@pytest.mark.parametrize(
    ("size", "stride", "columns"),
    itertools.product((1, 3, 5, 7), (1, 2), (1, 2, 4)),
)
def test_equals_the_plain_convolution(size, stride, columns):
    rng = np.random.default_rng(size)
    x = rng.normal(size=(2, 16, 24, 3)).astype("float32")
    kernel = rng.normal(size=(size, size, 3, 2)).astype("float32")
    bias = np.asarray([0.5, -2.0], "float32")
    expected = tf.nn.conv2d(x, kernel, stride, "SAME") + bias
    folded = fold(tf.constant(x), columns * stride)
    answer = unfold(convolve(folded, kernel, bias, columns, stride), columns)
    np.testing.assert_allclose(answer, expected, atol=1e-5)


def test_by_hand():
    # [a, b, c] on columns 0 1 | 2 3: both outputs of a cell see the columns
    # beside it.
    kernel = np.asarray([1.0, 2.0, 3.0]).reshape(1, 3, 1, 1)
    before, within, after = folded_kernel(kernel, 2)[0]
    np.testing.assert_array_equal(before, [[0, 0], [1, 0]])
    np.testing.assert_array_equal(within, [[2, 1], [3, 2]])
    np.testing.assert_array_equal(after, [[0, 3], [0, 0]])


@pytest.mark.parametrize(
    ("filters", "width", "columns"),
    [(3, 64, 4), (4, 64, 4), (8, 64, 2), (9, 64, 1), (32, 64, 1), (4, 6, 2)],
)
def test_fills_a_register_where_the_width_allows(filters, width, columns):
    assert fold_of(filters, width) == columns


def test_folding_keeps_the_order_of_numbers():
    x = tf.reshape(tf.range(48), (1, 2, 8, 3))
    folded = fold(x, 4)
    assert folded.shape == (1, 2, 2, 12)
    np.testing.assert_array_equal(tf.reshape(folded, (-1,)), tf.range(48))
    np.testing.assert_array_equal(unfold(folded, 4), x)
