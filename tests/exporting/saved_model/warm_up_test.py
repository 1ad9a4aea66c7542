import numpy as np
import pytest
import tensorflow as tf
from tensorflow_serving.apis import prediction_log_pb2

from dmtdr_tf.config import QualityConfig
from dmtdr_tf.exporting.saved_model.warm_up import draw_eye, write_warm_up
from dmtdr_tf.preprocessing import prepare


@pytest.mark.parametrize("batch_size", [1, 3])
def test_the_official_protos_read_one_request_per_signature(
    tmp_path, batch_size
):
    file = tmp_path / "tf_serving_warmup_requests"
    write_warm_up(file, "dmtdr", 32, batch_size)
    found = {}
    for record in tf.data.TFRecordDataset(str(file)).as_numpy_iterator():
        log = prediction_log_pb2.PredictionLog.FromString(record)
        assert log.WhichOneof("log_type") == "predict_log"
        request = log.predict_log.request
        assert request.model_spec.name == "dmtdr"
        (name,) = request.inputs
        found[request.model_spec.signature_name] = (
            name,
            tf.make_ndarray(request.inputs[name]),
        )
    assert set(found) == {"serving_default", "serving_bytes", "grade_only"}
    name, low_res = found["serving_default"]
    assert (name, low_res.dtype) == ("low_res", np.float32)
    assert low_res.shape == (batch_size, 32, 32, 3)
    assert (low_res == 0.5).all()
    for signature, magic in (
        ("serving_bytes", b"\xff\xd8\xff"),
        ("grade_only", b"\x89PNG"),
    ):
        name, contents = found[signature]
        assert (name, len(contents)) == ("photograph_bytes", batch_size)
        assert all(content.startswith(magic) for content in contents)
    # At 1024 too the record of numbers is a few bytes.
    assert file.stat().st_size < 400_000 * batch_size


def test_the_drawn_eye_passes_the_gate():
    prepare(draw_eye(576), QualityConfig())


def test_thresholds_that_refuse_the_eye_open_the_gate(tmp_path):
    file = tmp_path / "tf_serving_warmup_requests"
    write_warm_up(file, "dmtdr", 32, 1, QualityConfig(min_sharpness=9))
    gates = {}
    for record in tf.data.TFRecordDataset(str(file)).as_numpy_iterator():
        log = prediction_log_pb2.PredictionLog.FromString(record)
        request = log.predict_log.request
        if "gate" in request.inputs:
            gate = tf.make_ndarray(request.inputs["gate"])
            gates[request.model_spec.signature_name] = bool(gate)
    assert gates == {
        "serving_bytes_with_gate": False,
        "grade_only_with_gate": False,
    }
