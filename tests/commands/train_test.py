import dataclasses
import types

import pytest

from dmtdr_tf.commands import train
from dmtdr_tf.config import file as config_file
from dmtdr_tf.config import presets
from dmtdr_tf.files.errors import UserError
from dmtdr_tf.training import stages


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


@pytest.mark.parametrize(
    ("options", "balance"),
    [
        (["--stage-1.grading.class-balanced"], "grade"),
        (["--stage_1.grading.class_balanced"], "grade"),
        (["--stage-1.grading.lesion-balanced"], "lesion"),
        (["--stage-1.grading.no-lesion-balanced"], "none"),
        (
            ["--stage-1.grading.no-class-balanced"]
            + ["--stage-1.grading.lesion_balanced"],
            "lesion",
        ),
    ],
)
def test_balance_of_version_0_1_0_is_translated(
    tmp_path, capsys, options, balance
):
    config, _ = train.parse([*options, f"--workdir={tmp_path}"])
    assert config.stage_1.grading.balance == balance
    assert config.stage_2.joint.balance == "none"
    printed = capsys.readouterr().err
    assert f"write --stage-1.grading.balance={balance}\n" in printed
    assert printed.count("\n") == 1


def test_no_balance_of_version_0_1_0_changes_only_its_own_kind(tmp_path):
    _start(tmp_path, "--stage-1.grading.balance=lesion")
    workdir = f"--workdir={tmp_path}"
    kept, _ = train.parse([workdir, "--stage-1.grading.no-class-balanced"])
    assert kept.stage_1.grading.balance == "lesion"
    with pytest.raises(UserError, match="mutually exclusive"):
        train.parse([workdir, "--stage-1.grading.class-balanced"])


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


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--stage=2"], "train stage 1 first"),
        (["--dataset=idrid", "--manual_dir=/no/such"], "no folder /no/such"),
        (["--dataset=moon"], "no data set 'moon'"),
        (
            ["--strategy=mirrored", "--replicas=2"]
            + ["--stage-1.grading.batch-size=3"],
            r"stage_1\.grading\.batch_size: 3 cannot be divided evenly among 2",
        ),
    ],
)
def test_a_mistake_leaves_no_workdir(tmp_path, monkeypatch, options, message):
    one = types.SimpleNamespace(num_replicas_in_sync=2)
    monkeypatch.setattr(stages, "make_strategy", lambda run: one)
    workdir = tmp_path / "run"
    options = [*options, f"--workdir={workdir}", f"--data_dir={tmp_path}/data"]
    with pytest.raises(UserError, match=message):
        train.main(options)
    assert not workdir.exists()


def test_a_finished_run_keeps_its_configuration(tmp_path, capsys):
    _start(tmp_path, "--data_dir=here")
    for phase in ("restoration", "grading", "joint"):
        (tmp_path / phase).mkdir(exist_ok=True)
        (tmp_path / phase / "finished").touch()
    before = (tmp_path / "config.json").read_text()
    train.main([f"--workdir={tmp_path}", "--data_dir=elsewhere"])
    assert (tmp_path / "config.json").read_text() == before
    assert capsys.readouterr().out.count("already finished") == 3


def test_interrupted_training_says_how_to_resume(tmp_path, monkeypatch, capsys):
    def interrupt(*args):
        raise KeyboardInterrupt

    monkeypatch.setattr(stages, "train", interrupt)
    with pytest.raises(KeyboardInterrupt):
        train.main([f"--workdir={tmp_path}"])
    assert "Repeat the command to resume" in capsys.readouterr().out
