import dataclasses
import hashlib
import pathlib

import cv2
import numpy as np
import pytest

from dmtdr_tf.calibration import write_calibration
from dmtdr_tf.commands import comparison
from dmtdr_tf.commands import export as command
from dmtdr_tf.commands.export import Arguments
from dmtdr_tf.commands.parsing import parse
from dmtdr_tf.config import QualityConfig, presets
from dmtdr_tf.config import file as config_file
from dmtdr_tf.exporting.litert import writer as litert
from dmtdr_tf.exporting.saved_model import writer as saved_model
from dmtdr_tf.exporting.web import writer as web
from dmtdr_tf.files.errors import UserError
from dmtdr_tf.models.deepmt_dr import DeepMTDR
from dmtdr_tf.parity import photograph_source
from dmtdr_tf.parity.photograph_source import PhotographSource
from dmtdr_tf.training.workdir import Workdir


@pytest.fixture
def workdir(tmp_path, monkeypatch):
    """A run with a configuration; its model is its stage's number."""
    workdir = Workdir(tmp_path / "run")
    config_file.save(presets.preset("demo"), workdir.config_file)
    monkeypatch.setattr(
        DeepMTDR, "from_workdir", lambda path, stage=None: f"stage {stage}"
    )
    return workdir


def without_gate(workdir):
    """A drawn disc has nothing sharp in it."""
    config = dataclasses.replace(
        workdir.config, quality=QualityConfig(gate=False)
    )
    config_file.save(config, workdir.config_file)


@pytest.fixture
def calls(monkeypatch):
    made = []
    monkeypatch.setattr(
        saved_model,
        "export_saved_model",
        lambda *given, **options: made.append((*given, options)),
    )
    return made


def test_exports_the_run_s_model_into_its_workdir(workdir, calls, capsys):
    command.run(Arguments(workdir=str(workdir.path), parity=0))
    target = workdir.path / "export" / "saved_model"
    plain = {"batch_size": None, "stage": None, "evaluation": None}
    plain |= {"unreliable": None, "calibration": None, "symmetries": 1}
    assert calls == [("stage None", target, workdir.config, False, plain)]
    printed = capsys.readouterr()
    assert str(target) in printed.out
    assert printed.err.count("not calibrated: `dmtdr calibrate") == 1


def test_the_run_s_calibration_is_passed_on(
    workdir, calls, calibration, capsys
):
    workdir.phase("grading").mkdir()
    (workdir.phase("grading") / "finished").touch()
    workdir.best("grading").write_bytes(b"weights")
    digest = hashlib.sha256(b"weights").hexdigest()
    own = dataclasses.replace(calibration, weights_sha256=digest)
    write_calibration(workdir.calibration_file, own)
    command.run(Arguments(workdir=str(workdir.path), parity=0))
    assert calls[0][-1]["calibration"] == own
    assert "not calibrated" not in capsys.readouterr().err
    # One of other weights is told and not used.
    write_calibration(workdir.calibration_file, calibration)
    command.run(Arguments(workdir=str(workdir.path), parity=0, overwrite=True))
    assert calls[1][-1]["calibration"] is None
    assert "belongs to other weights" in capsys.readouterr().err
    workdir.calibration_file.write_text("{")
    with pytest.raises(UserError, match=r"calibration\.json: not a calib"):
        command.check(Arguments(workdir=str(workdir.path)))


def test_options_are_passed_on(workdir, calls, tmp_path):
    options = {"output": str(tmp_path / "o"), "overwrite": True, "stage": 1}
    options |= {"workdir": str(workdir.path), "batch_size": 4, "parity": 0}
    options |= {"symmetries": 8}
    command.run(Arguments(**options))
    given = {"batch_size": 4, "stage": 1, "evaluation": None}
    given |= {"unreliable": None, "calibration": None, "symmetries": 8}
    assert calls == [("stage 1", tmp_path / "o", workdir.config, True, given)]


@pytest.mark.parametrize("timings", [False, True])
def test_what_was_written_is_compared(workdir, calls, monkeypatch, timings):
    compared = []
    monkeypatch.setattr(
        comparison,
        "compare",
        lambda *given, **options: compared.append((*given, options)),
    )
    monkeypatch.setattr(
        photograph_source.records, "builders", lambda config: []
    )
    given = {"workdir": str(workdir.path), "stage": 2, "timings": timings}
    command.run(Arguments(**given, parity=3))
    target = workdir.path / "export" / "saved_model"
    ((models, run, source, options),) = compared
    assert models == [target]
    assert run.path == workdir.path
    assert source == PhotographSource(workdir.config, "validation", 3)
    assert options == {"stage": 2, "timings": timings}


def test_nothing_is_timed_unless_it_is_asked_for():
    assert not Arguments().timings


def test_without_photographs_nothing_is_written(workdir, calls, monkeypatch):
    def builders(config):
        raise UserError("--manual_dir: no folder x")

    monkeypatch.setattr(photograph_source.records, "builders", builders)
    with pytest.raises(UserError, match="no folder x.*--parity=0 exports"):
        command.run(Arguments(workdir=str(workdir.path)))
    assert not calls


def test_the_page_gets_the_model_with_the_chosen_weights(
    workdir, tmp_path, monkeypatch
):
    def export_litert(
        model, folder, config, quantizations, photographs, calibration
    ):
        for name in quantizations:
            file = pathlib.Path(folder) / f"{name}.tflite"
            file.write_text(f"{model} in {name}")
        return pathlib.Path(folder)

    monkeypatch.setattr(litert, "export_litert", export_litert)
    (tmp_path / "page").mkdir()
    (tmp_path / "page" / "worker.js").write_text("work()")
    monkeypatch.setattr(web, "__file__", str(tmp_path / "web.py"))
    options = {"format": "web", "stage": 1, "parity": 0}
    command.run(Arguments(workdir=str(workdir.path), **options))
    page = workdir.path / "export" / "web"
    assert (page / "model.tflite").read_text() == "stage 1 in float16"
    assert (page / "worker.js").read_text() == "work()"


def test_refuses_what_is_not_there(tmp_path):
    with pytest.raises(UserError, match="batch_size: must be at least 0"):
        Arguments(batch_size=-1)
    with pytest.raises(UserError, match="'saved_model', .*not 'paper'"):
        Arguments(format="paper")
    with pytest.raises(UserError, match="parity: must be at least 0"):
        Arguments(parity=-1)
    with pytest.raises(UserError, match="representative: must be at least 1"):
        Arguments(representative=0)
    with pytest.raises(UserError, match="no config.json"):
        command.run(Arguments(workdir=str(tmp_path)))


@pytest.fixture
def litert_calls(monkeypatch):
    made = []

    def export_litert(*given):
        made.append(given)
        return given[1]

    monkeypatch.setattr(litert, "export_litert", export_litert)
    return made


def test_litert_without_int8_reads_no_photographs(workdir, calls, litert_calls):
    options = {"format": "litert", "quantization": "float16", "parity": 0}
    command.run(Arguments(workdir=str(workdir.path), **options))
    target = workdir.path / "export" / "litert"
    expected = ("stage None", target, workdir.config, ("float16",), [], False)
    assert litert_calls == [(*expected, None, None)]


def test_int8_is_calibrated_with_the_user_s_photographs(
    workdir, calls, litert_calls, tmp_path
):
    without_gate(workdir)
    photograph = np.zeros((300, 400, 3), np.uint8)
    cv2.circle(photograph, (200, 150), 120, (40, 90, 180), -1)
    cv2.imwrite(str(tmp_path / "eye.png"), photograph)
    options = {"format": "litert", "quantization": "int8", "parity": 0}
    eyes = (str(tmp_path / "eye.png"),)
    command.run(
        Arguments(workdir=str(workdir.path), photographs=eyes, **options)
    )
    (calibrated,) = litert_calls[0][4]
    assert calibrated.shape == (1, 64, 64, 3)
    # The disc fills the square, in the colour that it has in the file.
    np.testing.assert_allclose(
        calibrated[0, 32, 32], np.array([180, 90, 40]) / 255, atol=0.01
    )


def test_a_file_without_a_retina_is_named(workdir, calls, tmp_path):
    cv2.imwrite(str(tmp_path / "black.png"), np.zeros((90, 90, 3), np.uint8))
    black = (str(tmp_path / "black.png"),)
    options = {"format": "litert", "parity": 0}
    with pytest.raises(UserError, match=r"black\.png: "):
        command.run(
            Arguments(workdir=str(workdir.path), photographs=black, **options)
        )


def test_a_poor_photograph_does_not_calibrate(workdir, calls, tmp_path):
    disc = np.zeros((300, 400, 3), np.uint8)
    cv2.circle(disc, (200, 150), 120, (40, 90, 180), -1)
    cv2.imwrite(str(tmp_path / "blurred.png"), disc)
    options = {"format": "litert", "quantization": "int8", "parity": 0}
    options |= {"photographs": (str(tmp_path / "blurred.png"),)}
    message = r"^\S*blurred\.png: this photograph cannot be graded"
    with pytest.raises(UserError, match=message):
        command.run(Arguments(workdir=str(workdir.path), **options))


@pytest.mark.parametrize("option", ["--quantization", "--quantisation"])
def test_both_spellings_are_accepted(option):
    given = parse(Arguments, [f"{option}=int8"], "dmtdr export")
    assert given.quantization == "int8"


def test_what_is_wrong_is_told_before_the_conversion(
    workdir, calls, litert_calls, tmp_path
):
    with pytest.raises(UserError, match="quantization: .*not 'int4'"):
        Arguments(format="litert", quantization="int4")
    (tmp_path / "thesis.txt").touch()
    options = {"format": "litert", "parity": 0, "output": str(tmp_path)}
    with pytest.raises(UserError, match="is no LiteRT export"):
        command.run(Arguments(workdir=str(workdir.path), **options))
    assert not litert_calls
