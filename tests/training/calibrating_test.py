import dataclasses
import shutil

import numpy as np
import pytest
import tensorflow as tf

from dmtdr_tf.calibration import read_calibration, run_calibration
from dmtdr_tf.calibration.temperature import probabilities_of
from dmtdr_tf.commands import calibrate as command
from dmtdr_tf.config import presets
from dmtdr_tf.config.run_folder import RunFolder
from dmtdr_tf.files.checksum import file_sha256
from dmtdr_tf.files.errors import UserError
from dmtdr_tf.models.deepmt_dr import DeepMTDR
from dmtdr_tf.prediction import Predictor
from dmtdr_tf.training import calibrating, stages
from dmtdr_tf.training.calibrating import calibrate_workdir

COUNT = 40


@pytest.fixture
def run(workdir, tmp_path, monkeypatch):
    """A run of its own, and graded photographs."""
    shutil.copytree(workdir.path, tmp_path / "run")
    monkeypatch.setattr(calibrating, "evaluation_batches", _batches)
    return RunFolder(tmp_path / "run")


def _batches(config, split, batch_size, keep):
    assert (split, keep) == ("validation", "grade")
    rng = np.random.default_rng(0)
    batch = {
        "low_res": rng.random((COUNT, 16, 16, 3), "float32"),
        "grade": np.arange(COUNT, dtype="int32") % 5,
    }
    return tf.data.Dataset.from_tensor_slices(batch).batch(batch_size)


def test_writes_what_belongs_to_the_weights(run):
    calibration = calibrate_workdir(run.path, batch_size=16)
    assert read_calibration(run.calibration_file) == calibration
    assert run_calibration(run) == calibration
    assert calibration.weights_sha256 == file_sha256(run.best("joint"))
    assert (calibration.stage, calibration.split) == (2, "validation")
    assert calibration.photographs == COUNT
    assert calibration.referable_photographs == 24
    assert calibration.sensitivity >= 0.9
    assert calibration.coverage >= 0.9
    assert not [p for p in run.path.iterdir() if "partial" in p.name]


def test_the_predictor_applies_it(run, drawn):
    plain = Predictor.from_workdir(run.path, quality_gate=False)
    assert plain.calibration is None
    calibration = calibrate_workdir(run.path)
    predictor = Predictor.from_workdir(run.path, quality_gate=False)
    assert predictor.calibration == calibration
    before, after = plain(drawn), predictor(drawn)
    assert not before.is_calibrated
    logits = np.log(before.probabilities)[None]
    np.testing.assert_allclose(
        after.probabilities,
        probabilities_of(logits, calibration.temperature)[0],
        rtol=1e-3,
    )
    assert after.grade == before.grade
    assert after.operating_point == calibration.operating_point
    np.testing.assert_array_equal(after.lesions, before.lesions)


@pytest.fixture
def drawn():
    from dmtdr_tf.exporting.saved_model.warm_up import draw_eye

    return draw_eye(120)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("sensitivity", 0.0),
        ("sensitivity", 1.1),
        ("sensitivity", float("nan")),
        ("coverage", 1.0),
        ("coverage", 0.0),
    ],
)
def test_shares_are_checked_everywhere(run, name, value):
    with pytest.raises(UserError) as caught:
        calibrate_workdir(run.path, **{name: value})
    assert caught.value.argument == name
    with pytest.raises(UserError) as caught:
        command.Arguments(**{name: value})
    assert caught.value.argument == name


def test_an_earlier_one_stays_where_it_cannot_be_fitted(run, monkeypatch):
    calibrate_workdir(run.path)
    before = run.calibration_file.read_bytes()
    monkeypatch.setattr(
        calibrating,
        "evaluation_batches",
        lambda *arguments: _batches(*arguments).take(3),
    )
    with pytest.raises(UserError, match="3 graded photographs are too few"):
        calibrate_workdir(run.path)
    assert run.calibration_file.read_bytes() == before


def test_damaged_weights_are_not_calibrated(run, monkeypatch):
    monkeypatch.setattr(
        DeepMTDR,
        "call",
        lambda self, low_res, training: {"grade": low_res[:, 0, :5, 0] / 0.0},
    )
    with pytest.raises(UserError, match="not finite"):
        calibrate_workdir(run.path)


def test_without_the_extra_there_is_no_set(run, monkeypatch, capsys):
    monkeypatch.setattr(calibrating, "has_conformal", lambda: False)
    command.run(command.Arguments(workdir=str(run.path)))
    assert read_calibration(run.calibration_file).least_probability is None
    printed = capsys.readouterr()
    assert "pip install '.[calibration]'" in printed.err
    assert "set of grades" not in printed.out


def test_the_command_prints_figures(run, capsys):
    arguments = command.Arguments(workdir=str(run.path), sensitivity=0.8)
    command.check(arguments)
    command.run(arguments)
    calibration = read_calibration(run.calibration_file)
    assert calibration.wanted_sensitivity == 0.8
    printed = capsys.readouterr().out
    assert "40 photographs of synthetic_fundus (validation): 24 of" in printed
    assert "calibration error" in printed
    assert "cross-fitted" in printed
    assert f"Written to {run.calibration_file}" in printed


def test_a_workdir_without_a_model_is_told_at_once(tmp_path):
    with pytest.raises(UserError, match="holds no run"):
        command.check(command.Arguments(workdir=str(tmp_path)))


def test_training_calibrates_each_stage(tmp_path, monkeypatch, capsys):
    """The phases themselves are tested elsewhere."""
    done = []

    def run_phase(config, workdir, phase, strategy):
        workdir.phase(phase.name).mkdir(parents=True)
        (workdir.phase(phase.name) / "finished").touch()
        done.append(phase.name)

    def calibrate(path, stage):
        done.append(stage)
        raise UserError("3 graded photographs are too few")

    monkeypatch.setattr(stages, "run_phase", run_phase)
    monkeypatch.setattr(stages, "calibrate_workdir", calibrate)
    monkeypatch.setattr(stages, "_prepare", lambda *arguments: None)
    config = presets.preset("demo")
    run = dataclasses.replace(config.run, workdir=str(tmp_path / "run"))
    stages.train(dataclasses.replace(config, run=run))
    assert done == ["restoration", "grading", 1, "joint", 2]
    printed = capsys.readouterr().out
    assert printed.count("not calibrated: 3 graded photographs") == 2


def test_a_repeated_training_calibrates_what_was_stopped_before(
    run, monkeypatch, capsys
):
    for phase in ("restoration", "grading", "joint"):
        run.phase(phase).mkdir(exist_ok=True)
        (run.phase(phase) / "finished").touch()
    config = dataclasses.replace(run.config.run, workdir=str(run.path))
    config = dataclasses.replace(run.config, run=config)
    stages.train(config, "1")
    assert read_calibration(run.calibration_file) is None  # not the latest
    stages.train(config)
    assert run_calibration(run).stage == 2
    assert "  calibrated: " in capsys.readouterr().out
    written = run.calibration_file.stat().st_mtime_ns
    stages.train(config)
    assert run.calibration_file.stat().st_mtime_ns == written
