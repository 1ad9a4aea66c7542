import types

import cv2
import numpy as np
import pytest

from dmtdr_tf import config_file, presets
from dmtdr_tf.commands import export as command
from dmtdr_tf.commands.export import Arguments
from dmtdr_tf.errors import UserError
from dmtdr_tf.workdir import Workdir


@pytest.fixture
def workdir(tmp_path, monkeypatch):
    """A run with a configuration; its model is its stage's number."""
    workdir = Workdir(tmp_path / "run")
    config_file.save(presets.preset("demo"), workdir.config_file)
    monkeypatch.setattr(
        Workdir, "load_model", lambda self, stage=None: f"stage {stage}"
    )
    return workdir


@pytest.fixture
def calls(monkeypatch):
    made = []
    monkeypatch.setattr(
        command, "export_saved_model", lambda *given: made.append(given)
    )
    return made


def test_exports_the_run_s_model_into_its_workdir(workdir, calls, capsys):
    command.run(Arguments(workdir=str(workdir.path)))
    target = workdir.path / "export" / "saved_model"
    assert calls == [("stage None", target, workdir.config, False)]
    assert str(target) in capsys.readouterr().out


def test_options_are_passed_on(workdir, calls, tmp_path):
    options = {"output": str(tmp_path / "o"), "overwrite": True, "stage": 1}
    command.run(Arguments(workdir=str(workdir.path), **options))
    assert calls == [("stage 1", tmp_path / "o", workdir.config, True)]


def test_refuses_what_is_not_there(tmp_path):
    with pytest.raises(UserError, match="'pickle'; there is saved_model"):
        Arguments(format="pickle")
    with pytest.raises(UserError, match="no config.json"):
        command.run(Arguments(workdir=str(tmp_path)))
    with pytest.raises(UserError, match="--representative"):
        Arguments(format="litert", representative=0)


@pytest.fixture
def litert_calls(monkeypatch):
    made = []
    monkeypatch.setattr(
        command, "export_litert", lambda *given: made.append(given)
    )
    return made


def test_litert_without_int8_reads_no_photographs(workdir, litert_calls):
    given = Arguments(
        workdir=str(workdir.path), format="litert", quantisation="float16"
    )
    command.run(given)
    target = workdir.path / "export" / "litert"
    expected = ("stage None", target, workdir.config, ("float16",), [], False)
    assert litert_calls == [expected]


@pytest.fixture
def loads_a_model(monkeypatch):
    """One that is never asked to predict."""
    model = types.SimpleNamespace(explain=lambda low_res: {})
    monkeypatch.setattr(Workdir, "load_model", lambda *_: model)


def test_int8_is_calibrated_with_the_user_s_photographs(
    workdir, loads_a_model, litert_calls, tmp_path
):
    photograph = np.zeros((300, 400, 3), np.uint8)
    cv2.circle(photograph, (200, 150), 120, (40, 90, 180), -1)
    cv2.imwrite(str(tmp_path / "eye.png"), photograph)
    command.run(
        Arguments(
            workdir=str(workdir.path),
            format="litert",
            quantisation="int8",
            photographs=(str(tmp_path / "eye.png"),),
        )
    )
    (calibrated,) = litert_calls[0][4]
    assert calibrated.shape == (1, 64, 64, 3)
    # The disc fills the square, in the colour that it has in the file.
    np.testing.assert_allclose(
        calibrated[0, 32, 32], np.array([180, 90, 40]) / 255, atol=0.01
    )


def test_a_file_without_a_retina_is_named(workdir, loads_a_model, tmp_path):
    cv2.imwrite(str(tmp_path / "black.png"), np.zeros((90, 90, 3), np.uint8))
    given = Arguments(
        workdir=str(workdir.path),
        format="litert",
        photographs=(str(tmp_path / "black.png"),),
    )
    with pytest.raises(UserError, match="black.png: "):
        command.run(given)


def test_what_is_wrong_is_told_before_a_model_is_loaded(
    workdir, monkeypatch, tmp_path
):
    monkeypatch.delattr(Workdir, "load_model")
    where = {"workdir": str(workdir.path), "format": "litert"}
    with pytest.raises(UserError, match="no quantisation 'int4'"):
        command.run(Arguments(**where, quantisation="int4"))
    (tmp_path / "thesis.txt").touch()
    with pytest.raises(UserError, match="is no LiteRT export"):
        command.run(Arguments(**where, output=str(tmp_path)))
