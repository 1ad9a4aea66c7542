"""A run as a preset: everything that a user of it needs."""

import dataclasses
import json
import shutil

import cv2
import numpy as np
import pytest

from dmtdr_tf.calibration import run_calibration, write_calibration
from dmtdr_tf.commands import export as command
from dmtdr_tf.config.run_folder import RunFolder
from dmtdr_tf.exporting.export import ExportOptions, export_run
from dmtdr_tf.exporting.saved_model.warm_up import draw_eye
from dmtdr_tf.files.checksum import file_sha256
from dmtdr_tf.files.errors import UserError
from dmtdr_tf.labels import LESIONS
from dmtdr_tf.models import DeepMTDR
from dmtdr_tf.parity.photograph_source import PhotographSource
from dmtdr_tf.parity.preset_precision import preset_precision
from dmtdr_tf.pretrained import find_model


def evaluation(stage):
    """The figures that a card shows, each 0.5."""
    lesion = {
        figure: dict.fromkeys(
            ("pooled", "per_image", "pooled_error_bound"), 0.5
        )
        for figure in ("average_precision", "auc", "prevalence")
    }
    grading = dict.fromkeys(
        (
            "accuracy",
            "precision",
            "f1",
            "kappa",
            "quadratic_kappa",
            "referable_auc",
            "referable_sensitivity",
            "referable_specificity",
            "calibration_error",
        ),
        0.5,
    )
    images = {"psnr": 40.0, "ssim": 0.5}
    return {
        "provenance": {
            "stage": stage,
            "workdir": "/home/me/secret",
            "split": "validation",
            "dataset": "idrid",
            "dmtdr_tf": "0.1.0",
        },
        "grading": {
            **grading,
            "photographs": 7,
            "majority": {**grading, "grade": 0},
        },
        "super_resolution": {**images, "bicubic": images, "photographs": 7},
        "lesions": {
            name: {**lesion, "photographs": 7} for name in (*LESIONS, "mean")
        },
    }


@pytest.fixture
def run(workdir, tmp_path):
    """A copy of the run, to be evaluated and calibrated."""
    return RunFolder(shutil.copytree(workdir.path, tmp_path / "run"))


def export(run, folder, **options):
    export_run(run, "preset", folder, ExportOptions(**options))
    return find_model(folder)


def test_the_model_comes_back_in_half_the_bytes(run, model, tmp_path):
    preset = export(run, tmp_path / "mine")
    assert preset.metadata["weights_dtype"] == "float16"
    assert preset.latest_stage() == 2
    low_res = np.random.default_rng(0).random((1, 16, 16, 3), "float32")
    loaded = DeepMTDR.from_preset(preset.path)
    np.testing.assert_allclose(
        loaded(low_res)["grade"], model(low_res)["grade"], atol=0.01
    )


def test_what_the_run_knows_of_itself_goes_along(run, calibration, tmp_path):
    digest = file_sha256(run.checkpoint())
    fitted = dataclasses.replace(calibration, weights_sha256=digest)
    write_calibration(run.calibration_file, fitted)
    (run.path / "evaluation.json").write_text(json.dumps(evaluation(2)))
    (tmp_path / "card.md").write_text("Trained by me.")
    preset = export(run, tmp_path / "mine", card=str(tmp_path / "card.md"))
    digest = preset.metadata["weights_sha256"]
    own = dataclasses.replace(calibration, weights_sha256=digest)
    assert run_calibration(preset) == own
    figures = json.loads((preset.path / "evaluation.json").read_text())
    assert figures["grading"] == evaluation(2)["grading"]
    # No folder of this machine is given away.
    assert figures["provenance"]["workdir"] == "mine"
    card = (preset.path / "README.md").read_text()
    assert "# Model card: mine" in card
    assert "40.0000" in card
    assert card.endswith("\nTrained by me.\n")
    # And on, to a preset of the preset.
    again = export(preset, tmp_path / "again")
    assert run_calibration(again) == own
    assert (
        again.metadata["weights_sha256"] == (preset.metadata["weights_sha256"])
    )


def test_figures_of_another_stage_are_left_out(run, tmp_path):
    (run.path / "evaluation.json").write_text(json.dumps(evaluation(1)))
    preset = export(run, tmp_path / "mine")
    assert not (preset.path / "evaluation.json").exists()
    assert "not evaluated" in (preset.path / "README.md").read_text()


def test_the_license_is_that_of_the_data(run, tmp_path):
    text = run.config_file.read_text()
    run.config_file.write_text(text.replace("synthetic_fundus", "idrid"))
    card = (export(run, tmp_path / "a").path / "README.md").read_text()
    assert "license: cc-by-4.0" in card
    assert "Porwal" in card
    run.config_file.write_text(text.replace("synthetic_fundus", "eyepacs"))
    card = (export(run, tmp_path / "b").path / "README.md").read_text()
    assert "license: other" in card


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"quantization": "int8"}, "^quantization: .*float16"),
        ({"card": "nowhere.md"}, "^nowhere.md: no such file"),
        ({"stage": 1}, "stage 1 is not finished"),
    ],
)
def test_what_is_wrong_leaves_nothing(run, tmp_path, options, message):
    before = sorted(tmp_path.iterdir())
    with pytest.raises(UserError, match=message):
        export(run, tmp_path / "mine", **options)
    assert sorted(tmp_path.iterdir()) == before


def test_a_damaged_evaluation_is_named(run, tmp_path):
    (run.path / "evaluation.json").write_text("{")
    with pytest.raises(UserError, match=r"evaluation\.json: not an eval"):
        export(run, tmp_path / "mine")
    assert not (tmp_path / "mine").exists()


def test_the_card_says_how_exact_the_weights_are(run, tmp_path):
    preset = export(run, tmp_path / "mine")
    eye = tmp_path / "eye.png"
    cv2.imwrite(str(eye), draw_eye(128)[..., ::-1])
    source = PhotographSource(run.config, files=(str(eye),))
    sentence = preset_precision(preset.path, run, source)
    assert "1 of 1 grades are kept" in sentence
    card = (preset.path / "README.md").read_text()
    assert sentence in card
    assert "were not compared" not in card
    assert {file.stem for file in preset.path.iterdir()} & {"parity"} == set()


def test_a_preset_without_its_data_set_is_exported_uncompared(
    run, tmp_path, monkeypatch, capsys
):
    text = run.config_file.read_text()
    run.config_file.write_text(text.replace("synthetic_fundus", "idrid"))
    preset = export(run, tmp_path / "mine")
    monkeypatch.setenv("TFDS_DATA_DIR", str(tmp_path / "tfds"))
    options = {"model": str(preset.path), "format": "preset"}
    output = str(tmp_path / "out")
    command.run(command.Arguments(**options, output=output))
    assert "note: the export is not compared" in capsys.readouterr().err
    with pytest.raises(UserError, match="^parity: .*no photographs"):
        command.run(command.Arguments(**options, output=output, parity=3))
