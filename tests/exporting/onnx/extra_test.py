import sys

import pytest

from dmtdr_tf.exporting.onnx.writer import export_onnx
from dmtdr_tf.files.errors import UserError


def test_without_the_extra_it_says_what_to_install(
    model, config, tmp_path, monkeypatch
):
    monkeypatch.setitem(sys.modules, "tf2onnx", None)
    monkeypatch.setitem(sys.modules, "onnx", None)
    with pytest.raises(UserError, match=r"pip install '\.\[onnx\]'"):
        export_onnx(model, tmp_path / "out", config)
    assert not list(tmp_path.iterdir())
