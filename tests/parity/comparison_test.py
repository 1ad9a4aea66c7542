from dmtdr_tf.parity.comparison import _by_name


def test_names_are_short_where_they_differ():
    names = _by_name(["a/x.onnx", "b/y.tflite", "a/x.onnx"])
    assert names == {"x.onnx": "a/x.onnx", "y.tflite": "b/y.tflite"}
    same = _by_name(["a/x", "b/x"])
    assert same == {"a/x": "a/x", "b/x": "b/x"}
