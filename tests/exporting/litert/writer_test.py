import dataclasses
import hashlib
import json

import numpy as np
import pytest
import tensorflow as tf

from dmtdr_tf.exporting.litert.file import operators
from dmtdr_tf.exporting.litert.metadata import read_metadata
from dmtdr_tf.exporting.litert.quantizations import QUANTIZATIONS
from dmtdr_tf.exporting.litert.writer import check_litert, export_litert
from dmtdr_tf.exporting.signatures import float_signature
from dmtdr_tf.files.errors import UserError
from dmtdr_tf.labels import GRADES
from dmtdr_tf.parity.runners.litert_runner import LiteRtRunner


@pytest.fixture(scope="module")
def photographs():
    rng = np.random.default_rng(0)
    return rng.random((6, 1, 16, 16, 3)).astype("float32")


@pytest.fixture(scope="module")
def exported(model, config, photographs, tmp_path_factory):
    folder = tmp_path_factory.mktemp("export") / "litert"
    return export_litert(model, folder, config, photographs=photographs[2:])


@pytest.fixture(scope="module")
def expected(model, photographs):
    outputs = float_signature(model)(tf.constant(photographs[0]))
    return {name: value.numpy() for name, value in outputs.items()}


@pytest.mark.parametrize(
    ("quantization", "tolerance"),
    [("float32", 1e-4), ("float16", 0.02), ("dynamic", 0.1), ("int8", 0.1)],
)
def test_outputs_are_the_model_s(
    exported, photographs, expected, quantization, tolerance
):
    run = LiteRtRunner(exported / f"{quantization}.tflite")
    answer = run(photographs[0])
    assert set(answer) == set(expected)
    assert expected["evidence"].max() > 0.9
    for name, value in expected.items():
        assert answer[name].dtype == np.float32
        assert answer[name].shape == value.shape
        # A share of the output's range: the logits are no probabilities.
        within = tolerance * max(1.0, np.ptp(value))
        difference = np.abs(answer[name] - value).mean()
        assert difference < within, name
        if quantization == "float32":
            np.testing.assert_allclose(answer[name], value, atol=1e-3)


def test_the_predicted_grade_s_score_converts(
    model, config, photographs, monkeypatch, tmp_path
):
    scored = dataclasses.replace(
        model.config, evidence="grad_cam", evidence_score="predicted"
    )
    monkeypatch.setattr(model, "config", scored)
    folder = export_litert(model, tmp_path / "litert", config, ["float32"])
    answer = LiteRtRunner(folder / "float32.tflite")(photographs[0])
    expected = model.explain(tf.constant(photographs[0]))
    np.testing.assert_allclose(
        answer["evidence"], expected["evidence"], atol=1e-3
    )


def test_quantized_is_smaller_and_integer(exported):
    sizes = {
        name: (exported / f"{name}.tflite").stat().st_size
        for name in QUANTIZATIONS
    }
    assert sizes["float16"] < sizes["float32"]
    names = operators((exported / "int8.tflite").read_bytes())
    assert {"QUANTIZE", "DEQUANTIZE"} <= names


@pytest.mark.parametrize("quantization", QUANTIZATIONS)
def test_operators_are_litert_s_own(exported, quantization):
    names = operators((exported / f"{quantization}.tflite").read_bytes())
    assert {"CONV_2D", "LOGISTIC", "DEPTH_TO_SPACE"} <= names
    assert not [name for name in names if name.startswith("CUSTOM")]
    assert "VAR_HANDLE" not in names


def test_labels_lie_beside_and_inside(exported):
    labels = json.loads((exported / "labels.json").read_text())
    assert tuple(labels["grades"]) == GRADES
    assert labels["input"]["shape"] == [1, 16, 16, 3]
    assert set(labels["sha256"]) == {f"{q}.tflite" for q in QUANTIZATIONS}
    for name, checksum in labels["sha256"].items():
        content = (exported / name).read_bytes()
        assert hashlib.sha256(content).hexdigest() == checksum
        inside = read_metadata(content)
        assert name == inside.pop("quantisation") + ".tflite"
        assert inside == {k: v for k, v in labels.items() if k != "sha256"}


def test_refuses_what_no_device_runs(config, tmp_path):
    with pytest.raises(UserError, match="'int4'; choose from float32"):
        check_litert(tmp_path, config, ["int4"])
    other = dataclasses.replace(
        config,
        model=dataclasses.replace(config.model, evidence="smooth_grad"),
    )
    with pytest.raises(UserError, match="smooth_grad does not run"):
        check_litert(tmp_path, other, ["float32"])


def test_refuses_int8_without_photographs(model, config, tmp_path):
    with pytest.raises(UserError, match="needs representative photographs"):
        export_litert(model, tmp_path / "litert", config, ["int8"])
    assert not list(tmp_path.iterdir())


def test_refuses_a_folder_in_use(exported, config, tmp_path):
    with pytest.raises(UserError, match="exists; set overwrite"):
        check_litert(exported, config, ["float32"])
    check_litert(exported, config, ["float32"], overwrite=True)
    (tmp_path / "thesis.txt").touch()
    with pytest.raises(UserError, match="is no LiteRT export"):
        check_litert(tmp_path, config, ["float32"], overwrite=True)
    with pytest.raises(UserError, match="is a file"):
        check_litert(tmp_path / "thesis.txt", config, ["float32"], True)
    (tmp_path / "labels.json").touch()
    with pytest.raises(UserError, match="more than a LiteRT export"):
        check_litert(tmp_path, config, ["float32"], overwrite=True)
