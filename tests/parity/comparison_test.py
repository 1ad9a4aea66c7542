import pytest

from dmtdr_tf.files.errors import UserError
from dmtdr_tf.parity.comparison import _by_name, _symmetries


def test_names_are_short_where_they_differ():
    names = _by_name(["a/x.onnx", "b/y.tflite", "a/x.onnx"])
    assert names == {"x.onnx": "a/x.onnx", "y.tflite": "b/y.tflite"}
    same = _by_name(["a/x", "b/x"])
    assert same == {"a/x": "a/x", "b/x": "b/x"}


def test_the_keras_model_averages_as_the_exports_do(tmp_path):
    paths = {}
    for name, text in (("a", '{"symmetries": 8}'), ("b", "{}")):
        extra = tmp_path / name / "assets.extra"
        extra.mkdir(parents=True)
        (extra / "labels.json").write_text(text)
        paths[name] = str(tmp_path / name)
    assert _symmetries({"a": paths["a"]}) == 8
    assert _symmetries({"b": paths["b"], "c": str(tmp_path / "c.onnx")}) == 1
    with pytest.raises(UserError, match="exports: a averages over 8"):
        _symmetries(paths)
