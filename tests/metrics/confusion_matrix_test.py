import numpy as np
import pytest
import tensorflow as tf

from dmtdr_tf.files.errors import UserError
from dmtdr_tf.metrics import ConfusionMatrix


def test_rows_are_true_classes():
    metric = ConfusionMatrix(3)
    metric.update_state([0, 0, 2], [0, 1, 1])
    np.testing.assert_array_equal(
        metric.result(), [[1, 1, 0], [0, 0, 0], [0, 1, 0]]
    )


def test_scores_count_by_their_largest():
    metric = ConfusionMatrix(3)
    metric.update_state([[1], [2]], [[0.1, 0.8, 0.1], [5.0, -1.0, 3.0]])
    np.testing.assert_array_equal(
        metric.result(), [[0, 0, 0], [0, 1, 0], [1, 0, 0]]
    )


def test_unknown_and_masked_samples_are_left_out():
    metric = ConfusionMatrix(2)
    metric.update_state([-1, 0, 1, 1], [0, 0, 1, 0], [1.0, 1.0, 0.0, 1.0])
    np.testing.assert_array_equal(metric.result(), [[1, 0], [1, 0]])


def test_accumulates_and_resets():
    metric = ConfusionMatrix(2)
    for _ in range(3):
        metric.update_state([1], [0])
    np.testing.assert_array_equal(metric.result(), [[0, 0], [3, 0]])
    metric.reset_state()
    assert not np.any(metric.result())


def test_inside_a_graph_with_float16_scores():
    metric = ConfusionMatrix(2)

    @tf.function
    def step(y_true, y_pred):
        metric.update_state(y_true, y_pred)
        return metric.result()

    scores = tf.constant([[0.0, 1.0], [1.0, 0.0]], tf.float16)
    counts = step(tf.constant([1, 1]), scores)
    np.testing.assert_array_equal(counts, [[0, 0], [1, 1]])


def test_refuses_one_class():
    with pytest.raises(UserError, match="num_classes"):
        ConfusionMatrix(1)
