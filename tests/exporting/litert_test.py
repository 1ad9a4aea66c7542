"""The LiteRT files answer as the Keras model does."""

import dataclasses
import json

import numpy as np
import pytest
import tensorflow as tf

from dmtdr_tf import evidence
from dmtdr_tf.errors import UserError
from dmtdr_tf.exporting.device_grader import DeviceGrader

pytest.importorskip("ai_edge_litert", reason="needs the extra litert")
pytest.importorskip("ai_edge_quantizer", reason="needs the extra litert")

from ai_edge_litert.tools import flatbuffer_utils  # noqa: E402

from dmtdr_tf.exporting import litert  # noqa: E402
from dmtdr_tf.exporting.litert_runner import LiteRtRunner  # noqa: E402

# Operators that are in no device's runtime.
FOREIGN = ("FLEX", "CUSTOM", "VAR_HANDLE")


@pytest.fixture(scope="module")
def photographs():
    rng = np.random.default_rng(1)
    rough = rng.random((4, 1, 4, 4, 3)).astype("float32")
    return [np.asarray(tf.image.resize(x, (16, 16))) for x in rough]


@pytest.fixture(scope="module")
def files(model, config, photographs, tmp_path_factory):
    folder = tmp_path_factory.mktemp("litert") / "files"
    names = ("float32", "float16", "dynamic", "int8")
    written = litert.export_litert(model, folder, config, names, photographs)
    return {path.stem: path for path in written}


def _answers(model, low_res):
    outputs = model.explain(low_res)
    probabilities = tf.nn.softmax(outputs["grade"])
    return {**outputs, "grade_probabilities": probabilities}


@pytest.mark.parametrize(
    ("name", "tolerance"),
    [("float32", 1e-5), ("float16", 0.02), ("dynamic", 0.1), ("int8", 0.1)],
)
def test_every_output_is_keras_s(model, files, photographs, name, tolerance):
    runner = LiteRtRunner(files[name])
    for photograph in photographs:
        made, wanted = runner(photograph), _answers(model, photograph)
        assert set(made) == set(wanted)
        for output, value in wanted.items():
            assert np.isfinite(made[output]).all()
            error = np.abs(made[output] - value).mean()
            assert error < tolerance, output


def test_quantised_files_are_smaller(files):
    sizes = {name: path.stat().st_size for name, path in files.items()}
    assert sizes["float16"] < sizes["float32"]
    assert sizes["dynamic"] < sizes["float32"]


def test_operators_are_litert_s_own(files):
    for path in files.values():
        found = flatbuffer_utils.read_model(str(path))
        names = {
            flatbuffer_utils.opcode_to_name(found, number)
            for number in range(len(found.operatorCodes))
        }
        assert "CONV_2D" in names
        assert not [n for n in names if n.startswith(FOREIGN)]


def test_int8_computes_the_super_resolver_in_8_bits(files):
    found = flatbuffer_utils.read_model(str(files["int8"]))
    graph = found.subgraphs[0]
    kinds = {
        graph.tensors[operator.outputs[0]].type
        for operator in graph.operators
        if b"super_resolver_1/block" in graph.tensors[operator.outputs[0]].name
    }
    assert flatbuffer_utils.TensorType.INT8 in kinds


def test_labels_lie_beside_and_inside(files, config):
    beside = json.loads(files["int8"].with_name("labels.json").read_text())
    assert beside["lesions"] == ["MA", "HM", "SE", "HE"]
    assert beside["low_res_size"] == 16
    for path in files.values():
        found = flatbuffer_utils.read_model(str(path))
        (entry,) = (m for m in found.metadata if m.name == b"dmtdr_labels")
        inside = bytes(found.buffers[entry.buffer].data)
        assert json.loads(inside) == beside


@pytest.mark.parametrize("name", ["gmsv", "grad_cam"])
def test_device_grader_has_the_same_maps(model, name):
    rng = np.random.default_rng(2)
    images = tf.constant(rng.random((1, 64, 64, 3)), tf.float32)
    lesions = tf.constant(rng.random((1, 64, 64, 4)), tf.float32)
    wanted = evidence.MAPS[name](model.grader, images, lesions)
    made = evidence.MAPS[name](DeviceGrader.of(model.grader), images, lesions)
    assert float(tf.reduce_max(wanted)) == 1.0
    np.testing.assert_allclose(made, wanted, atol=1e-6)


def test_pool_passes_back_the_mean_of_tensorflow_s_gradient(model):
    (pool,) = (
        layer
        for layer in DeviceGrader.of(model.grader).backbone.layers
        if layer.name == "stem_pool"
    )
    rng = np.random.default_rng(3)
    x = tf.constant(rng.random((2, 8, 6, 3)), tf.float32)
    upstream = tf.constant(rng.random((2, 4, 3, 3)), tf.float32)
    means = []
    for pooling in (pool, lambda x: tf.nn.max_pool2d(x, 3, 2, "SAME")):
        with tf.GradientTape() as tape:
            tape.watch(x)
            value = pooling(x)
        gradient = tape.gradient(value, x, upstream)
        means.append(tf.reduce_mean(gradient, (1, 2)))
    np.testing.assert_allclose(*means, atol=1e-6)


def test_what_cannot_be_is_one_line(model, config, tmp_path):
    with pytest.raises(UserError, match="int8 needs representative"):
        litert.convert(model, config, ("int8",))
    odd = dataclasses.replace(config.model, evidence="smooth_grad")
    with pytest.raises(UserError, match="smooth_grad has no form for devices"):
        litert.convert(
            model, dataclasses.replace(config, model=odd), ("float32",)
        )
    (tmp_path / "mine.txt").touch()
    with pytest.raises(UserError, match="is no LiteRT export"):
        litert.export_litert(model, tmp_path, config, ("float32",))
    (tmp_path / "mine.tflite").write_bytes(b"no model")
    with pytest.raises(UserError, match="mine.tflite: cannot be loaded"):
        LiteRtRunner(tmp_path / "mine.tflite")
    with pytest.raises(UserError, match="no such file"):
        LiteRtRunner(tmp_path / "none.tflite")
