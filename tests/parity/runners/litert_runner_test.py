import sys
import zipfile

import numpy as np
import pytest
import tensorflow as tf

from dmtdr_tf.files.errors import UserError
from dmtdr_tf.parity.runners.litert_runner import LiteRtRunner


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    """A model that doubles a photograph of 2 x 2 pixels."""

    class Doubler(tf.Module):
        @tf.function(
            input_signature=[tf.TensorSpec((1, 2, 2, 3), tf.float32, "low_res")]
        )
        def serve(self, low_res):
            return {"doubled": 2.0 * low_res, "sum": tf.reduce_sum(low_res)}

    folder = tmp_path_factory.mktemp("doubler")
    doubler = Doubler()
    signatures = {"serving_default": doubler.serve}
    tf.saved_model.save(doubler, str(folder / "saved"), signatures)
    converter = tf.lite.TFLiteConverter.from_saved_model(str(folder / "saved"))
    (folder / "doubler.tflite").write_bytes(converter.convert())
    with zipfile.ZipFile(folder / "doubler.tflite", "a") as archive:
        archive.writestr("labels.json", "{}")
    return folder / "doubler.tflite"


@pytest.mark.parametrize("threads", [1, 2])
def test_gives_every_output_by_name(path, threads):
    low_res = np.arange(12.0).reshape(1, 2, 2, 3)
    answer = LiteRtRunner(path, threads)(low_res)
    assert set(answer) == {"doubled", "sum"}
    np.testing.assert_array_equal(answer["doubled"], 2 * low_res)
    assert answer["sum"] == 66.0


def test_an_answer_outlives_the_next(path):
    run = LiteRtRunner(path)
    first = run(np.ones((1, 2, 2, 3)))["doubled"]
    run(np.zeros((1, 2, 2, 3)))
    assert (first == 2.0).all()


def test_refuses_another_shape(path):
    with pytest.raises(UserError, match=r"\(1, 2, 2, 3\), not \(1, 4, 4, 3\)"):
        LiteRtRunner(path)(np.zeros((1, 4, 4, 3)))


def test_refuses_what_is_no_model(path, tmp_path):
    with pytest.raises(UserError, match="no such file"):
        LiteRtRunner(tmp_path / "none.tflite")
    torn = tmp_path / "torn.tflite"
    for content in (b"", b"no model", path.read_bytes()[:-50]):
        torn.write_bytes(content)
        with pytest.raises(UserError, match=r"torn\.tflite: truncated, or not"):
            LiteRtRunner(torn)
    damaged = bytearray(path.read_bytes())
    damaged[:400] = bytes(400)
    torn.write_bytes(damaged)
    with pytest.raises(UserError, match=r"torn\.tflite: not a LiteRT model"):
        LiteRtRunner(torn)
    with pytest.raises(UserError, match="threads: must be at least 1"):
        LiteRtRunner(path, threads=0)


def test_says_what_to_install(path, monkeypatch):
    monkeypatch.setitem(sys.modules, "ai_edge_litert.compiled_model", None)
    with pytest.raises(UserError, match=r"pip install '\.\[litert\]'"):
        LiteRtRunner(path)
