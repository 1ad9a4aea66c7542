import dataclasses

import pytest

from dmtdr_tf import config_file, presets
from dmtdr_tf.commands import train
from dmtdr_tf.errors import UserError


def _start(tmp_path, *options):
    """Leaves a workdir as a run of these options does after an epoch."""
    saved, _ = train.parse([*options, f"--workdir={tmp_path}"])
    config_file.save(saved, tmp_path / "config.json")
    (tmp_path / "restoration").mkdir()
    (tmp_path / "restoration" / "best.weights.h5").touch()
    return saved


def test_no_option_is_the_demo_on_the_synthetic_set(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    config, stage = train.parse([])
    assert config == presets.preset("demo")
    assert config.run.dataset == "synthetic_fundus"
    assert stage == "all"


def test_options_go_before_the_preset(tmp_path):
    options = ["--preset", "small", "--stage=1", "--workdir", str(tmp_path)]
    options += ["--model.grading-width=16", "--stage_2.joint.epochs", "7"]
    config, stage = train.parse(options)
    small = presets.preset("small")
    assert config.model == dataclasses.replace(small.model, grading_width=16)
    assert config.stage_2.joint.epochs == 7
    assert config.stage_1 == small.stage_1
    assert stage == "1"


def test_workdirs_configuration_goes_before_the_preset(tmp_path):
    saved = _start(tmp_path, "--preset=small")
    again, stage = train.parse([f"--workdir={tmp_path}", "--stage=2"])
    assert again == saved
    assert stage == "2"


def test_another_configuration_in_the_workdir_is_refused(tmp_path):
    _start(tmp_path, "--preset=small")
    for option, name in (
        ("--model.scale=2", "model.scale=4, not 2"),
        ("--dataset=idrid", "run.dataset='synthetic_fundus'"),
        ("--preset=base", "run.preset='small', not 'base'"),
    ):
        with pytest.raises(UserError, match=name):
            train.parse([option, f"--workdir={tmp_path}"])


def test_stage_2_can_be_changed_until_it_starts(tmp_path):
    _start(tmp_path)
    options = [f"--workdir={tmp_path}", "--stage_2.joint.epochs=9"]
    assert train.parse(options)[0].stage_2.joint.epochs == 9
    (tmp_path / "joint").mkdir()
    with pytest.raises(UserError, match=r"stage_2\.joint\.epochs"):
        train.parse(options)


@pytest.mark.parametrize(
    "option", ["--nonsense=1", "--stage=3", "--model.scale=four"]
)
def test_unknown_options_end_the_program(tmp_path, option, capsys):
    with pytest.raises(SystemExit) as ended:
        train.parse([option, f"--workdir={tmp_path}"])
    assert ended.value.code == 2
    assert option.split("=")[0].lstrip("-") in capsys.readouterr().err


def test_unknown_preset_is_one_line(tmp_path):
    with pytest.raises(UserError, match="no preset 'huge'"):
        train.parse(["--preset=huge", f"--workdir={tmp_path}"])


def test_workdir_that_cannot_be_written_is_named(tmp_path):
    (tmp_path / "file").touch()
    config, stage = train.parse([f"--workdir={tmp_path}/file/run"])
    with pytest.raises(UserError, match="file/run cannot be written"):
        train.run(config, stage)


def test_a_run_that_never_started_binds_nobody(tmp_path):
    mistaken, _ = train.parse(["--preset=small", f"--workdir={tmp_path}"])
    config_file.save(mistaken, tmp_path / "config.json")
    config, _ = train.parse(["--preset=base", f"--workdir={tmp_path}"])
    assert config.run.preset == "base"
