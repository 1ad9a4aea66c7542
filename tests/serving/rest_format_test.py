"""The layouts, by hand, as TensorFlow Serving's documentation has them."""

import json

import numpy as np
import pytest
import tensorflow as tf
from tensorflow.core.protobuf import meta_graph_pb2

from dmtdr_tf.serving import rest_format
from dmtdr_tf.serving.serving_error import ServingError


def signature(**inputs):
    made = meta_graph_pb2.SignatureDef()
    for name, dtype in inputs.items():
        made.inputs[name].dtype = dtype.as_datatype_enum
    return made


FILES = signature(photograph_bytes=tf.string)
NUMBERS = signature(x=tf.float32)
TWO = signature(x=tf.float32, tag=tf.string)


def read(text, wanted):
    return rest_format.read_inputs(rest_format.parse(text.encode()), wanted)


@pytest.mark.parametrize(
    "text",
    [
        '{"instances": [{"b64": "aGVsbG8="}, {"b64": "d29ybGQ="}]}',
        '{"instances": [{"photograph_bytes": {"b64": "aGVsbG8="}}, '
        '{"photograph_bytes": "world"}]}',
        '{"inputs": [{"b64": "aGVsbG8="}, "world"]}',
        '{"inputs": {"photograph_bytes": [{"b64": "aGVsbG8="}, "world"]}}',
    ],
)
def test_files_in_every_layout(text):
    found = read(text, FILES)
    assert found["photograph_bytes"].tolist() == [b"hello", b"world"]


def test_numbers_and_two_inputs():
    found = read('{"inputs": [[1, 2], [3, 4]]}', NUMBERS)["x"]
    assert found.dtype == np.float32
    assert found.tolist() == [[1, 2], [3, 4]]
    rows = read(
        '{"instances": [{"x": 1, "tag": "a"}, {"tag": "b", "x": 2}]}', TWO
    )
    assert rows["x"].tolist() == [1, 2]
    assert rows["tag"].tolist() == [b"a", b"b"]


@pytest.mark.parametrize(
    ("text", "wanted", "message"),
    [
        ("", NUMBERS, "not JSON"),
        ('{"inputs": [1, 2', NUMBERS, "not JSON"),
        ("[" * 100_000, NUMBERS, "not JSON"),
        ("[1]", NUMBERS, "a JSON object"),
        ("{}", NUMBERS, "either 'inputs' or 'instances'"),
        ('{"inputs": [], "instances": []}', NUMBERS, "either"),
        ('{"inputs": [1], "signature_name": 3}', NUMBERS, "signature_name"),
        ('{"instances": []}', NUMBERS, "not empty"),
        ('{"instances": 3}', NUMBERS, "must be a list"),
        ('{"instances": [{"x": 1}, 2]}', NUMBERS, "the same names"),
        ('{"instances": [{"x": 1}, {"y": 2}]}', NUMBERS, "the same names"),
        ('{"inputs": [[1], [2, 3]]}', NUMBERS, "x must be a regular nested"),
        ('{"inputs": ["a"]}', NUMBERS, "x must be a regular nested"),
        ('{"inputs": {"y": [1]}}', NUMBERS, r"\['x'\], not \['y'\]"),
        ('{"inputs": [1]}', TWO, "name the inputs"),
        ('{"inputs": "a"}', FILES, "photograph_bytes must be a list"),
        ('{"inputs": [1]}', FILES, "must hold .*b64"),
        ('{"inputs": [{"b64": "*"}]}', FILES, "base64 is damaged"),
        ('{"inputs": [{"b64": 3}]}', FILES, "must hold .*b64"),
    ],
)
def test_wrong_bodies_are_refused(text, wanted, message):
    with pytest.raises(ServingError, match=message) as caught:
        read(text, wanted)
    assert caught.value.code == "INVALID_ARGUMENT"


def test_answers_by_hand():
    grade = np.array([[0.5, 1.0]], np.float32)
    maps = np.array([[b"hello", b"world"]], object)
    written = rest_format.write_outputs({"g": grade, "m_bytes": maps}, True)
    row = {
        "g": [0.5, 1.0],
        "m_bytes": [{"b64": "aGVsbG8="}, {"b64": "d29ybGQ="}],
    }
    assert json.loads(written) == {"predictions": [row]}
    written = rest_format.write_outputs({"g": grade, "m_bytes": maps}, False)
    columns = {name: [value] for name, value in row.items()}
    assert json.loads(written) == {"outputs": columns}
    # A single output has no name.
    written = rest_format.write_outputs({"g": grade}, True)
    assert json.loads(written) == {"predictions": [[0.5, 1.0]]}
    written = rest_format.write_outputs({"g": grade}, False)
    assert json.loads(written) == {"outputs": [[0.5, 1.0]]}
    texts = {"name": np.array(["né".encode()], object)}
    assert json.loads(rest_format.write_outputs(texts, True)) == {
        "predictions": ["né"]
    }
