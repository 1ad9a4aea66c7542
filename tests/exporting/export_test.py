import keras
import pytest

from dmtdr_tf.config import file as config_file
from dmtdr_tf.config import presets
from dmtdr_tf.config.run_folder import RunFolder
from dmtdr_tf.exporting import ExportOptions, default_folder, export_run
from dmtdr_tf.exporting.saved_model import writer
from dmtdr_tf.files.errors import UserError
from dmtdr_tf.models.deepmt_dr import DeepMTDR


@pytest.fixture
def run(tmp_path, monkeypatch):
    """A run whose model is the dtype policy that it was loaded under."""
    run = RunFolder(tmp_path / "run")
    config_file.save(presets.preset("demo"), run.config_file)
    monkeypatch.setattr(
        DeepMTDR,
        "from_workdir",
        lambda path, stage=None: keras.config.dtype_policy().name,
    )
    return run


def test_models_compute_in_float32_whatever_the_policy(run, monkeypatch):
    exported = []
    monkeypatch.setattr(
        writer,
        "export_saved_model",
        lambda model, folder, *given, **options: exported.append(model),
    )
    keras.config.set_dtype_policy("mixed_bfloat16")
    assert export_run(run) == [default_folder(run, "saved_model")]
    assert exported == ["float32"]
    assert keras.config.dtype_policy().name == "mixed_bfloat16"


def test_an_error_names_the_argument(run):
    with pytest.raises(UserError, match="not 'paper'") as caught:
        export_run(run, "paper")
    assert caught.value.argument == "format"
    with pytest.raises(UserError, match="not 'int4'") as caught:
        ExportOptions(quantization="int4")
    assert caught.value.argument == "quantization"


def test_only_a_saved_model_averages_over_symmetries(run):
    with pytest.raises(UserError, match="symmetries: only a SavedModel"):
        export_run(run, "onnx", options=ExportOptions(symmetries=8))
