import shutil

import numpy as np
import pytest
import tensorflow as tf
from scipy.special import softmax
from tensorflow.core.framework import tensor_pb2

from dmtdr_tf.exporting.saved_model.warm_up import write_warm_up
from dmtdr_tf.files.errors import UserError
from dmtdr_tf.serving.served_model import ServedModel
from dmtdr_tf.serving.serving_error import ServingError


def files(*contents):
    return {"photograph_bytes": np.array([*contents, None], object)[:-1]}


def test_answers_as_tensorflow_loads_it(served, exported, photograph):
    loaded = tf.saved_model.load(str(exported)).signatures
    answer = served.predict("serving_bytes", files(photograph, photograph))
    expected = loaded["serving_bytes"](
        photograph_bytes=tf.constant([photograph] * 2)
    )
    assert set(answer) == set(expected)
    for name, value in expected.items():
        if value.dtype == tf.string:
            assert (answer[name] == value.numpy()).all()
        else:
            np.testing.assert_allclose(answer[name], value, atol=1e-6)
    logits = answer["grade"].astype(float)
    np.testing.assert_allclose(
        answer["grade_probabilities"], softmax(logits, 1), atol=1e-6
    )


def test_only_the_outputs_that_are_asked_for(served, photograph):
    answer = served.predict("grade_only", files(photograph), ["grade"])
    assert set(answer) == {"grade"}
    with pytest.raises(ServingError, match="no output 'age'"):
        served.predict("grade_only", files(photograph), ["grade", "age"])


def test_the_default_signature_needs_no_name(served):
    given = {"low_res": np.full((1, 16, 16, 3), 0.5, np.float32)}
    assert served.predict("", given)["super_resolution"].shape[1:] == (
        64,
        64,
        3,
    )


FLOATS = np.full((1, 16, 16, 3), 0.5, np.float32)


@pytest.mark.parametrize(
    ("signature", "inputs", "message"),
    [
        ("fly", {}, "no signature 'fly'; there are grade_only, serving_by"),
        ("", {"high_res": FLOATS}, r"\['low_res'\], not \['high_res'\]"),
        ("", {"low_res": FLOATS.astype(np.float64)}, "float32, not float64"),
        ("", {"low_res": FLOATS[:, :8]}, r"\[-1, 16, 16, 3\], not \[1, 8"),
        ("", {"low_res": FLOATS[0]}, r"not \[16, 16, 3\]"),
        ("", {"low_res": FLOATS[:0]}, "1 to 4 photographs, not 0"),
        ("", {"low_res": FLOATS.repeat(5, 0)}, "1 to 4 photographs, not 5"),
        ("", {"low_res": FLOATS * np.nan}, "finite and between 0 and 1"),
        ("", {"low_res": FLOATS * np.inf}, "finite and between 0 and 1"),
        ("", {"low_res": FLOATS * 255}, "finite and between 0 and 1"),
        ("serving_bytes", files(b""), "no JPEG or PNG file"),
        ("grade_only", files(b"GIF89a" * 9), "no JPEG or PNG file"),
        ("grade_only", files(b"\xff\xd8\xff" + b"x" * 99), "JPEG"),
    ],
)
def test_a_wrong_request_is_told_in_one_line(
    served, signature, inputs, message
):
    with pytest.raises(ServingError, match=message) as caught:
        served.predict(signature, inputs)
    assert caught.value.code == "INVALID_ARGUMENT"
    assert caught.value.http_status == 400
    assert len(str(caught.value).splitlines()) == 1
    assert "node" not in str(caught.value).lower()


def test_a_message_that_claims_a_huge_shape_is_not_unpacked(served):
    bomb = tensor_pb2.TensorProto(dtype=tf.float32.as_datatype_enum)
    for size in (1, 10**6, 10**6, 3):
        bomb.tensor_shape.dim.add(size=size)
    bomb.float_val.append(0.5)
    with pytest.raises(ServingError, match="must have the shape"):
        served.read("", {"low_res": bomb})
    # One whose content is shorter than its shape says.
    short = tf.make_tensor_proto(FLOATS)
    short.tensor_content = short.tensor_content[:100]
    with pytest.raises(ServingError, match="low_res: "):
        served.read("", {"low_res": short})


def test_other_models_and_versions_are_not_found(served):
    served.find("eye")
    served.find("eye", 1)
    for name, version in (("ear", None), ("eye", 2)):
        with pytest.raises(ServingError, match="Servable not found") as caught:
            served.find(name, version)
        assert (caught.value.code, caught.value.http_status) == (
            "NOT_FOUND",
            404,
        )


def test_runs_the_warm_up_requests(served, exported, tmp_path):
    assert served.warm_up() == 3
    one = ServedModel(exported, max_batch=1)
    one.folder = tmp_path
    assert one.warm_up() == 0
    file = tmp_path / "assets.extra" / "tf_serving_warmup_requests"
    file.parent.mkdir()
    write_warm_up(file, "dmtdr", 16, batch_size=2)
    with pytest.raises(UserError, match="cannot be run: .* 1 to 1 photog"):
        one.warm_up()
    file.write_bytes(b"damaged" * 20)
    with pytest.raises(UserError, match="requests: cannot be run: "):
        one.warm_up()


def test_what_is_no_saved_model_is_one_line(exported, tmp_path):
    with pytest.raises(UserError, match="holds no SavedModel"):
        ServedModel(tmp_path)
    damaged = tmp_path / "damaged"
    shutil.copytree(exported, damaged)
    (damaged / "saved_model.pb").write_bytes(b"\xff" * 100)
    with pytest.raises(UserError, match="is damaged"):
        ServedModel(damaged)
    shutil.copy(exported / "saved_model.pb", damaged)
    for file in (damaged / "variables").iterdir():
        file.unlink()
    with pytest.raises(UserError, match="cannot be loaded: "):
        ServedModel(damaged)
