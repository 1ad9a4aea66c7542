import types

import pytest

from dmtdr_tf import config_file, exporting, presets
from dmtdr_tf.commands import export as command
from dmtdr_tf.commands.export import Arguments
from dmtdr_tf.errors import UserError
from dmtdr_tf.exporting import web
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


def test_the_page_gets_the_model_with_the_chosen_weights(
    workdir, tmp_path, monkeypatch
):
    def export_litert(model, folder, config, weights):
        folder.mkdir()
        file = folder / f"{weights}.tflite"
        file.write_text(f"{model} in {weights}")
        return file

    litert = types.SimpleNamespace(export_litert=export_litert)
    monkeypatch.setattr(exporting, "litert", litert, raising=False)
    (tmp_path / "web_page").mkdir()
    (tmp_path / "web_page" / "worker.js").write_text("work()")
    monkeypatch.setattr(web, "__file__", str(tmp_path / "web.py"))
    options = {"format": "web", "weights": "float16", "stage": 1}
    command.run(Arguments(workdir=str(workdir.path), **options))
    page = workdir.path / "export" / "web"
    assert (page / "model.tflite").read_text() == "stage 1 in float16"
    assert (page / "worker.js").read_text() == "work()"


def test_refuses_what_is_not_there(tmp_path):
    with pytest.raises(UserError, match="'litert'; there is saved_model"):
        Arguments(format="litert")
    with pytest.raises(UserError, match="no config.json"):
        command.run(Arguments(workdir=str(tmp_path)))
