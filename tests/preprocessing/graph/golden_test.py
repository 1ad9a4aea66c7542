"""The graph against the golden answers."""

import cv2
import pytest
import tensorflow as tf
from preprocessing.golden import photographs as golden
from preprocessing.golden.photographs import (
    ANSWERS,
    LOCATED,
    PHOTOGRAPHS,
    REFUSED,
    SIZES,
)

from dmtdr_tf.preprocessing.graph import model_input_from_bytes

# OpenCV rounds to 8 bits; a value halfway may go the other way.
STEP = 1.01 / 255


@pytest.fixture(scope="module")
def model_input():
    return tf.function(
        lambda content: model_input_from_bytes(content, *SIZES),
        input_signature=[tf.TensorSpec((), tf.string)],
    )


def _png(name):
    return cv2.imencode(".png", PHOTOGRAPHS[name]()[..., ::-1])[1].tobytes()


@pytest.mark.parametrize("name", LOCATED)
def test_the_graph_gives_the_answer(model_input, name):
    low_res, square = model_input(_png(name))
    expected = ANSWERS[name]["field_of_view"]
    keys = ("top", "left", "side", "height", "width")
    assert square.numpy().tolist() == [expected[key] for key in keys]
    answer = ANSWERS[name]["model_input"]
    golden.assert_input(low_res.numpy(), answer, STEP, 5e-5)


@pytest.mark.parametrize("name", REFUSED)
def test_no_field_of_view_has_the_answered_message(model_input, name):
    with pytest.raises(tf.errors.InvalidArgumentError) as refused:
        model_input(_png(name))
    assert ANSWERS[name]["error"] in str(refused.value)
