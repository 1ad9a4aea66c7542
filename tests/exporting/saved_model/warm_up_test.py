import numpy as np
import pytest
import tensorflow as tf
from tensorflow_serving.apis import prediction_log_pb2

from dmtdr_tf.exporting.saved_model.warm_up import draw_disc, write_warm_up
from dmtdr_tf.preprocessing.field_of_view import find_field_of_view


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
        name, *rest = sorted(request.inputs, reverse=True)
        # The disc is no retina: the gate must be open for it.
        is_open = [not tf.make_ndarray(request.inputs[x]) for x in rest]
        assert is_open == [True] * len(rest)
        found[request.model_spec.signature_name] = (
            name,
            tf.make_ndarray(request.inputs[name]),
        )
    assert set(found) == {
        "serving_default",
        "serving_bytes_with_gate",
        "grade_only_with_gate",
    }
    name, low_res = found["serving_default"]
    assert (name, low_res.dtype) == ("low_res", np.float32)
    assert low_res.shape == (batch_size, 32, 32, 3)
    assert (low_res == 0.5).all()
    for signature, magic in (
        ("serving_bytes_with_gate", b"\xff\xd8\xff"),
        ("grade_only_with_gate", b"\x89PNG"),
    ):
        name, contents = found[signature]
        assert (name, len(contents)) == ("photograph_bytes", batch_size)
        assert all(content.startswith(magic) for content in contents)
    # At 1024 too the record of numbers is a few bytes.
    assert file.stat().st_size < 400_000 * batch_size


def test_the_drawn_disc_has_a_field_of_view():
    view = find_field_of_view(draw_disc(640))
    assert abs(view.side - 0.9 * 640) < 12
    assert abs(view.top - 0.05 * 640) < 6
