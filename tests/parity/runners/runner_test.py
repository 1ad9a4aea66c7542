import sys

import numpy as np
import pytest
import tensorflow as tf

from dmtdr_tf.exporting.signatures import float_signature
from dmtdr_tf.files.errors import UserError
from dmtdr_tf.parity.runners.keras_runner import KerasRunner
from dmtdr_tf.parity.runners.runner_type import runner_type
from dmtdr_tf.parity.runners.saved_model_runner import SavedModelRunner


@pytest.fixture(scope="module")
def low_res():
    return np.random.default_rng(0).random((1, 16, 16, 3), np.float32)


@pytest.mark.parametrize(
    ("form", "runner"),
    [("workdir", KerasRunner), ("saved_model", SavedModelRunner)],
)
def test_answers_are_the_model_s(form, runner, model, low_res, request):
    place = request.getfixturevalue(form)
    path = getattr(place, "path", place)
    assert runner_type(path) is runner
    answers = runner(path, threads=1)(low_res)
    expected = float_signature(model)(low_res)
    assert answers.keys() == expected.keys()
    for name, value in expected.items():
        assert isinstance(answers[name], np.ndarray)
        np.testing.assert_allclose(answers[name], value, atol=1e-5)


def test_a_saved_model_of_a_fixed_batch(tmp_path):
    @tf.function(
        input_signature=[tf.TensorSpec((3, 2, 2, 3), tf.float32, "low_res")]
    )
    def serve(low_res):
        return {"grade": tf.reduce_sum(low_res, axis=(1, 2))}

    module = tf.Module()
    tf.saved_model.save(module, tmp_path, {"serving_default": serve})
    low_res = np.arange(12, dtype=np.float32).reshape(1, 2, 2, 3)
    answers = SavedModelRunner(tmp_path)(low_res)
    np.testing.assert_allclose(answers["grade"], [[18, 22, 26]])


def test_refuses_what_is_no_export(tmp_path):
    with pytest.raises(UserError, match="no such file or folder"):
        runner_type(tmp_path / "nowhere.onnx")
    with pytest.raises(UserError, match="not an exported model"):
        runner_type(tmp_path)
    (tmp_path / "notes.txt").touch()
    with pytest.raises(UserError, match="not an exported model"):
        runner_type(tmp_path / "notes.txt")


def test_a_missing_runtime_is_named(tmp_path, monkeypatch):
    (tmp_path / "model.onnx").touch()
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    monkeypatch.delitem(
        sys.modules, "dmtdr_tf.parity.runners.onnx_runner", raising=False
    )
    with pytest.raises(UserError, match="needs the Python module onnxruntime"):
        runner_type(tmp_path / "model.onnx")


def test_a_damaged_saved_model_is_one_line(tmp_path):
    (tmp_path / "saved_model.pb").write_bytes(b"\xff\xffnonsense")
    with pytest.raises(UserError, match="cannot be loaded: [^\n]+$"):
        SavedModelRunner(tmp_path)
