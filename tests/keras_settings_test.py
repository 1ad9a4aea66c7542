"""A user's own settings of Keras, which our models do not follow."""

import json
import os
import subprocess
import sys

import keras
import pytest

from dmtdr_tf import keras_settings
from dmtdr_tf.files.errors import UserError

MODEL = """
import os
import dmtdr_tf
from dmtdr_tf.config import ModelConfig
model = dmtdr_tf.DeepMTDR(ModelConfig(
    super_resolution_width=4, segmentation_width=4, grading_width=4
))
import keras
outputs = model(keras.ops.ones((1, 16, 16, 3)))
print(keras.config.backend(), keras.config.image_data_format())
print({name: (x.dtype, *x.shape) for name, x in outputs.items()})
print(os.environ.get("KERAS_BACKEND"))
"""


def _run(tmp_path, settings, backend, code=MODEL):
    (tmp_path / "keras.json").write_text(json.dumps(settings))
    environment = {
        **os.environ,
        "KERAS_HOME": str(tmp_path),
        "KERAS_BACKEND": backend,
        "TF_CPP_MIN_LOG_LEVEL": "3",
    }
    if not backend:
        del environment["KERAS_BACKEND"]
    return subprocess.run(
        [sys.executable, "-c", code],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize(
    ("settings", "backend"),
    [
        ({"image_data_format": "channels_first", "floatx": "float16"}, ""),
        ({"backend": "torch"}, ""),
        ({"floatx": "float64"}, "jax"),
    ],
)
def test_models_are_the_same_under_any_settings(tmp_path, settings, backend):
    ended = _run(tmp_path, settings, backend)
    assert ended.returncode == 0, ended.stderr
    told = ended.stdout.splitlines()
    assert told[0] == "tensorflow channels_last"
    assert "float16" not in told[1]
    assert "'lesions': (tf.float32, 1, 64, 64, 4)" in told[1]
    # What the process starts sees the user's choice.
    assert told[2] == (backend or "None")


def test_command_reads_no_settings(tmp_path):
    code = """
from dmtdr_tf import cli
cli.start_tensorflow()
import dmtdr_tf.models, keras
print(keras.config.floatx(), keras.config.backend())
"""
    ended = _run(
        tmp_path, {"floatx": "float8", "backend": "mxnet"}, "jax", code
    )
    assert ended.returncode == 0, ended.stderr
    assert ended.stdout.split() == ["float32", "tensorflow"]


def test_keras_that_runs_on_another_backend_is_one_line(monkeypatch):
    monkeypatch.setattr(keras.config, "backend", lambda: "jax")
    with pytest.raises(UserError, match="already runs on jax in this process"):
        keras_settings.apply_settings()


def test_precision_of_the_settings_is_not_kept():
    keras.config.set_floatx("float16")
    keras.config.set_dtype_policy("float16")
    keras_settings.apply_settings()
    assert keras.config.floatx() == "float32"
    assert keras.config.dtype_policy().name == "float32"
    # One's own choice for training stays.
    keras.config.set_dtype_policy("mixed_bfloat16")
    keras_settings.apply_settings()
    assert keras.config.dtype_policy().name == "mixed_bfloat16"
