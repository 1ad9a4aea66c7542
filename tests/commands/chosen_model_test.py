"""Which model a command takes, and what it says of its choice."""

import dataclasses

import pytest

from dmtdr_tf.commands import evaluate, export, parity, predict, serve, web
from dmtdr_tf.commands.chosen_model import chosen_model
from dmtdr_tf.files.errors import UserError
from dmtdr_tf.models.presets import write_preset
from dmtdr_tf.pretrained import default_model


@dataclasses.dataclass(frozen=True)
class Options:
    model: str = ""
    workdir: str = ""


@pytest.mark.parametrize(
    "command", [evaluate, export, parity, predict, serve, web]
)
def test_every_command_has_both_options_and_no_default(command):
    fields = {f.name: f.default for f in dataclasses.fields(command.Arguments)}
    assert (fields["model"], fields["workdir"]) == ("", "")


def test_the_default_is_said_with_its_reason(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    lines = []
    assert chosen_model(Options(), lines.append).label == default_model()
    assert lines == [
        f"Model: {default_model()}, which comes with dmtdr_tf, because "
        "neither --model nor --workdir is given"
    ]
    (tmp_path / "runs" / "default").mkdir(parents=True)
    chosen_model(Options(), lines.append)
    assert lines[1] == (
        f"{lines[0]}; --workdir runs/default takes the run that you trained"
    )


def test_a_model_that_is_named_is_not_remarked_on(workdir):
    lines = []
    for options in (
        Options(model=default_model()),
        Options(model=str(workdir.path)),
        Options(workdir=str(workdir.path)),
    ):
        chosen_model(options, lines.append)
    assert not lines


def test_both_options_are_refused():
    with pytest.raises(UserError, match="^model: give a model or a workdir"):
        chosen_model(Options("a", "b"))


def test_a_preset_is_no_workdir(model, config, tmp_path):
    preset = write_preset(model, tmp_path / "preset", config)
    with pytest.raises(UserError, match="^workdir: .*--model"):
        chosen_model(Options(workdir=str(preset)))
    assert chosen_model(Options(model=str(preset))).path == preset


def test_a_missing_workdir_is_not_replaced_by_another_model(tmp_path):
    with pytest.raises(UserError, match="no config.json"):
        chosen_model(Options(workdir=str(tmp_path / "runs")))
