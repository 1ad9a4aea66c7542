"""A model by its name, folder, workdir or address; and what is refused."""

import json
import shutil

import pytest

from dmtdr_tf import cli
from dmtdr_tf.config import file as config_file
from dmtdr_tf.config import presets
from dmtdr_tf.files.errors import UserError
from dmtdr_tf.models import DeepMTDR
from dmtdr_tf.models.presets import write_preset
from dmtdr_tf.pretrained import default_model, find_model, shipped_models

FIGURES = {"provenance": {"stage": 2}}


@pytest.fixture(scope="module")
def written(model, config, tmp_path_factory):
    return write_preset(
        model,
        tmp_path_factory.mktemp("presets") / "mine",
        config,
        stage=2,
        files={
            "evaluation.json": json.dumps(FIGURES).encode(),
            "calibration.json": b'{"temperature": 1.5}',
        },
        not_reliably_detected=["MA"],
    )


@pytest.fixture
def folder(written, tmp_path):
    return shutil.copytree(written, tmp_path / "mine")


def change(path, **values):
    content = json.loads(path.read_text())
    path.write_text(json.dumps({**content, **values}))


def refusal(model):
    """The one line that every way to a model is refused with."""
    with pytest.raises(UserError) as raised:
        find_model(model).checkpoint()
    with pytest.raises(UserError):
        DeepMTDR.from_preset(model)
    line = str(raised.value)
    assert "\n" not in line
    return line


def test_a_preset_stands_for_the_run_it_is_of(folder, config):
    run = find_model(folder)
    assert run.config.model == config.model
    assert run.config.low_res_size == config.low_res_size
    assert run.config.quality == config.quality
    assert run.config.run.dataset == config.run.dataset
    assert run.latest_stage() == 2
    assert run.checkpoint(2) == folder / "model.weights.h5"
    assert run.not_reliably_detected == ("MA",)
    assert run.outputs.as_posix() == "runs/mine"
    with pytest.raises(UserError, match="^stage: .*not after stage 1"):
        run.checkpoint(1)


def test_a_workdir_is_a_model_too(workdir):
    run = find_model(workdir.path)
    assert run.checkpoint() == workdir.best("joint")
    loaded = DeepMTDR.from_preset(workdir.path)
    assert loaded.config == workdir.config.model


def test_a_shipped_name_wins_over_a_folder(folder, tmp_path, monkeypatch):
    name = default_model()
    folder.rename(tmp_path / name)
    monkeypatch.chdir(tmp_path)
    assert find_model(name).label == name
    assert find_model(f"./{name}").path.resolve() == tmp_path / name


@pytest.mark.parametrize("name", ["nowhere", "no/such/folder", ""])
def test_an_unknown_name_lists_the_known(name):
    line = refusal(name)
    assert line.startswith("model: no trained model")
    assert ", ".join(shipped_models()) in line


def test_a_configuration_is_no_trained_model():
    with pytest.raises(UserError, match="small is a configuration to train"):
        find_model("small")


def test_a_folder_of_something_else(tmp_path):
    assert "neither a preset nor a run" in refusal(tmp_path)


def test_an_unfinished_run_names_the_model(tmp_path):
    config_file.save(presets.preset("demo"), tmp_path / "config.json")
    assert refusal(tmp_path).startswith("model: no stage is finished in")


def test_a_newer_preset(folder):
    path = folder / "metadata.json"
    change(path, format=2, dmtdr_tf_version="9.1")
    assert refusal(folder) == (
        f"{path}: written by a newer version of dmtdr_tf ('9.1'), which "
        "reading it needs"
    )


@pytest.mark.parametrize("name", ["calibration.json", "evaluation.json"])
def test_a_file_beside_the_weights_is_checked(folder, name):
    path = folder / name
    path.write_text('{"temperature": 9}')
    assert f"{name}: damaged or replaced" in refusal(folder)
    path.unlink()
    assert f"{name}: the preset has no such file" in refusal(folder)
    path.mkdir()
    assert f"{name}: not a file" in refusal(folder)
    path.rmdir()
    path.write_text("{}")
    metadata = json.loads((folder / "metadata.json").read_text())
    del metadata["files_sha256"][name]
    (folder / "metadata.json").write_text(json.dumps(metadata))
    assert f"{name}: metadata.json does not know this file" in refusal(folder)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"format": "two"}, "'two' is no format"),
        ({"dataset": None}, "dataset is missing"),
        ({"dataset": "a++b"}, "metadata.json: run.dataset: must be"),
        ({"preset": 3}, "preset is missing"),
        ({"stage": 3}, "3 is no stage"),
        ({"files_sha256": []}, "files_sha256 is no object"),
        ({"files_sha256": {"evaluation.json": 1}}, "no SHA-256"),
        ({"not_reliably_detected": ["XX"]}, "must list lesions"),
        ({"degradation": "rain"}, "data.degradation"),
    ],
)
def test_metadata_that_are_not_ours(folder, changes, message):
    change(folder / "metadata.json", **changes)
    line = refusal(folder)
    assert message in line
    assert line.startswith(str(folder / "metadata.json"))


def test_sizes_that_do_not_fit_the_model(folder):
    change(folder / "preprocessor.json", low_res_size=32)
    line = refusal(folder)
    assert line.startswith(str(folder / "preprocessor.json"))
    assert "the model's scale 4" in line


def test_a_damaged_model_is_one_line_of_every_command(
    folder, tmp_path, monkeypatch, capsys
):
    weights = folder / "model.weights.h5"
    content = bytearray(weights.read_bytes())
    content[len(content) // 2] ^= 1
    weights.write_bytes(content)
    monkeypatch.chdir(tmp_path)
    before = sorted(tmp_path.rglob("*"))
    monkeypatch.setenv("DMTDR_CACHE", str(tmp_path / "cache"))
    for argv in (
        ["predict", "eye.jpg"],
        ["evaluate"],
        ["export"],
        ["serve"],
        ["parity", str(folder)],
    ):
        command = [*argv, "--model", str(folder)]
        assert cli.guarded(lambda c=command: cli.run_command(c)) == 2
        error = capsys.readouterr().err
        assert error.startswith(f"error: {weights}: damaged or replaced")
        assert error.count("\n") == 1
    assert sorted(tmp_path.rglob("*")) == before
