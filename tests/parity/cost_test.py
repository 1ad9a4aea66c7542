import json
import sys

import numpy as np
import pytest

from dmtdr_tf.files.errors import UserError
from dmtdr_tf.parity import cost as cost_module
from dmtdr_tf.parity.cost import MAX_RUNS, measure_cost, size_bytes

MEGABYTES = 200


@pytest.fixture(scope="module")
def hungry(tmp_path_factory):
    """A model that adds up ones: 200 MB of them, made from `low_res`."""
    pytest.importorskip("onnxruntime", reason="the extra onnx is not installed")
    onnx = pytest.importorskip("onnx", reason="the extra onnx is not installed")
    helper, floats = onnx.helper, onnx.TensorProto.FLOAT
    side = MEGABYTES * 250_000
    nodes = [
        helper.make_node("ReduceMax", ["low_res"], ["peak"], keepdims=0),
        helper.make_node("Expand", ["peak", "side"], ["many"]),
        helper.make_node("ReduceSum", ["many"], ["sum"]),
    ]
    sides = helper.make_tensor("side", onnx.TensorProto.INT64, [1], [side])
    shape = ["b", "h", "w", 3]
    graph = helper.make_graph(
        nodes,
        "hungry",
        [helper.make_tensor_value_info("low_res", floats, shape)],
        [helper.make_tensor_value_info("sum", floats, [1])],
        [sides],
    )
    opset = [helper.make_opsetid("", 18)]
    model = helper.make_model(graph, opset_imports=opset, ir_version=9)
    path = tmp_path_factory.mktemp("cost") / "hungry.onnx"
    onnx.save(model, path)
    return path


@pytest.fixture(scope="module")
def low_res():
    return np.ones((1, 4, 4, 3), np.float32)


def test_memory_is_the_model_s_own(hungry, low_res):
    # This process's memory, with TensorFlow in it, must not count.
    filled = np.ones(MEGABYTES * 500_000, np.float32)
    cost = measure_cost(hungry, 1, low_res)
    assert filled.sum() > 0
    if cost.peak_megabytes is None:
        pytest.skip("this system does not tell a process's memory")
    used = cost.peak_megabytes - cost.runtime_megabytes
    assert MEGABYTES <= used < 2 * MEGABYTES
    assert cost.runtime_megabytes < 400


def test_times_are_ordered(hungry, low_res):
    cost = measure_cost(hungry, 2, low_res)
    assert cost.threads == 2
    assert 0 < cost.median_seconds <= cost.p95_seconds
    assert cost.load_seconds > 0
    assert cost.first_seconds > 0
    assert 5 <= cost.runs <= MAX_RUNS


def test_the_timing_process_writes_its_figures(
    hungry, low_res, tmp_path, monkeypatch
):
    photograph, result = tmp_path / "low_res.npy", tmp_path / "cost.json"
    np.save(photograph, low_res)
    argv = ["cost", str(hungry), "1", str(photograph), str(result)]
    monkeypatch.setattr(sys, "argv", argv)
    cost_module._main()
    figures = json.loads(result.read_text())
    assert figures["threads"] == 1
    assert 0 < figures["median_seconds"] <= figures["p95_seconds"]
    monkeypatch.setattr(sys, "argv", ["cost", str(tmp_path), *argv[2:]])
    with pytest.raises(SystemExit, match="not an exported"):
        cost_module._main()


def test_a_model_that_cannot_run_is_one_line(tmp_path, low_res):
    (tmp_path / "saved_model").mkdir()
    with pytest.raises(UserError, match="cannot be timed: .*not an exported"):
        measure_cost(tmp_path / "saved_model", 1, low_res)


def test_size_leaves_reports_out(tmp_path):
    (tmp_path / "variables").mkdir()
    (tmp_path / "saved_model.pb").write_bytes(b"12345")
    (tmp_path / "variables" / "data").write_bytes(b"123")
    (tmp_path / "parity.html").write_bytes(b"1234567")
    (tmp_path / "parity.json").write_bytes(b"1234567")
    assert size_bytes(tmp_path) == 8
    assert size_bytes(tmp_path / "saved_model.pb") == 5
