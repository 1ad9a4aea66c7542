import keras
import numpy as np
import pytest
import tensorflow as tf

from dmtdr_tf.files.errors import UserError
from dmtdr_tf.layers.spatial_pyramid_pooling import SpatialPyramidPooling


def test_hand_worked_maximum():
    x = np.arange(16.0).reshape(1, 4, 4, 1)
    made = SpatialPyramidPooling((2, 1))(x)
    np.testing.assert_array_equal(made, [[5, 7, 13, 15, 15]])


def test_hand_worked_average():
    x = np.arange(16.0).reshape(1, 4, 4, 1)
    made = SpatialPyramidPooling((2, 1), mode="average")(x)
    np.testing.assert_array_equal(made, [[2.5, 4.5, 10.5, 12.5, 7.5]])


def test_cells_of_an_indivisible_size_overlap_and_cover():
    # Side 3 in 2 cells: rows 0-1 and 1-2.
    x = np.arange(9.0).reshape(1, 3, 3, 1)
    made = SpatialPyramidPooling((2,))(x)
    np.testing.assert_array_equal(made, [[4, 5, 7, 8]])


@pytest.mark.parametrize("size", [(1, 1), (3, 7), (16, 16), (5, 4)])
def test_equals_a_loop_over_cells(size):
    x = np.random.default_rng(0).normal(size=(2, *size, 3)).astype("float32")
    wanted = []
    for n in (4, 2, 1):
        for i in range(n):
            for j in range(n):
                rows = slice(i * size[0] // n, -(-(i + 1) * size[0] // n))
                columns = slice(j * size[1] // n, -(-(j + 1) * size[1] // n))
                wanted.append(x[:, rows, columns].max(axis=(1, 2)))
    made = SpatialPyramidPooling()(x)
    np.testing.assert_array_equal(made, np.concatenate(wanted, axis=-1))


def test_gradient_goes_to_the_maximum_of_each_cell():
    x = tf.reshape(tf.range(16.0), (1, 4, 4, 1))
    with tf.GradientTape() as tape:
        tape.watch(x)
        total = tf.reduce_sum(SpatialPyramidPooling((2, 1))(x))
    gradient = tape.gradient(total, x)[0, ..., 0]
    wanted = np.zeros((4, 4))
    wanted[1, 1] = wanted[1, 3] = wanted[3, 1] = 1
    wanted[3, 3] = 2  # of its quarter and of the whole
    np.testing.assert_array_equal(gradient, wanted)


def test_same_features_for_any_size_in_a_functional_model():
    inputs = keras.Input((None, None, 2))
    model = keras.Model(inputs, SpatialPyramidPooling()(inputs))
    assert model.output_shape == (None, 42)
    for size in (8, 13):
        x = np.random.default_rng(1).normal(size=(1, size, size, 2))
        np.testing.assert_allclose(
            model(x)[0, -2:], x.max(axis=(1, 2))[0], rtol=1e-6
        )


@pytest.mark.parametrize(
    ("options", "name"),
    [
        ({"bins": ()}, "bins"),
        ({"bins": (0,)}, "bins"),
        ({"mode": "min"}, "mode"),
    ],
)
def test_bad_options_are_named(options, name):
    with pytest.raises(UserError, match=name):
        SpatialPyramidPooling(**options)
