import json

import numpy as np
import pytest

from dmtdr_tf.exporting.onnx import writer as onnx_model
from dmtdr_tf.exporting.onnx.writer import export_onnx
from dmtdr_tf.exporting.signatures import float_signature
from dmtdr_tf.files.errors import UserError
from dmtdr_tf.labels import GRADES, LESIONS
from dmtdr_tf.parity.runners.runner_type import runner_type

pytest.importorskip("tf2onnx", reason="the extra onnx is not installed")
onnx = pytest.importorskip("onnx", reason="the extra onnx is not installed")
pytest.importorskip("onnxruntime", reason="the extra onnx is not installed")


@pytest.fixture(scope="module")
def exported(model, config, tmp_path_factory):
    return export_onnx(model, tmp_path_factory.mktemp("onnx") / "out", config)


@pytest.fixture(scope="module")
def low_res():
    rng = np.random.default_rng(0)
    pixels = rng.integers(0, 256, (2, 1, 16, 16, 3))
    return (pixels / 255.0).astype(np.float32)


def test_every_output_is_the_model_s(exported, model, low_res):
    run = runner_type(exported)(exported, threads=1)
    # Maps of zeros would show nothing of the backward pass.
    assert max(run(one)["evidence"].max() for one in low_res) > 0.9
    for photograph in low_res:
        expected = float_signature(model)(photograph)
        answers = run(photograph)
        assert answers.keys() == expected.keys()
        for name, value in expected.items():
            np.testing.assert_allclose(answers[name], value, atol=1e-4)


def test_names_and_sizes_are_in_the_file(exported):
    proto = onnx.load(exported)
    found = {entry.key: entry.value for entry in proto.metadata_props}
    labels = json.loads(found["labels"])
    assert tuple(labels["grades"]) == GRADES
    assert tuple(labels["lesions"]) == LESIONS
    assert labels["low_res_size"] == 16
    # Nothing that ONNX Runtime would have to be taught.
    assert {node.domain for node in proto.graph.node} <= {"", "ai.onnx"}


def test_evidence_that_does_not_convert_is_left_out(
    model, config, low_res, tmp_path, monkeypatch, capsys
):
    # As tf2onnx is by itself: it knows no gradient.
    monkeypatch.setattr(onnx_model, "GRADIENTS", {})
    path = export_onnx(model, tmp_path / "out", config)
    told = capsys.readouterr().err
    assert "without evidence: gmsv does not convert (no ONNX for" in told
    answers = runner_type(path)(path)(low_res[0])
    expected = float_signature(model)(low_res[0])
    assert answers.keys() == expected.keys() - {"evidence"}
    for name, answer in answers.items():
        np.testing.assert_allclose(answer, expected[name], atol=1e-4)


def test_refuses_to_overwrite(model, config, exported, tmp_path):
    with pytest.raises(UserError, match="exists; set overwrite"):
        export_onnx(model, exported.parent, config)
    (tmp_path / "thesis.txt").touch()
    with pytest.raises(UserError, match="is no ONNX export"):
        export_onnx(model, tmp_path, config, overwrite=True)


def test_overwrites_when_told(model, config, tmp_path, monkeypatch):
    monkeypatch.setattr(onnx_model, "_convert", lambda *given: b"new")
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / onnx_model.MODEL_FILE).write_bytes(b"old")
    path = export_onnx(model, tmp_path / "out", config, overwrite=True)
    assert path.read_bytes() == b"new"


def test_a_damaged_file_is_one_line(tmp_path):
    path = tmp_path / "bad.onnx"
    path.write_bytes(b"\xff\xffnonsense")
    with pytest.raises(UserError, match="cannot be loaded: [^\n]+$"):
        runner_type(path)(path)
